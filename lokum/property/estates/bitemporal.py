"""Values with two time lines: when they hold (`valid`) and when they were believed (`recorded`).

One algorithm for every table of that shape. A new entry never changes a row's value: it ends `recorded` of each
row it touches, puts back what is left of that row's time (naming the row as `origin`), and adds itself. So every
past answer can be given again, and the rows without an origin are exactly the entries people made.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from lokum.core.base import clock
from lokum.core.base.context import Actor


@dataclass(frozen=True)
class DatedTable:
    """Names of a table's columns: who owns the value, what is valued, and the value's SQL type."""

    table: str
    owner: str
    name: str
    value_type: str


@dataclass(frozen=True)
class DatedValue:
    """One value to record. `valid_from` and `valid_to` are the first and the last day; None = without end."""

    owner_id: int
    name: str
    value: Any
    valid_from: dt.date
    valid_to: dt.date | None = None
    source: str = ""


@dataclass(frozen=True)
class Change:
    """One entry of a history: what an attribute was before and is from `on`, and both moments of recording.

    recorded_at: when the entry was made (None: not kept); replaced_at: when a later entry took its first day away
    (None: it holds).
    """

    on: dt.date
    until: dt.date | None
    name: str
    old_value: Any
    new_value: Any
    source: str
    recorded_at: dt.datetime | None
    replaced_at: dt.datetime | None
    actor_label: str


_GIVEN = """
  SELECT g.*, daterange(g.first_on, g.last_on, '[]') AS valid
    FROM unnest(%(owners)s::bigint[], %(names)s::text[], %(values)s::{value_type}[], %(firsts)s::date[],
                %(lasts)s::date[], %(sources)s::text[])
         WITH ORDINALITY AS g(owner_id, name, value, first_on, last_on, source, position)
"""
_NEWS = """
WITH given AS ({given})
SELECT g.position, max(lower(f.recorded))
  FROM given g
  LEFT JOIN {table} f ON f.{owner} = g.owner_id AND f.{name} = g.name AND upper_inf(f.recorded) AND f.valid && g.valid
 GROUP BY g.position
HAVING NOT coalesce(bool_or(f.valid @> g.valid AND f.value = g.value), false)
"""
_END = """
WITH given AS ({given}), touched AS (
  SELECT f.id, coalesce(f.origin_id, f.id) AS root, datemultirange(f.valid) - range_agg(g.valid) AS rest
    FROM {table} f JOIN given g ON g.owner_id = f.{owner} AND g.name = f.{name} AND g.valid && f.valid
   WHERE upper_inf(f.recorded)
   GROUP BY f.id
)
UPDATE {table} f SET recorded = tstzrange(lower(f.recorded), %(moment)s)
  FROM touched t WHERE f.id = t.id
RETURNING f.id, t.root
"""
_PUT_BACK = """
WITH given AS ({given}), ended AS (
  SELECT f.id, f.{owner} AS owner_id, f.{name} AS name, f.value, f.source, f.actor_id, f.actor_label, e.root,
         datemultirange(f.valid) - range_agg(g.valid) AS rest
    FROM unnest(%(ended)s::bigint[], %(roots)s::bigint[]) AS e(id, root)
    JOIN {table} f ON f.id = e.id
    JOIN given g ON g.owner_id = f.{owner} AND g.name = f.{name} AND g.valid && f.valid
   GROUP BY f.id, e.root
)
INSERT INTO {table} ({owner}, {name}, value, valid, recorded, source, actor_id, actor_label, origin_id)
SELECT e.owner_id, e.name, e.value, part, tstzrange(%(moment)s, NULL), e.source, e.actor_id, e.actor_label, e.root
  FROM ended e, unnest(e.rest) AS part
