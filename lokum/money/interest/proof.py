"""Rule I11: interest computed anew equals interest booked.

Each debt is computed to the day of its last note line and from what was known when that line was made: matches made
later, rates and days off entered later, policies and waivers of later days are the business of the next run, not a
finding.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise

from django.db import connection

from lokum.core.organisation.models import Entity
from lokum.core.organisation.queries import rules_of
from lokum.money.interest.accrual import statement
from lokum.money.interest.models import InterestLine, InterestNote, InterestRate
from lokum.money.ledger.proof import Finding, hash_joins
from lokum.money.ledger.terms import DAYS_OFF

WRONG = """
SELECT debt_id, computed, waived, booked, known FROM ({query}) i WHERE NOT known OR difference <> 0 ORDER BY debt_id
"""
# Notes equal their lines and their documents; lines equal their entries.
NOTES = """
SELECT n.id, n.total_amount, coalesce(l.amount, 0), d.data ->> 'total'
FROM interest_interestnote n
LEFT JOIN (SELECT note_id, sum(amount) AS amount FROM interest_interestline GROUP BY note_id) l ON l.note_id = n.id
LEFT JOIN papers_issueddocument d ON d.id = n.document_id
WHERE n.total_amount IS DISTINCT FROM l.amount OR (d.data ->> 'total')::numeric IS DISTINCT FROM n.total_amount
"""
LINES = """
SELECT l.entry_id, l.amount, e.amount FROM interest_interestline l LEFT JOIN ledger_entry e ON e.id = l.entry_id
WHERE e.amount IS DISTINCT FROM l.amount
"""


def _moments() -> list[dt.datetime | None]:
    """When the knowledge of rates and of declared days off changed, from the beginning to ever."""
    rows = InterestRate.objects.values_list("recorded_at", "withdrawn_at").distinct()
    changed = {moment for pair in rows for moment in pair if moment is not None}
    changed |= {rule.recorded_at for rule in rules_of(DAYS_OFF)}
    return [None, *sorted(changed), None]


def interest_booked() -> Iterable[Finding]:
    yield from _sums()
    entities = Entity.objects.filter(accounts__interest_notes__isnull=False).distinct().order_by("pk")
    first = InterestLine.objects.order_by("computed_at").values_list("computed_at", flat=True).first()
    for entity in entities:
        latest = InterestNote.objects.filter(account__entity=entity).latest("through_on").through_on
        for since, before in pairwise(_moments()):
            if before is None or first is None or before > first:
                yield from _of(entity, latest, (since, before))


def _of(
    entity: Entity, through_on: dt.date, known_between: tuple[dt.datetime | None, dt.datetime | None]
) -> Iterator[Finding]:
    query = statement(entity, through_on, known_between=known_between)
    with hash_joins(), connection.cursor() as cursor:
        cursor.execute(WRONG.format(query=query.sql), query.values)
        rows = cursor.fetchall()
    for debt_id, computed, waived, booked, known in rows:
        said = f"computed {computed}, waived {waived}" if known else "a day before the rate table is needed"
        yield Finding("ledger.entry", debt_id, f"interest: {said}, booked {booked}")


def _sums() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(NOTES)
        for pk, total, lines, document in cursor.fetchall():
            yield Finding("interest.interestnote", pk, f"note {total}, lines {lines}, document {document}")
        cursor.execute(LINES)
        for pk, amount, entry in cursor.fetchall():
            yield Finding("interest.interestline", pk, f"line {amount}, entry {entry}")
