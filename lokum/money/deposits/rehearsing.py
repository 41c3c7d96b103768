"""Deposits as parts of closing a month: what of them is due or happened in it, and their bookings rehearsed (LED-18).

Money that is meant for a deposit is booked by the part that uses free money; here it is told apart. What goes back
until the end of the month needs two people and is not booked by the commit, but it is rehearsed by doing it and taking
it back: additions, debts covered, payout, and whatever the books refuse.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from lokum.core.base import clock
from lokum.core.base.errors import Busy, Refusal
from lokum.core.base.languages import worded
from lokum.core.desk.addresses import url_of
from lokum.money.deposits.models import Deposit, DepositMove
from lokum.money.deposits.queries import moves_of
from lokum.money.deposits.services import apply_return, plan_return
from lokum.money.deposits.services.giving import interest_of
from lokum.money.ledger.rehearsing import Month, Outcome, Part, Sum, register_part, row_marks
from lokum.money.ledger.seams import OpenPoint

SEEN = """
SELECT 'deposits' AS part, d.id, d.xmin::text::bigint AS xmin FROM deposits_deposit d
  JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
UNION ALL SELECT 'deposit_kinds', id, xmin::text::bigint FROM deposits_depositkind WHERE entity_id = %(entity)s
"""
# Calls whose day lies in the month, by the account that was asked.
DUE = """
SELECT d.account_id, sum(CASE WHEN m.undoes_id IS NULL THEN m.amount ELSE -m.amount END), count(*)
FROM deposits_depositmove m JOIN deposits_deposit d ON d.id = m.deposit_id
JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
WHERE m.kind = 'call' AND m.due_on BETWEEN %(first)s AND %(last)s GROUP BY d.account_id
"""
# What happened to deposits in the month, without what was taken back; and what the parts before this one booked.
MOVES = """
SELECT CASE WHEN e.batch_id > %(after)s THEN 'now:' ELSE 'move:' END || m.kind AS key, count(*), sum(m.amount)
FROM deposits_depositmove m JOIN deposits_deposit d ON d.id = m.deposit_id
JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
JOIN ledger_entry e ON e.id = m.entry_id
WHERE m.kind NOT IN ('call', 'withdraw', 'opening') AND m.undoes_id IS NULL
  AND (m."on" BETWEEN %(first)s AND %(last)s OR e.batch_id > %(after)s)
  AND NOT EXISTS (SELECT FROM deposits_depositmove u WHERE u.undoes_id = m.id)
