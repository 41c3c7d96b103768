"""Interest accrued to a day and not booked yet, per account, and the calculation behind it."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lokum.core.organisation.models import Entity
from lokum.money.interest.accrual import Due, dues
from lokum.money.interest.sheets import LineSheet, spans_of
from lokum.money.ledger.models import Account

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Accrued:
    """Interest of one account to a day: `amount` is what a note of that day would book; `unknown`: a day before the
    rate table is needed, so there is no figure."""

    through_on: dt.date
    amount: Decimal = ZERO
    unknown: bool = False


def accrued_of(accounts: Collection[Account], on: dt.date) -> dict[int, Accrued]:
    """By account; one statement for each entity."""
    by_entity: dict[int, list[Account]] = {}
    for account in accounts:
        by_entity.setdefault(account.entity_id, []).append(account)
    found = {account.pk: Accrued(on) for account in accounts}
    for members in by_entity.values():
        sums: dict[int, list[Due]] = {}
        for one in dues(members[0].entity, on, [account.pk for account in members]):
            sums.setdefault(one.account_id, []).append(one)
        for pk, rows in sums.items():
            amount = sum((one.difference or ZERO for one in rows), ZERO)
            found[pk] = Accrued(on, amount, not all(one.known for one in rows))
    return found


def accrued_sheets(entity: Entity, account_id: int, on: dt.date) -> list[LineSheet]:
    """The calculation of each debt of an account that bears interest not booked yet, oldest first."""
    rows = [one for one in dues(entity, on, [account_id], stretches=True) if one.known and one.difference]
    return sheets_of(rows)


def sheets_of(rows: Sequence[Due]) -> list[LineSheet]:
    """Calculation sheets of what is due: principal, spans with days and rates, computed, booked and waived amounts."""
    return [
        LineSheet(
            debt_number=one.debt_number,
            due_on=one.due_on,
            through_on=one.through_on,
            principal=one.principal,
            spans=spans_of(one.stretches, one.rates),
            computed=one.computed or ZERO,
            booked=one.booked,
            waived=one.waived,
            amount=one.difference or ZERO,
            debt_id=one.debt_id,
        )
        for one in rows
    ]
