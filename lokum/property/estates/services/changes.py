"""Keeping what was believed before: the record of changes that corrections of charges start from."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.property.estates.bitemporal import DatedValue
from lokum.property.estates.models import FactChange


@dataclass(frozen=True)
class ChangeRow:
    """One change about premises; `effective_to` is its last day (None: until further notice)."""

    premises_pk: int
    kind: str
    effective_from: dt.date
    effective_to: dt.date | None
    old_value: str
    new_value: str
    source: str = ""


def note_changes(rows: Sequence[ChangeRow], *, actor: Actor) -> None:
    """Record changes in the caller's transaction; rows whose value stays the same are left out."""
    moment, today = clock.now(), clock.today()
    FactChange.objects.bulk_create(
        [
            FactChange(
                premises_id=row.premises_pk,
                kind=row.kind,
                effective_from=row.effective_from,
                effective_to=row.effective_to,
                old_value=row.old_value[:200],
                new_value=row.new_value[:200],
                source=row.source[:200],
                recorded_at=moment,
                actor_id=actor.user_id,
                actor_label=actor.label[:150],
                backdated=row.effective_from < today,
            )
            for row in rows
            if row.old_value != row.new_value
        ],
        batch_size=5000,
    )


# Each stretch of the given time with what is believed about it now; a stretch of which nothing is known counts only
# when the kind is known of other times.
_FACTS = """
WITH given AS (
  SELECT g.*, daterange(g.first_on, g.last_on, '[]') AS valid
    FROM unnest(%(owners)s::bigint[], %(names)s::text[], %(values)s::numeric[], %(firsts)s::date[], %(lasts)s::date[],
                %(sources)s::text[]) AS g(premises_id, kind, value, first_on, last_on, source)
), known AS (
  SELECT g.premises_id, g.kind, g.value, g.valid, g.source, f.value AS old, f.valid AS held
    FROM given g JOIN estates_premisesfact f
      ON f.premises_id = g.premises_id AND f.kind = g.kind AND upper_inf(f.recorded)
), stretches AS (
  SELECT premises_id, kind, value, source, old, held * valid AS span FROM known WHERE held && valid
  UNION ALL
  SELECT premises_id, kind, value, source, NULL, gap
    FROM (SELECT premises_id, kind, value, source, datemultirange(valid) - range_agg(held) AS rest
            FROM known GROUP BY premises_id, kind, value, source, valid) k, unnest(k.rest) AS gap
)
INSERT INTO estates_factchange (premises_id, kind, effective_from, effective_to, old_value, new_value, source,
                                recorded_at, actor_id, actor_label, backdated)
SELECT premises_id, kind, lower(span), upper(span) - 1, coalesce(trim_scale(old)::text, ''),
       trim_scale(value)::text, source, %(moment)s, %(actor)s, %(label)s, lower(span) < %(today)s
  FROM stretches WHERE old IS DISTINCT FROM value
 ORDER BY premises_id, kind, lower(span)
"""


# The same of the operator's own dated fields; an empty value ends what was there.
_OWN = _FACTS.replace("estates_premisesfact", "estates_premisesownvalue").replace("numeric[]", "text[]")
_OWN = _OWN.replace("f.kind = g.kind", "f.code = g.kind")
for _old, _new in (
    ("kind, effective_from", "kind, own_code, effective_from"),
    ("SELECT premises_id, kind, lower(span)", "SELECT premises_id, 'own_field', kind, lower(span)"),
    ("trim_scale(old)::text", "old"),
    ("trim_scale(value)::text", "coalesce(value, '')"),
):
    assert _old in _OWN
    _OWN = _OWN.replace(_old, _new)


def note_fact_changes(rows: Sequence[DatedValue], *, actor: Actor) -> None:
    """Record which believed facts the given ones replace, before they do; set-based."""
    _note(_FACTS, rows, actor)


def note_own_changes(rows: Sequence[DatedValue], *, actor: Actor) -> None:
    """Record which believed values of own fields the given ones replace, before they do; set-based."""
    _note(_OWN, rows, actor)


def _note(statement: str, rows: Sequence[DatedValue], actor: Actor) -> None:
    if not rows:
        return
    values: dict[str, Any] = {
        "owners": [row.owner_id for row in rows],
        "names": [row.name for row in rows],
        "values": [row.value for row in rows],
        "firsts": [row.valid_from for row in rows],
        "lasts": [row.valid_to for row in rows],
        "sources": [row.source for row in rows],
        "moment": clock.now(),
        "today": clock.today(),
        "actor": actor.user_id,
        "label": actor.label[:150],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
