"""Giving up interest: asked for by one person, approved by another, then booked as corrections of open notes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.money import places_of, round_amount
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.interest.accrual import ALIVE, Due, dues
from lokum.money.interest.models import InterestLine, InterestWaiver, InterestWaiverLine
from lokum.money.interest.services.noting import accounts_with_credit, book, now_under_locks, stage
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import allocate_by_rule, lock_accounts, posting

CODE = "interest.waive"
ZERO = Decimal("0.00")

# Noted interest of an account that is not paid, by debt: what can still be waived of it.
OPEN_NOTED = f"""
SELECT l.debt_id, max(l.through_on), sum(least(o.open_amount, l.amount))
FROM interest_interestline l
JOIN interest_interestnote n ON n.id = l.note_id AND n.account_id = %(account)s
JOIN ledger_openitem o ON o.entry_id = l.entry_id AND o.open_amount > 0 AND o.side = 'debit'
WHERE {ALIVE} GROUP BY l.debt_id ORDER BY l.debt_id
"""  # noqa: S608 - built from constants


@dataclass(frozen=True)
class Waivable:
    """What can be waived on an account: noted and unpaid, and accrued to the day but not noted."""

    noted: Decimal
    accrued: Decimal

    @property
    def total(self) -> Decimal:
        return self.noted + self.accrued


def _noted(account_id: int) -> dict[int, tuple[dt.date, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(OPEN_NOTED, {"account": account_id})
        return {debt: (through_on, amount) for debt, through_on, amount in cursor.fetchall()}


def _accrued(account: Account, day: dt.date) -> list[Due]:
    return [one for one in dues(account.entity, day, [account.pk]) if one.known]


def waivable(account: Account, day: dt.date) -> Waivable:
    """Interest of an account that may still be waived: noted and open, and accrued to the day where the rates are
    known.
    """
    noted = sum((amount for _on, amount in _noted(account.pk).values()), ZERO)
    accrued = sum((max(one.difference or ZERO, ZERO) for one in _accrued(account, day)), ZERO)
    return Waivable(noted, accrued)


def _account(account_id: int) -> Account:
    account = Account.objects.select_related("entity", "payer").filter(pk=account_id).first()
    if account is None:
        raise Missing("interest_waiver.no_account", _("There is no such account."))
    return account


def request_waiver(account_id: int, *, amount: Decimal, reason: str, actor: Actor) -> Any:
    """Ask to waive so much interest of an account, oldest debt first; another person decides."""
    account = _account(account_id)
    day = clock.today(account.entity.time_zone)
    left = waivable(account, day)
    _refuse(amount, left, account.currency)
    payload = {
        "account": account.code,
        "payer": str(account.payer),
        "amount": str(amount),
        "currency": account.currency,
        "noted": str(left.noted),
        "accrued": str(left.accrued),
        "through_on": day.isoformat(),
    }
    return request_approval(
        CODE, target=account, payload=payload, reason=reason, actor=actor, node_id=account.entity.node_id,
        amount=amount, currency=account.currency,
    )  # fmt: skip


def _refuse(amount: Decimal, left: Waivable, currency: str) -> None:
    if amount <= 0 or amount > left.total:
        text = _("More than nothing and at most %(total)s: that is the interest open or accrued today.")
        text %= {"total": amount_text(left.total, currency)}
        raise Refusal("interest_waiver.amount", text, fields={"amount": [text]})
    if amount != round_amount(amount, places_of(currency)):
        text = _("Name an amount in whole units of %(currency)s.") % {"currency": currency}
        raise Refusal("interest_waiver.amount", text, fields={"amount": [text]})


def apply_waiver(account_id: int, *, amount: Decimal, reason: str, actor: Actor) -> InterestWaiver:
    """Waive interest of an account: unpaid notes are taken back, the rest never becomes a note."""
    with posting(actor) as whole:
        account = _account(account_id)
        lock_accounts([account_id])
        now, day = now_under_locks(), clock.today(account.entity.time_zone)
        _refuse(amount, waivable(account, day), account.currency)
        waiver = InterestWaiver.objects.create(
            account=account, through_on=day, amount=amount, reason=reason[:250], waived_at=now,
            waived_by_id=whole.user_id,
        )  # fmt: skip
        lines = _shares(account, amount, day)
        InterestWaiverLine.objects.bulk_create(
            InterestWaiverLine(waiver=waiver, debt_id=debt, through_on=through_on, amount=part)
            for debt, through_on, part in lines
        )
        _take_back(account, waiver, now, day, whole)
        return waiver


def _shares(account: Account, amount: Decimal, day: dt.date) -> list[tuple[int, dt.date, Decimal]]:
    """(debt, counts from, part): debts by due date, of each the noted part first."""
    noted = _noted(account.pk)
    found: list[tuple[int, dt.date, Decimal]] = []
    for one in sorted(_accrued(account, day), key=lambda due: (due.due_on, due.debt_id)):
        parts = [noted.get(one.debt_id, (day, ZERO)), (day, max(one.difference or ZERO, ZERO))]
        for through_on, available in parts:
            part = min(available, amount)
            if part > 0:
                found.append((one.debt_id, through_on, part))
                amount -= part
    return found


def _take_back(account: Account, waiver: InterestWaiver, now: dt.datetime, day: dt.date, actor: Actor) -> None:
    noted = InterestLine.objects.filter(note__account=account).order_by("through_on").first()
    if noted is None:
        return
    # To the earliest noted day: debts noted further are computed to their own day, and nothing new is noted here.
    stage(account.entity, noted.through_on, [account.pk])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM interest_due WHERE difference > 0")
    booked = book(account.entity, f"interest-waiver:{waiver.pk}", reason="waiver", booked_on=day, now=now, actor=actor)
    if booked.batch_id is not None and (free := accounts_with_credit()):
        allocate_by_rule(account.entity_id, free, actor=actor)


def _perform(request: Any, actor: Actor) -> InterestWaiver:
    return apply_waiver(
        request.target_id, amount=Decimal(request.payload["amount"]), reason=request.reason, actor=actor
    )


def _describe(request: Any) -> Sequence[Change]:
    told = request.payload
    return [
        Change(gettext_lazy("account"), "", f"{told['account']} · {told['payer']}"),
        Change(gettext_lazy("noted and unpaid"), f"{told['noted']} {told['currency']}"),
        Change(
            gettext_lazy("accrued to %(day)s") % {"day": told["through_on"]}, f"{told['accrued']} {told['currency']}"
        ),
        Change(gettext_lazy("waived"), "", f"{told['amount']} {told['currency']}"),
    ]


def install() -> None:
    register_kind(
        ApprovalKind(CODE, gettext_lazy("Waiver of interest"), "interest.interestwaiver:approve", _perform, _describe)
    )
