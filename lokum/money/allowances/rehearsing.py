"""Allowances as a part of closing a month: what is due of it is claimed; what the payer bodies owe is told (LED-22)."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from lokum.core.base import clock
from lokum.core.base.languages import worded
from lokum.core.organisation.inherited import setting
from lokum.money.allowances.models import Allowance, ClaimLine
from lokum.money.allowances.queries import DUE
from lokum.money.allowances.services import claim_due
from lokum.money.allowances.wiring import WITH_NOTICES
from lokum.money.ledger.models import Period
from lokum.money.ledger.rehearsing import Month, Outcome, Part, Sum, register_part, row_marks
from lokum.money.ledger.seams import OpenPoint
from lokum.property.parties.models import Party

SEEN = """
SELECT 'allowances' AS part, w.id, w.xmin::text::bigint AS xmin FROM allowances_allowance w
  JOIN ledger_account a ON a.id = w.account_id AND a.entity_id = %(entity)s
UNION ALL SELECT 'allowances', -b.id, b.xmin::text::bigint FROM allowances_allowancebreak b
  JOIN allowances_allowance w ON w.id = b.allowance_id
  JOIN ledger_account a ON a.id = w.account_id AND a.entity_id = %(entity)s
UNION ALL SELECT 'claims', c.id, c.xmin::text::bigint FROM allowances_claim c WHERE c.entity_id = %(entity)s
UNION ALL SELECT 'claims', -p.id, p.xmin::text::bigint FROM allowances_bodypayment p
  JOIN allowances_claim c ON c.id = p.claim_id AND c.entity_id = %(entity)s
"""
# A claim lowers what its payers owe.
CLAIMED = """
SELECT l.account_id, c.body_id, count(*), -sum(l.amount) FROM allowances_claimline l
JOIN allowances_claim c ON c.id = l.claim_id WHERE c.id = ANY (%(claims)s) GROUP BY l.account_id, c.body_id
"""
RECEIVED = """
SELECT count(*), coalesce(sum(p.amount), 0) FROM allowances_bodypayment p
JOIN allowances_claim c ON c.id = p.claim_id AND c.entity_id = %(entity)s
WHERE p.received_on BETWEEN %(first)s AND %(last)s
"""
# Claims of earlier months that the body has not paid by the end of this one.
OPEN = """
SELECT c.id, c.number, c.body_id, c.month, c.total_amount - coalesce(sum(p.amount), 0) FROM allowances_claim c
LEFT JOIN allowances_bodypayment p ON p.claim_id = c.id
WHERE c.entity_id = %(entity)s AND c.month < %(first)s
GROUP BY c.id HAVING c.total_amount > coalesce(sum(p.amount), 0) ORDER BY c.month, c.id LIMIT 20
"""
NAMES = {
    "allowances": gettext_lazy("allowances and their breaks"),
    "claims": gettext_lazy("claims of allowances and money of payer bodies"),
}
WORDS = {
    "none": gettext_lazy("nobody has an allowance in this month"),
    "claimed": gettext_lazy("all of this month was claimed before"),
    "closed": gettext_lazy("the month is closed already"),
    "by_hand": gettext_lazy("allowances are claimed by hand here"),
    "received": gettext_lazy("Received from payer bodies in this month"),
}


def claim_allowances(month: Month) -> Outcome:
    """Claim what is due up to the month, as the month run does it before its notices."""
    entity = month.entity
    values: dict[str, Any] = {"entity": entity.pk, "first": month.first, "last": month.last}
    if not Allowance.objects.filter(account__entity=entity).exists():
        return Outcome(skipped="none")
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, values)
        count, received = cursor.fetchone()
        alarms = _unpaid(cursor, values)
    sums = [Sum("received", count, received)] if count else []
    if Period.objects.filter(entity=entity, starts_on=month.first, closed_at__isnull=False).exists():
        return Outcome(sums=sums, skipped="closed", alarms=alarms)
    if not setting(WITH_NOTICES, entity.node_id):
        return Outcome(sums=sums, skipped="by_hand", alarms=[*alarms, *_unclaimed(month)])
    claims = [one.pk for one in claim_due(entity, month.first, actor=month.actor)]
    with connection.cursor() as cursor:
        cursor.execute(CLAIMED, {"claims": claims})
        rows = cursor.fetchall()
    amounts: dict[int, Decimal] = {}
    bodies: dict[int, tuple[int, Decimal]] = {}
    for account, body, lines, amount in rows:
        amounts[account] = amounts.get(account, Decimal(0)) + amount
        before, total = bodies.get(body, (0, Decimal(0)))
        bodies[body] = (before + lines, total + amount)
    told = [Sum(f"body:{pk}", lines, total) for pk, (lines, total) in sorted(bodies.items())]
    lines = sum(one.count for one in told)
    return Outcome(amounts, lines, [*told, *sums], skipped="" if rows else "claimed", alarms=alarms)


def _unpaid(cursor: Any, values: Mapping[str, Any]) -> list[OpenPoint]:
    cursor.execute(OPEN, values)
    rows = cursor.fetchall()
    names = _bodies([row[2] for row in rows])
    return [_unpaid_point(pk, number, names[body], month, amount) for pk, number, body, month, amount in rows]


def _unpaid_point(pk: int, number: str, body: str, month: Any, amount: Decimal) -> OpenPoint:
    def words() -> str:
        text = gettext("claim %(number)s for %(month)s: %(body)s still owes %(amount)s")
        told = date_format(month, "YEAR_MONTH_FORMAT")
        return text % {"number": number, "month": told, "body": body, "amount": amount}

    return OpenPoint(worded(words), url=reverse("desk:detail", args=["allowances", "claim", pk]))


def _unclaimed(month: Month) -> list[OpenPoint]:
    values: dict[str, Any] = {"entity": month.entity.pk, "body": None, "allowance": None, "month": month.first}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(amount), 0) FROM ({DUE}) due", values)  # noqa: S608 - constants
        amount = cursor.fetchone()[0]
    if not amount:
        return []
    text = worded(lambda: gettext("allowances that are not claimed yet: %(amount)s") % {"amount": amount})
    return [OpenPoint(text, url=reverse("desk:list", args=["allowances", "claim"]))]


def _bodies(keys: Collection[int]) -> dict[int, str]:
    return {pk: str(party) for pk, party in Party.objects.in_bulk(sorted(set(keys))).items()}


def former(month: Month) -> Mapping[int, Decimal]:
    rows = ClaimLine.objects.filter(claim__entity=month.entity, month=clock.add_months(month.first, -1))
    found: dict[int, Decimal] = {}
    for account, amount in rows.values_list("account_id", "amount"):
        found[account] = found.get(account, Decimal(0)) - amount
    return found


def seen(month: Month) -> Mapping[str, str]:
    with connection.cursor() as cursor:
        return row_marks(cursor, SEEN, {"entity": month.entity.pk})


def words(keys: Collection[str]) -> Mapping[str, Any]:
    names = _bodies([int(key.removeprefix("body:")) for key in keys if key.startswith("body:")])
    return {**WORDS, **{f"body:{pk}": name for pk, name in names.items()}}


def register() -> None:
    part = Part("allowances", gettext_lazy("Allowances claimed"), 7, claim_allowances, seen, NAMES, {}, former, words)
    register_part(part)
