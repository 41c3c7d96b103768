"""Interest as a part of closing a month: noted once the month is closed."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.money.interest.models import InterestPolicy
from lokum.money.interest.services import compute_run, post_run, start_run
from lokum.money.ledger.models import Period
from lokum.money.ledger.month_parts import NAMES as BOOK_NAMES
from lokum.money.ledger.month_parts import seen_books, told_entries
from lokum.money.ledger.rehearsing import Month, Outcome, Part, Sum, register_part, row_marks

SEEN = """
SELECT 'interest_policies' AS part, id, xmin::text::bigint AS xmin FROM interest_interestpolicy
  WHERE entity_id = %(entity)s
UNION ALL SELECT 'interest_rates', id, xmin::text::bigint FROM interest_interestrate
UNION ALL SELECT 'interest_rates', -id, xmin::text::bigint FROM interest_interestregime
UNION ALL SELECT 'waivers', w.id, w.xmin::text::bigint FROM interest_interestwaiver w
  JOIN ledger_account a ON a.id = w.account_id AND a.entity_id = %(entity)s
"""
NOTED = """
SELECT e.account_id, sum(e.amount) FROM ledger_entry e
WHERE e.batch_id = %(batch)s AND e.kind = 'interest' GROUP BY e.account_id
"""
# What the runs of the month before booked and is still there.
FORMER = """
SELECT e.account_id, sum(e.amount) FROM interest_interestrun r
JOIN ledger_entry e ON e.batch_id = r.batch_id AND e.kind = 'interest'
WHERE r.entity_id = %(entity)s AND r.through_on = %(last)s AND r.state = 'posted' GROUP BY e.account_id
"""
NAMES = {
    "interest_policies": gettext_lazy("interest policies"),
    "interest_rates": gettext_lazy("interest rates"),
    "waivers": gettext_lazy("waivers of interest"),
}
WORDS = {
    "no_policy": gettext_lazy("the entity has no interest policy"),
    "open": gettext_lazy("the month is not closed; interest is noted for closed months"),
    "no_interest": gettext_lazy("no interest is to be noted"),
    "notes": gettext_lazy("Interest notes"),
    "corrections": gettext_lazy("Corrections of former notes"),
}


class _Nothing(Exception):
    """Takes the computed preview back."""


def note_interest(month: Month) -> Outcome:
    """Interest to the end of the month: computed and posted as the interest run does it."""
    if not InterestPolicy.objects.filter(entity=month.entity).exists():
        return Outcome(skipped="no_policy")
    if not Period.objects.filter(entity=month.entity, starts_on=month.first, closed_at__isnull=False).exists():
        return Outcome(skipped="open")
    try:
        with transaction.atomic():
            run = compute_run(start_run(month.entity.pk, month.first, actor=month.actor).pk, actor=month.actor)
            if not run.note_count and not run.correction_count:
                raise _Nothing
            run = post_run(run.pk, actor=month.actor)
    except _Nothing:
        return Outcome(skipped="no_interest")
    sums = [Sum("notes", run.note_count, run.total_amount)]
    if run.correction_count:
        sums.append(Sum("corrections", run.correction_count, -run.corrected_amount))
    amounts = _amounts(NOTED, {"batch": run.batch_id})
    return Outcome(amounts, run.note_count + run.correction_count, sums)


def _amounts(statement: str, values: Mapping[str, Any]) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return dict(cursor.fetchall())


def former(month: Month) -> Mapping[int, Decimal]:
    last = clock.last_of_month(clock.add_months(month.first, -1))
    return _amounts(FORMER, {"entity": month.entity.pk, "last": last})


def seen(month: Month) -> Mapping[str, str]:
    with connection.cursor() as cursor:
        return {**seen_books(month), **row_marks(cursor, SEEN, {"entity": month.entity.pk})}


def words(keys: Collection[str]) -> Mapping[str, Any]:
    return WORDS


def register() -> None:
    register_part(
        Part(
            "interest",
            gettext_lazy("Interest"),
            90,
            note_interest,
            seen,
            {**BOOK_NAMES, **NAMES},
            {"entries": told_entries},
            former,
            words,
        )
    )