"""
_ADD = """
WITH given AS ({given})
INSERT INTO {table} ({owner}, {name}, value, valid, recorded, source, actor_id, actor_label, origin_id)
SELECT g.owner_id, g.name, g.value, g.valid, tstzrange(%(moment)s, NULL), g.source, %(actor_id)s, %(actor_label)s, NULL
  FROM given g ORDER BY g.position
"""


def record(table: DatedTable, rows: Sequence[DatedValue], *, actor: Actor) -> int:
    """Record values, set-based; a value that is believed already is not recorded again. Returns how many were new.

    Runs in the caller's transaction, which has checked the values and locked their owners. Two rows of one owner and
    name must not overlap (the table's exclusion constraint refuses them).
    """
    fresh, moment = _news(table, rows)
    if not fresh:
        return 0
    given = _arrays(fresh) | {"moment": moment, "actor_id": actor.user_id, "actor_label": actor.label[:150]}
    with connection.cursor() as cursor:
        cursor.execute(_sql(_END, table), given)
        ended = cursor.fetchall()
        if ended:
            given |= {"ended": [row[0] for row in ended], "roots": [row[1] for row in ended]}
            cursor.execute(_sql(_PUT_BACK, table), given)
        cursor.execute(_sql(_ADD, table), given)
    return len(fresh)


def end(table: DatedTable, rows: Sequence[DatedValue], *, actor: Actor) -> int:
    """From now on nothing is believed of the time of each row; their values are not looked at. Returns how many rows
    of the table ended. What was believed stays readable, and `record` may say something new of that time."""
    blank = [replace(row, value=None) for row in rows]
    fresh, moment = _news(table, blank)
    given = _arrays(fresh) | {"moment": moment, "actor_id": actor.user_id, "actor_label": actor.label[:150]}
    with connection.cursor() as cursor:
        cursor.execute(_sql(_END, table), given)
        ended = cursor.fetchall()
        if ended:
            given |= {"ended": [row[0] for row in ended], "roots": [row[1] for row in ended]}
            cursor.execute(_sql(_PUT_BACK, table), given)
    return len(ended)


def _news(table: DatedTable, rows: Sequence[DatedValue]) -> tuple[list[DatedValue], dt.datetime]:
    """The rows that say something new, and the moment of recording: later than every row they touch."""
    moment = clock.now()
    if not rows:
        return [], moment
    with connection.cursor() as cursor:
        cursor.execute(_sql(_NEWS, table), _arrays(rows))
        found = cursor.fetchall()
    touched = [since for _position, since in found if since is not None]
    if touched:
        moment = max(moment, max(touched) + dt.timedelta(microseconds=1))
    return [rows[position - 1] for position in sorted(position for position, _since in found)], moment


def _sql(text: str, table: DatedTable) -> str:
    """Fill in names of columns; they come from constants of this code base, never from a person."""
    names = {"table": table.table, "owner": table.owner, "name": table.name, "value_type": table.value_type}
    return text.format(given=_GIVEN.format(**names), **names)


def _arrays(rows: Sequence[DatedValue]) -> dict[str, Any]:
    return {
        "owners": [row.owner_id for row in rows],
        "names": [row.name for row in rows],
        "values": [row.value for row in rows],
        "firsts": [row.valid_from for row in rows],
        "lasts": [row.valid_to for row in rows],
        "sources": [row.source for row in rows],
    }


_END_WITHDRAWN = """
WITH entries AS (
  SELECT {owner} AS owner_id, {name} AS name, lower(recorded) AS since FROM {table} WHERE id = ANY(%(ids)s))
UPDATE {table} f SET recorded = tstzrange(lower(f.recorded), %(moment)s)
  FROM entries e
 WHERE f.{owner} = e.owner_id AND f.{name} = e.name AND lower(f.recorded) = e.since AND upper_inf(f.recorded)
"""
_PUT_BACK_WITHDRAWN = """
WITH entries AS (
  SELECT {owner} AS owner_id, {name} AS name, lower(recorded) AS since FROM {table} WHERE id = ANY(%(ids)s))
INSERT INTO {table} ({owner}, {name}, value, valid, recorded, source, actor_id, actor_label, origin_id)
SELECT f.{owner}, f.{name}, f.value, f.valid, tstzrange(%(moment)s, NULL), f.source, f.actor_id, f.actor_label,
       coalesce(f.origin_id, f.id)
  FROM {table} f JOIN entries e ON f.{owner} = e.owner_id AND f.{name} = e.name AND upper(f.recorded) = e.since
"""
_TOUCHED_SINCE = """
SELECT e.id FROM {table} e WHERE e.id = ANY(%(ids)s) AND EXISTS (
  SELECT FROM {table} f WHERE f.{owner} = e.{owner} AND f.{name} = e.{name} AND lower(f.recorded) = lower(e.recorded)
     AND NOT upper_inf(f.recorded))
"""


def touched_since(table: DatedTable, ids: Sequence[int]) -> set[int]:
    """Of these entries, the ones a later entry took time from (or from what they left of earlier values)."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(_TOUCHED_SINCE, table), {"ids": list(ids)})
        return {row[0] for row in cursor.fetchall()}


def withdraw(table: DatedTable, ids: Sequence[int]) -> None:
    """Believe again what was believed before these entries, which nobody touched since; set-based.

    Nothing is deleted: the entries stay in the history, ended by the moment of their withdrawal.
    """
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(lower(recorded)) FROM {table.table} WHERE id = ANY(%s)", [list(ids)])  # noqa: S608
        moment = max(clock.now(), cursor.fetchone()[0] + dt.timedelta(microseconds=1))
        given = {"ids": list(ids), "moment": moment}
        cursor.execute(_sql(_END_WITHDRAWN, table), given)
        cursor.execute(_sql(_PUT_BACK_WITHDRAWN, table), given)


_HISTORY = """
SELECT lower(f.valid), upper(f.valid) - 1, f.{name}, f.value, f.source, lower(f.recorded), f.actor_label,
       (SELECT o.value FROM {table} o
         WHERE o.{owner} = f.{owner} AND o.{name} = f.{name} AND o.id <> f.id
           AND (o.valid @> lower(f.valid) OR o.valid @> (lower(f.valid) - 1))
           AND lower(o.recorded) < lower(f.recorded)
           AND (upper_inf(o.recorded) OR upper(o.recorded) >= lower(f.recorded))
         ORDER BY o.valid @> lower(f.valid) DESC, lower(o.recorded) DESC LIMIT 1),
       (SELECT CASE WHEN bool_or(upper_inf(p.recorded)) THEN NULL ELSE max(upper(p.recorded)) END
          FROM {table} p WHERE (p.id = f.id OR p.origin_id = f.id) AND p.valid @> lower(f.valid)), f.{owner}
  FROM {table} f
 WHERE f.{owner} = ANY(%s) AND f.origin_id IS NULL
 ORDER BY lower(f.valid) DESC, lower(f.recorded) DESC, f.{name}
"""


def history(table: DatedTable, owner_id: int) -> list[Change]:
    """Every entry ever made for one owner, the latest day first."""
    return histories(table, [owner_id])[owner_id]


def histories(table: DatedTable, owner_ids: Sequence[int]) -> dict[int, list[Change]]:
    """The same for many owners, by owner, in one statement."""
    found: dict[int, list[Change]] = {pk: [] for pk in owner_ids}
    with connection.cursor() as cursor:
        cursor.execute(_sql(_HISTORY, table), [list(owner_ids)])
        for row in cursor.fetchall():
            found[row[9]].append(
                Change(
                    on=row[0],
                    until=row[1],
                    name=row[2],
                    new_value=row[3],
                    source=row[4],
                    recorded_at=row[5],
                    actor_label=row[6],
                    old_value=row[7],
                    replaced_at=row[8],
                )
            )
    return found
