"""Deposits as a part of closing a month: what of them is due or happened in it. Nothing is booked by it (LED-18)."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from lokum.core.base import clock
from lokum.money.deposits.models import Deposit, DepositMove
from lokum.money.ledger.rehearsing import Month, Outcome, Part, Sum, register_part, row_marks
from lokum.money.ledger.seams import OpenPoint, worded

SEEN = """
SELECT 'deposits' AS part, d.id, d.xmin::text::bigint AS xmin FROM deposits_deposit d
  JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
"""
# Calls whose day lies in the month, by the account that was asked.
DUE = """
SELECT d.account_id, sum(CASE WHEN m.undoes_id IS NULL THEN m.amount ELSE -m.amount END), count(*)
FROM deposits_depositmove m JOIN deposits_deposit d ON d.id = m.deposit_id
JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
WHERE m.kind = 'call' AND m.due_on BETWEEN %(first)s AND %(last)s GROUP BY d.account_id
"""
# What happened to deposits in the month, without what was taken back.
MOVES = """
SELECT m.kind, count(*), sum(m.amount) FROM deposits_depositmove m JOIN deposits_deposit d ON d.id = m.deposit_id
JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
WHERE m.kind NOT IN ('call', 'withdraw', 'opening') AND m."on" BETWEEN %(first)s AND %(last)s AND m.undoes_id IS NULL
  AND NOT EXISTS (SELECT FROM deposits_depositmove u WHERE u.undoes_id = m.id)
GROUP BY m.kind ORDER BY m.kind
"""
NAMES = {"deposits": gettext_lazy("deposits")}
WORDS = {
    "none": gettext_lazy("no deposit is held or asked for"),
    "quiet": gettext_lazy("no deposit is due and none moved in this month"),
    "due": gettext_lazy("Due in this month"),
    "return": gettext_lazy("To be returned until the end of this month"),
}


def look_at_deposits(month: Month) -> Outcome:
    """What is due of deposits in the month, what moved (received, interest, valorisation, returned), what is late."""
    deposits = Deposit.objects.filter(account__entity=month.entity)
    if not deposits.exists():
        return Outcome(skipped="none")
    values: dict[str, Any] = {"entity": month.entity.pk, "first": month.first, "last": month.last}
    with connection.cursor() as cursor:
        cursor.execute(DUE, values)
        due = cursor.fetchall()
        cursor.execute(MOVES, values)
        moves = cursor.fetchall()
    amounts: dict[int, Decimal] = {account: amount for account, amount, _count in due}
    sums = [Sum("due", sum(row[2] for row in due), sum(amounts.values(), Decimal(0)))] if due else []
    sums += [Sum(f"move:{kind}", count, amount) for kind, count, amount in moves]
    back = list(deposits.filter(return_by__lte=month.last, held_amount__gt=0).values_list("held_amount", flat=True))
    if back:
        sums.append(Sum("return", len(back), sum(back, Decimal(0))))
    skipped = "" if sums else "quiet"
    return Outcome(amounts, sum(one.count for one in sums), sums, skipped=skipped, alarms=_alarms(month, len(back)))


def _alarms(month: Month, back: int) -> list[OpenPoint]:
    """Called and not paid by the end of the month; held longer than the kind allows."""
    waiting = Deposit.objects.filter(account__entity=month.entity, called_amount__gt=F("taken_amount"))
    late = waiting.filter(due_on__lte=month.last).exclude(state="withdrawn").count()
    found, url = [], reverse("desk:list", args=["deposits", "deposit"])
    if late:
        found.append(OpenPoint(worded(lambda: ngettext(
            "%(count)d deposit is due and not paid", "%(count)d deposits are due and not paid", late
        ) % {"count": late}), url=url))  # fmt: skip
    if back:
        found.append(OpenPoint(worded(lambda: ngettext(
            "%(count)d deposit is to be returned until the end of the month",
            "%(count)d deposits are to be returned until the end of the month", back
        ) % {"count": back}), url=url))  # fmt: skip
    return found


def former(month: Month) -> Mapping[int, Decimal]:
    first = clock.add_months(month.first, -1)
    values: dict[str, Any] = {"entity": month.entity.pk, "first": first, "last": clock.last_of_month(first)}
    with connection.cursor() as cursor:
        cursor.execute(DUE, values)
        return {account: amount for account, amount, _count in cursor.fetchall()}


def seen(month: Month) -> Mapping[str, str]:
    with connection.cursor() as cursor:
        return row_marks(cursor, SEEN, {"entity": month.entity.pk})


def words(keys: Collection[str]) -> Mapping[str, Any]:
    return {**WORDS, **{f"move:{kind.value}": kind.label for kind in DepositMove.Kind}}


def register() -> None:
    part = Part("deposits", gettext_lazy("Deposits"), 50, look_at_deposits, seen, NAMES, {}, former, words, owed=False)
    register_part(part)
