"""Granting an allowance, and the months that do not count: suspended, ended, taken back - also back in time.

Months not claimed yet are simply left out of the next claim. Where claimed months are touched, money is taken back
from the payer, so a second person decides; the differences are then posted at once as a claim of their own.

Poland: the allowance is withheld while the payer is in arrears and lapses when they are not paid within three months
(act of 21 June 2001 on housing allowances, art. 7 ust. 11); the manager tells the authority of arrears of two full
months within 14 days (art. 8 ust. 4, see `lokum.money.arrears.reports.allowances`); what was drawn without right is
paid back (art. 7 ust. 9).
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.allowances.models import Allowance, AllowanceBreak, ClaimLine
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
    made = Allowance(
        account=account, kind=kind, body=body, decision_number=decision_number, decided_on=decided_on,
        first_month=first_month, last_month=last_month, monthly_amount=monthly_amount, remark=remark.strip(),
    )  # fmt: skip
    complete_decision(made)
    with transaction.atomic():
        Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        same = Allowance.objects.filter(account=account, kind=kind, body=body, decision_number=made.decision_number)
        if same.exists():
            text = _("This decision was entered already.")
            raise Refusal("allowance.twice", text, fields={"decision_number": [text]}, status=409)
        made.save()
        check_decisions([made], created=True, actor=actor)
        return made


def complete_decision(one: Allowance) -> None:
    """What follows from the rest of a decision: months begin with their first day, the body is named as of now."""
    one.first_month = clock.first_of_month(one.first_month)
    one.last_month = clock.first_of_month(one.last_month) if one.last_month is not None else None
    one.decision_number = one.decision_number.strip()
    if not one.body_name or Allowance._meta.get_field("body").is_cached(one):  # else it is out of the reader's sight
        one.body_name = str(one.body)[:250]
    if one.last_month is not None and one.last_month < one.first_month:
        text = _("The last month lies before the first.")
        raise Refusal("allowance.months", text, fields={"last_month": [text]})


# Another decision of the same kind that holds in one of the months, and was not ended before.
OVERLAPS = """
SELECT a.id, b.decision_number FROM allowances_allowance a
JOIN allowances_allowance b ON b.account_id = a.account_id AND b.kind = a.kind AND b.id <> a.id
  AND b.first_month <= coalesce(a.last_month, 'infinity') AND coalesce(b.last_month, 'infinity') >= a.first_month
WHERE a.id = ANY(%(keys)s) AND a.kind <> 'other'
  AND NOT EXISTS (SELECT FROM allowances_allowancebreak e WHERE e.allowance_id = b.id AND e.kind = 'ended'
                    AND NOT e.lifted AND e.first_month <= greatest(a.first_month, b.first_month))
ORDER BY a.id, b.id LIMIT 1
"""


def check_decisions(decisions: Sequence[Allowance], *, created: bool, actor: Actor) -> None:
    """Decisions just written, by hand or from a sheet. Raises Refusal and so takes them back.

    One that was claimed or has breaks is no longer corrected: suspend, end or take it back instead.
    """
    keys = [one.pk for one in decisions]
    rows = Account.objects.select_for_update(of=("self",)).filter(pk__in={one.account_id for one in decisions})
    accounts = {one.pk: one for one in rows.order_by("pk")}
    for one in decisions:
        _check_one(one, accounts[one.account_id])
    if not created and (
        ClaimLine.objects.filter(allowance__in=keys).exists()
        or AllowanceBreak.objects.filter(allowance__in=keys).exists()
    ):
        text = _("This decision was claimed or suspended already; suspend, end or take it back instead.")
        raise Refusal("allowance.in_use", text, status=409)
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS, {"keys": keys})
        found = cursor.fetchone()
    if found is not None:
        text = _("Decision %(number)s of the same kind holds in one of these months.") % {"number": found[1]}
        raise Refusal("allowance.overlap", text, fields={"first_month": [text]}, status=409)
    for one in decisions:
        if created:
            note(one, "granted", actor=actor, amount=str(one.monthly_amount))
        else:
            note(one, "decision corrected", actor=actor, amount=str(one.monthly_amount))


def _check_one(one: Allowance, account: Account) -> None:
    if one.body_id == account.payer_id:
        text = _("The payer cannot be the third party who pays a share.")
        raise Refusal("allowance.body", text, fields={"body": [text]})
    if account.closed_on is not None and account.closed_on < one.first_month:
        text = _("The account was closed before the first month.")
        raise Refusal("allowance.closed_account", text, fields={"account": [text]})


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
