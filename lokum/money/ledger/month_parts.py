"""The ledger's own parts of closing a month: free money used, transfers between sub-accounts, the month closed."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base.languages import worded
from lokum.money.ledger.models import Entry, Period
from lokum.money.ledger.rehearsing import Month, Outcome, Part, register_part, row_marks
from lokum.money.ledger.seams import open_points
from lokum.money.ledger.services import allocate_by_rule, close_after_checklist, transfer_between_sub_accounts

TOLD = 5  # entries named when they void a rehearsal

# Entries are sealed in batches, so the newest batch stands for all of them.
BOOKS = """
SELECT 'entries' AS part, coalesce(max(id), 0) AS id, count(*) AS xmin FROM ledger_batch WHERE entity_id = %(entity)s
UNION ALL
SELECT 'matches', coalesce(max(m.id), 0), count(*) + count(m.undone_at) * 1000003
  FROM ledger_allocation m JOIN ledger_account a ON a.id = m.account_id AND a.entity_id = %(entity)s
UNION ALL SELECT 'periods', id, xmin::text::bigint FROM ledger_period WHERE entity_id = %(entity)s
UNION ALL SELECT 'order', id, xmin::text::bigint FROM ledger_allocationrule WHERE entity_id = %(entity)s
UNION ALL SELECT 'sub_accounts', id, xmin::text::bigint FROM ledger_subaccount WHERE entity_id = %(entity)s
UNION ALL SELECT 'settings', id, xmin::text::bigint FROM organisation_nodesetting
"""
MATCHED = """
SELECT m.account_id, sum(m.amount), count(*) FROM ledger_allocation m
JOIN ledger_account a ON a.id = m.account_id AND a.entity_id = %(entity)s
WHERE m.id > %(after)s AND m.undone_at IS NULL GROUP BY m.account_id
"""
MOVED = """
SELECT e.account_id, sum(e.amount), count(*) FROM ledger_entry e
WHERE e.entity_id = %(entity)s AND e.id > %(after)s AND e.kind = 'transfer' AND e.source_kind = 'transfer'
GROUP BY e.account_id
"""
NAMES = {
    "entries": gettext_lazy("payments and other entries of the books"),
    "matches": gettext_lazy("matches of money and debts"),
    "periods": gettext_lazy("closed months"),
    "order": gettext_lazy("the order in which money covers debts"),
    "sub_accounts": gettext_lazy("sub-accounts"),
    "settings": gettext_lazy("settings"),
}
WORDS = {
    "nothing_free": gettext_lazy("no free money stands beside a debt"),
    "nothing_to_move": gettext_lazy("nothing is to be moved"),
    "running": gettext_lazy("the month is not over yet"),
    "closed": gettext_lazy("the month is closed already"),
}


def words(keys: Collection[str]) -> Mapping[str, Any]:
    return WORDS


def seen_books(month: Month) -> Mapping[str, str]:
    with connection.cursor() as cursor:
        return row_marks(cursor, BOOKS, {"entity": month.entity.pk})


def told_entries(month: Month, since: dt.datetime) -> Sequence[str]:
    """The newest entries posted since."""
    rows = Entry.objects.filter(entity=month.entity, batch__posted_at__gt=since).select_related("account", "batch")
    return [_told_entry(one) for one in rows.order_by("-pk")[:TOLD]]


def _told_entry(one: Entry) -> str:
    def words() -> str:
        day = date_format(one.booked_on, "SHORT_DATE_FORMAT")
        return f"{one.document_number or one.get_kind_display()} {one.amount} {day} {one.account or ''}".strip()

    return worded(words)


def _newest(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 - our own tables
    return int(cursor.fetchone()[0])


def _came(cursor: Any, statement: str, month: Month, after: int, nothing: str) -> Outcome:
    cursor.execute(statement, {"entity": month.entity.pk, "after": after})
    rows = cursor.fetchall()
    amounts: dict[int, Decimal] = {account: amount for account, amount, _count in rows}
    return Outcome(amounts, sum(row[2] for row in rows), skipped="" if rows else nothing)


def use_free_money(month: Month) -> Outcome:
    """Free money covers open debts by the rule of the entity."""
    with connection.cursor() as cursor:
        after = _newest(cursor, "ledger_allocation")
        allocate_by_rule(month.entity.pk, actor=month.actor)
        return _came(cursor, MATCHED, month, after, "nothing_free")


def move_between_sub_accounts(month: Month) -> Outcome:
    with connection.cursor() as cursor:
        after = _newest(cursor, "ledger_entry")
        transfer_between_sub_accounts(month.entity.pk, month.day, actor=month.actor)
        return _came(cursor, MOVED, month, after, "nothing_to_move")


def close_month(month: Month) -> Outcome:
    """The checklist of all layers, then the month is closed; what blocks it is a problem, the rest are alarms."""
    if Period.objects.filter(entity=month.entity, starts_on=month.first, closed_at__isnull=False).exists():
        return Outcome(skipped="closed")
    points = open_points(month.entity.pk, month.first)
    blocking = [point.text for point in points if point.blocking]
    if blocking:
        return Outcome(problem=worded(lambda: _cannot(blocking)), alarms=points)
    if not month.over:
        return Outcome(skipped="running", alarms=points)
    close_after_checklist(month.entity.pk, month.first, month.reason or "-", actor=month.actor)
    return Outcome(count=1, alarms=points)


def _cannot(points: Sequence[str]) -> str:
    return _("The month cannot be closed: %(points)s") % {"points": "; ".join(map(str, points))}


def register() -> None:
    common: dict[str, Any] = {
        "seen": seen_books, "names": NAMES, "told": {"entries": told_entries}, "words": words, "owed": False,
    }  # fmt: skip
    register_part(Part("matches", gettext_lazy("Money used for earlier debts"), 5, use_free_money, **common))
    register_part(
        Part("transfers", gettext_lazy("Transfers between sub-accounts"), 40, move_between_sub_accounts, **common)
    )
    register_part(Part("closing", gettext_lazy("Closing of the month"), 80, close_month, **common))
