"""Moves of deposits in the books: one entry each, of the entity's ledger account of deposits."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.money import places_of, round_amount
from lokum.money.deposits.models import Deposit, DepositMove
from lokum.money.deposits.models.deposits import EFFECT
from lokum.money.ledger.models import Account, Entry, LedgerAccount
from lokum.money.ledger.services import NewEntry, NewLine, post_batch

PURPOSES = ("receivable", "deposits", "bank", "opening", "transit")


@dataclass(frozen=True)
class Step:
    """A move to be posted. `against`: the ledger account on the other side; None: the payer's own account."""

    deposit: Deposit
    kind: str
    amount: Decimal
    against: int | None = None
    on: dt.date | None = None
    effective_on: dt.date | None = None
    sub_account_id: int | None = None
    values: tuple[tuple[str, Any], ...] = ()  # further fields of the move


def chart_of(entity_id: int) -> dict[str, int]:
    """The ledger accounts a deposit may meet, by purpose. Raises Refusal where the books lack that of deposits."""
    rows = LedgerAccount.objects.filter(entity_id=entity_id, purpose__in=PURPOSES)
    chart = dict(rows.values_list("purpose", "pk"))
    if missing := {"receivable", "deposits"} - set(chart):
        text = _("The chart of accounts of this entity has no account of deposits.")
        raise Refusal("deposit.chart", text, details={"purposes": sorted(missing)})
    return chart


def move_keys(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('deposits_depositmove', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def check_amount(account: Account, amount: Decimal, field: str = "amount") -> Decimal:
    """The amount, above zero and in whole minor units of the currency. Raises Refusal."""
    if amount <= 0 or amount != round_amount(amount, places_of(account.currency)):
        text = _("An amount above zero, in whole units of %(currency)s.") % {"currency": account.currency}
        raise Refusal("deposit.amount", text, fields={field: [text]})
    return amount


def post_steps(entity_id: int, steps: Sequence[Step], *, actor: Actor) -> list[DepositMove]:
    """Post these steps as one batch and write their moves; the database refuses what a deposit does not hold.

    The accounts and deposits are locked by the caller.
    """
    chart, keys = chart_of(entity_id), move_keys(len(steps))
    today = clock.today(steps[0].deposit.account.entity.time_zone)
    placed = [replace(step, on=step.on or today) for step in steps]
    entries = [_entry(step, key, chart) for step, key in zip(placed, keys, strict=True)]
    batch = post_batch(entity_id, "deposit", f"deposit-move:{keys[0]}", today, entries, actor=actor)
    by_source = {one.source_id: one for one in Entry.objects.filter(batch=batch)}
    made = [
        DepositMove(
            pk=key, deposit=step.deposit, kind=step.kind, amount=step.amount, on=step.on or today, entry=by_source[key],
            made_at=clock.now(), made_by=actor.label[:150], **dict(step.values),
        )
        for step, key in zip(placed, keys, strict=True)
    ]  # fmt: skip
    DepositMove.objects.bulk_create(made)
    return made


def _entry(step: Step, key: int, chart: dict[str, int]) -> NewEntry:
    """Money for the deposit debits the other side; money out of it credits it."""
    account, of_payer = step.deposit.account, step.against is None
    other, into = step.against or chart["receivable"], EFFECT[step.kind] > 0
    credit, debit = (step.amount, Decimal(0)) if into else (Decimal(0), step.amount)
    held = NewLine(chart["deposits"], debit_amount=debit, credit_amount=credit)
    met = NewLine(other, debit_amount=credit, credit_amount=debit, of_payer=of_payer)
    effect = step.amount if into else -step.amount
    label = DepositMove.Kind(step.kind).label
    return NewEntry(
        kind=Entry.Kind.DEPOSIT,
        amount=effect if of_payer else Decimal(0),
        account_id=account.pk if of_payer else None,
        document_number=step.deposit.number,
        description=f"{label}: {step.deposit.kind}",
        booked_on=step.on,
        effective_on=step.effective_on or step.on,
        due_on=(step.effective_on or step.on) if of_payer else None,
        sub_account_id=step.sub_account_id if of_payer else None,
        source_kind="deposit",
        source_id=key,
        lines=[met, held] if into else [held, met],
    )