GROUP BY key ORDER BY key
"""
# What moves booked in the month before did to the amount held.
BOOKED = """
SELECT d.account_id, sum(m.amount * deposits_effect(m.kind) * CASE WHEN m.undoes_id IS NULL THEN 1 ELSE -1 END)
FROM deposits_depositmove m JOIN deposits_deposit d ON d.id = m.deposit_id
JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
WHERE m.entry_id IS NOT NULL AND m."on" BETWEEN %(first)s AND %(last)s GROUP BY d.account_id
"""
NAMES = {"deposits": gettext_lazy("deposits"), "deposit_kinds": gettext_lazy("kinds of deposits")}
WORDS = {
    "none": gettext_lazy("no deposit is held or asked for"),
    "quiet": gettext_lazy("no deposit is due and none moved in this month"),
    "due": gettext_lazy("Due in this month"),
    "return": gettext_lazy("To be returned until the end of this month"),
    "no_bookings": gettext_lazy("no deposit goes back and none bears interest"),
    "plan:interest": gettext_lazy("Interest credited on the day of the return"),
    "plan:valorisation": gettext_lazy("Valorisation credited on the day of the return"),
    "plan:use": gettext_lazy("Used for debts that are due then"),
    "plan:return": gettext_lazy("Paid out"),
    "arisen": gettext_lazy("Interest that has arisen by the end of the month"),
}
REASON = "rehearsal"


class _TakenBack(Exception):
    """Leaves the savepoint of a return that was carried out on trial."""


def look_at_deposits(month: Month) -> Outcome:
    """What is due of deposits in the month, what moved (received, interest, valorisation, returned), what is late."""
    deposits = Deposit.objects.filter(account__entity=month.entity)
    if not deposits.exists():
        return Outcome(skipped="none")
    values: dict[str, Any] = {"entity": month.entity.pk, "first": month.first, "last": month.last}
    values["after"] = month.after_batch
    with connection.cursor() as cursor:
        cursor.execute(DUE, values)
        due = cursor.fetchall()
        cursor.execute(MOVES, values)
        moves = cursor.fetchall()
    amounts: dict[int, Decimal] = {account: amount for account, amount, _count in due}
    sums = [Sum("due", sum(row[2] for row in due), sum(amounts.values(), Decimal(0)))] if due else []
    sums += [Sum(key, count, amount) for key, count, amount in moves]
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


@dataclass
class _Booked:
    """What the rehearsed bookings come to: sums by key, effect on the amount held by account, what was refused."""

    sums: dict[str, tuple[int, Decimal]]
    amounts: dict[int, Decimal]
    alarms: list[OpenPoint]

    def add(self, key: str, deposit: Deposit, amount: Decimal, sign: int) -> None:
        if amount:
            count, total = self.sums.get(key, (0, Decimal(0)))
            self.sums[key] = (count + 1, total + amount)
            before = self.amounts.get(deposit.account_id, Decimal(0))
            self.amounts[deposit.account_id] = before + amount * sign


def book_deposits(month: Month) -> Outcome:
    """Returns that fall due until the end of the month, carried out on their day and taken back; and the interest
    that has arisen by its end on what stays. The second person of the return decides later, so the commit books none.
    """
    held = Deposit.objects.filter(account__entity=month.entity, held_amount__gt=0)
    held = held.select_related("account__entity", "account__payer", "kind").order_by("return_by", "pk")
    going = list(held.filter(return_by__lte=month.last))
    growing = held.filter(kind__interest_percent__gt=0, called_on__lte=month.last)
    bearing = list(growing.exclude(pk__in=[one.pk for one in going]))
    found = _Booked({}, {}, [])
    for deposit in going:
        _give_back(deposit, month, found)
    moves = moves_of([one.pk for one in bearing]) if bearing else {}
    for deposit in bearing:
        found.add("arisen", deposit, interest_of(deposit, month.last, moves[deposit.pk]), 1)
    sums = [Sum(key, *found.sums[key]) for key in WORDS if key in found.sums]
    skipped = "" if going or sums else "no_bookings"
    return Outcome(found.amounts, sum(one.count for one in sums), sums, skipped=skipped, alarms=found.alarms)


def _give_back(deposit: Deposit, month: Month, found: _Booked) -> None:
    """Post the return as its second person would, on its last day or the first of the month, and take it back."""
    day = max(deposit.return_by or month.first, month.first)
    try:
        with transaction.atomic():
            plan = plan_return(deposit, day=day)
            apply_return(deposit.pk, reason=REASON, told=plan.told(), actor=month.actor)
            raise _TakenBack
    except _TakenBack:
        found.add("plan:interest", deposit, plan.interest, 1)
        found.add("plan:valorisation", deposit, plan.valorisation, 1)
        found.add("plan:use", deposit, plan.used, -1)
        found.add("plan:return", deposit, plan.payout, -1)
    except Busy:
        raise
    except Refusal as refusal:
        found.alarms.append(_refused(deposit, refusal.message))


def _refused(deposit: Deposit, why: Any) -> OpenPoint:
    def words() -> str:
        return gettext("deposit %(number)s cannot be returned: %(why)s") % {"number": deposit.number, "why": why}

    return OpenPoint(worded(words), url=url_of(deposit))


def booked_before(month: Month) -> Mapping[int, Decimal]:
    first = clock.add_months(month.first, -1)
    values: dict[str, Any] = {"entity": month.entity.pk, "first": first, "last": clock.last_of_month(first)}
    with connection.cursor() as cursor:
        cursor.execute(BOOKED, values)
        return {account: amount for account, amount in cursor.fetchall() if amount}


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
    found: dict[str, Any] = dict(WORDS)
    found |= {f"move:{kind.value}": kind.label for kind in DepositMove.Kind}
    return found | {f"now:{kind.value}": _by_commit(kind) for kind in DepositMove.Kind}


def _by_commit(kind: DepositMove.Kind) -> str:
    return worded(lambda: gettext("%(move)s by this commit") % {"move": kind.label})


def register() -> None:
    part = Part("deposits", gettext_lazy("Deposits"), 50, look_at_deposits, seen, NAMES, {}, former, words, owed=False)
    register_part(part)
    label = gettext_lazy("Bookings of deposits, rehearsed")
    register_part(Part("deposit_bookings", label, 52, book_deposits, seen, NAMES, {}, booked_before, words, owed=False))
