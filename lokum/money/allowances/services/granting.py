"""Granting an allowance, and the months that do not count: suspended, ended, taken back - also back in time.

Months not claimed yet are simply left out of the next claim. Where claimed months are touched, money is taken back
from the payer, so a second person decides; the differences are then posted at once as a claim of their own.

Poland: the allowance is withheld while the payer is in arrears and lapses when they are not paid within three months
(act of 21 June 2001 on housing allowances, art. 7 ust. 11); what was drawn without right is paid back (art. 7 ust. 9).
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.allowances.models import Allowance, AllowanceBreak
from lokum.money.allowances.queries import claimed_in
from lokum.money.allowances.services.claiming import claim_due
from lokum.money.ledger.models import Account
from lokum.property.parties.models import Party

TAKE_BACK = "allowances.take_back"
Kind = AllowanceBreak.Kind


def grant_allowance(
    *,
    account: Account,
    kind: str,
    body: Party,
    decision_number: str,
    decided_on: dt.date,
    first_month: dt.date,
    last_month: dt.date | None = None,
    monthly_amount: Decimal,
    remark: str = "",
    actor: Actor,
) -> Allowance:
    """Write a decision down. Refused while another of its kind holds in one of its months."""
    first = clock.first_of_month(first_month)
    last = clock.first_of_month(last_month) if last_month is not None else None
    with transaction.atomic():
        Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        _check_grant(account, kind, body, decision_number.strip(), first, last)
        made = Allowance.objects.create(
            account=account, kind=kind, body=body, body_name=str(body)[:250],
            decision_number=decision_number.strip(), decided_on=decided_on, first_month=first, last_month=last,
            monthly_amount=monthly_amount, remark=remark.strip(),
        )  # fmt: skip
        note(made, "granted", actor=actor, amount=str(monthly_amount))
        return made


def _check_grant(account: Account, kind: str, body: Party, number: str, first: dt.date, last: dt.date | None) -> None:
    if last is not None and last < first:
        text = _("The last month lies before the first.")
        raise Refusal("allowance.months", text, fields={"last_month": [text]})
    if body.pk == account.payer_id:
        text = _("The payer cannot be the third party who pays a share.")
        raise Refusal("allowance.body", text, fields={"body": [text]})
    if account.closed_on is not None and account.closed_on < first:
        text = _("The account was closed before the first month.")
        raise Refusal("allowance.closed_account", text, fields={"account": [text]})
    if Allowance.objects.filter(account=account, kind=kind, body=body, decision_number=number).exists():
        text = _("This decision was entered already.")
        raise Refusal("allowance.twice", text, fields={"decision_number": [text]}, status=409)
    rows = Allowance.objects.filter(account=account, kind=kind).filter(
        Q(last_month__isnull=True) | Q(last_month__gte=first)
    )
    for one in rows.filter(first_month__lte=last) if last is not None else rows:
        over = one.breaks.filter(kind=Kind.ENDED, lifted=False, first_month__lte=max(first, one.first_month))
        if kind != Allowance.Kind.OTHER and not over.exists():
            text = _("Decision %(number)s of the same kind holds in one of these months.") % {"number": one}
            raise Refusal("allowance.overlap", text, fields={"first_month": [text]}, status=409)


def suspend_allowance(
    pk: int, *, first_month: dt.date, last_month: dt.date | None = None, reason: str, actor: Actor
) -> Any:
    """No share for some months, or until further notice."""
    return _break(pk, Kind.SUSPENDED, first_month, last_month, reason, actor)


def end_allowance(pk: int, *, first_month: dt.date, reason: str, actor: Actor) -> Any:
    """No share any more. first_month: the first without one."""
    return _break(pk, Kind.ENDED, first_month, None, reason, actor)


def reclaim_allowance(
    pk: int, *, first_month: dt.date, last_month: dt.date | None = None, reason: str, actor: Actor
) -> Any:
    """The body wants back what it paid for some months; always decided by a second person."""
    return _break(pk, Kind.RECLAIMED, first_month, last_month or first_month, reason, actor)


def _break(pk: int, kind: str, first_month: dt.date, last_month: dt.date | None, reason: str, actor: Actor) -> Any:
    """The break itself, or the request for it when claimed months are touched."""
    first = clock.first_of_month(first_month)
    last = clock.first_of_month(last_month) if last_month is not None else None
    allowance = _found(pk)
    _check_break(allowance, first, last, reason)
    taken = claimed_in(pk, first, last)
    if kind == Kind.RECLAIMED and taken <= 0:
        text = _("Nothing was claimed for these months.")
        raise Refusal("allowance.nothing_claimed", text, fields={"first_month": [text]}, status=409)
    if taken <= 0:
        return apply_break(pk, kind=kind, first=first, last=last, reason=reason, actor=actor)
    entity = allowance.account.entity
    payload = {
        "allowance": str(allowance), "account": allowance.account.code, "payer": str(allowance.account.payer),
        "body": str(allowance.body), "kind": kind, "first": first.isoformat(),
        "last": last.isoformat() if last else None, "amount": str(taken), "currency": allowance.account.currency,
    }  # fmt: skip
    return request_approval(
        TAKE_BACK, target=allowance, payload=payload, reason=reason, actor=actor, node_id=entity.node_id,
        amount=taken, currency=allowance.account.currency,
    )  # fmt: skip


def _found(pk: int) -> Allowance:
    rows = Allowance.objects.select_related("account__entity", "account__payer", "body")
    allowance = rows.filter(pk=pk).first()
    if allowance is None:
        raise Missing("allowance.missing", _("There is no such allowance."))
    return allowance


def _check_break(allowance: Allowance, first: dt.date, last: dt.date | None, reason: str) -> None:
    if not reason.strip():
        raise Refusal("allowance.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    outside = first < allowance.first_month or (allowance.last_month is not None and first > allowance.last_month)
    if outside or (last is not None and last < first):
        text = _("Choose months of the allowance, the first before the last.")
        raise Refusal("allowance.months", text, fields={"first_month": [text]})


def apply_break(
    pk: int, *, kind: str, first: dt.date, last: dt.date | None, reason: str, proposed_by: str = "", actor: Actor
) -> AllowanceBreak:
    """Write the break down and post what it takes back of claimed months."""
    with transaction.atomic():
        allowance = _found(pk)
        Allowance.objects.select_for_update(of=("self",)).get(pk=pk)
        made = AllowanceBreak.objects.create(
            allowance=allowance, kind=kind, first_month=first, last_month=last, reason=reason.strip()[:500],
            proposed_by=proposed_by[:150], made_by=actor.label[:150], made_at=clock.now(),
        )  # fmt: skip
        note(allowance, "months_taken_out", actor=actor, kind=kind, since=first.isoformat())
        if claimed_in(pk, first, last) > 0:
            _claim_difference(allowance, actor)
        return made


def lift_suspension(pk: int, *, first_month: dt.date, reason: str, actor: Actor) -> AllowanceBreak:
    """The share is paid again from a month on; the next claim takes in what was left out since."""
    first = clock.first_of_month(first_month)
    with transaction.atomic():
        allowance = _found(pk)
        Allowance.objects.select_for_update(of=("self",)).get(pk=pk)
        rows = AllowanceBreak.objects.filter(allowance_id=pk, kind=Kind.SUSPENDED, lifted=False)
        found = rows.filter(Q(last_month__isnull=True) | Q(last_month__gte=first)).order_by("-first_month").first()
        if found is None:
            text = _("The allowance is not suspended in this month.")
            raise Refusal("allowance.not_suspended", text, fields={"first_month": [text]}, status=409)
        if first <= found.first_month:
            found.lifted = True
        else:
            found.last_month = clock.add_months(first, -1)
        found.save()
        note(allowance, "resumed", actor=actor, since=first.isoformat(), reason=reason)
        return found


def _claim_difference(allowance: Allowance, actor: Actor) -> None:
    """A claim of this allowance alone, in the month that runs now (or the last claimed one, when that is later)."""
    entity = allowance.account.entity
    last = allowance.lines.order_by("-month").values_list("month", flat=True)[0]
    month = max(clock.first_of_month(clock.today(entity.time_zone)), last)
    claim_due(entity, month, body=allowance.body, allowance_id=allowance.pk, actor=actor)
