"""The draft of an interest run: made by the preview, taken by posting while everything it rests on is as it was."""

import datetime as dt
import hashlib
import json
from typing import Any

from django.db import connection

from lokum.money.interest import drafting
from lokum.money.interest.accrual import statement
from lokum.money.interest.models import InterestPolicy, InterestRun
from lokum.money.interest.services.noting import ANALYZE_DUE, refuse_unknown, set_wise
from lokum.money.ledger.terms import calendar_of

SHOWN = 50


class DraftOutdated(Exception):
    """Something the draft rests on has changed since, or the draft itself is gone."""


def make_draft(run: InterestRun) -> None:
    """Compute a run into its draft, with the figures and differences shown before posting; the run is not saved.

    Refuses (`interest.no_rate`) when a day before the rate table is needed: nothing is guessed.
    """
    clear_draft(run)
    # Asked before the computation: what changes meanwhile makes the draft look outdated, never the other way round.
    days, inputs = _inputs(run)
    query = statement(run.entity, run.through_on, stretches=True, changed_only=True, days=days)
    with connection.cursor() as cursor, set_wise(cursor):
        cursor.execute(drafting.DRAFT.format(query=query.sql), query.values | {"run": run.pk})
        unknown = cursor.fetchone()
    if unknown:
        refuse_unknown(*unknown)
    fill_figures(run, drafting.OF_RUN)
    run.figures = {"changes": _changes(run)}
    run.seen = _hash(inputs, _rows(drafting.SEEN_OF_DRAFT, run))


def clear_draft(run: InterestRun) -> None:
    run.draft_lines.all()._raw_delete(run.draft_lines.db)


def take_draft(run: InterestRun) -> None:
    """The draft as temp table `interest_due`; its accounts are locked by the caller. Raises DraftOutdated."""
    if not run.seen or run.seen != _hash(_inputs(run)[1], _rows(drafting.SEEN_OF_DRAFT, run)):
        raise DraftOutdated
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.interest_due")
        cursor.execute(drafting.TAKEN, {"run": run.pk})
        cursor.execute(ANALYZE_DUE)


def accounts_of_draft(run: InterestRun) -> list[int]:
    return list(run.draft_lines.order_by("account_id").values_list("account_id", flat=True).distinct())


def fill_figures(run: InterestRun, due: str) -> None:
    """Counts, sums and the fingerprint of what would be booked of a relation like `interest_due`."""
    with connection.cursor() as cursor:
        cursor.execute(drafting.FIGURES.format(due=due), {"run": run.pk})
        (
            run.note_count,
            run.line_count,
            run.total_amount,
            run.correction_count,
            run.corrected_amount,
            run.small_count,
            run.small_amount,
            run.fingerprint,
        ) = cursor.fetchone()


def _inputs(run: InterestRun) -> tuple[list[dt.date], list[Any]]:
    """The due days of the debts, and what the computation reads: rows by their versions, due days by the day that takes
    their place."""
    parts = drafting.SEEN
    exceptions = InterestPolicy.objects.filter(entity=run.entity).exclude(premises=None, party=None, sub_account=None)
    if exceptions.exists():
        parts = parts | drafting.SEEN_OF_EXCEPTIONS
    calendar = calendar_of(run.entity.country_pack)
    with connection.cursor() as cursor:
        cursor.execute(drafting.SEEN_DEBTS, {"entity": run.entity_id})
        debts = cursor.fetchall()
    moved = [(day.isoformat(), calendar.moved(day).isoformat(), *figures) for day, *figures in debts]
    return [row[0] for row in debts], [run.entity.country_pack, moved, *_rows(parts, run)]


def _rows(parts: dict[str, tuple[str, str]], run: InterestRun) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(drafting.seen_sql(parts), {"entity": run.entity_id, "run": run.pk})
        return [list(row) for row in cursor.fetchall()]


def _hash(*parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _changes(run: InterestRun) -> list[dict[str, Any]]:
    names = ("account", "before", "after", "difference", "cause", "small")
    with connection.cursor() as cursor:
        cursor.execute(drafting.CHANGES, {"run": run.pk, "limit": SHOWN})
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row | {name: str(row[name]) for name in ("before", "after", "difference")} for row in rows]
