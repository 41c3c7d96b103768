"""Dated values of the operator's own fields of premises: recorded, taken back; today's value stays in the record."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.own_fields import PREFIX, DatedStore, OwnChange, own_field, own_fields
from lokum.property.estates.bitemporal import DatedValue, end, record, withdraw
from lokum.property.estates.models import Premises, PremisesOwnValue
from lokum.property.estates.queries import OWN_VALUES
from lokum.property.estates.services.changes import note_own_changes

# A field becomes dated: what records hold counts for all time, so that no figure of the past changes by it.
BEGIN = """
INSERT INTO estates_premisesownvalue (premises_id, code, value, valid, recorded, source, actor_id, actor_label)
SELECT p.id, %(code)s, p.own ->> %(code)s, daterange(NULL, NULL), tstzrange(%(moment)s, NULL), '', %(actor)s, %(label)s
FROM estates_premises p
WHERE p.own ->> %(code)s IS NOT NULL
  AND NOT EXISTS (SELECT FROM estates_premisesownvalue v WHERE v.premises_id = p.id AND v.code = %(code)s)
"""

# The value that holds today, put into the record where it is another one.
REFRESH = """
WITH fields AS (
  SELECT code, type FROM organisation_ownfielddefinition WHERE object_label = 'estates.premises' AND dated
), today AS (
  SELECT p.id, f.code, CASE WHEN f.type = 'integer' THEN to_jsonb(v.value::bigint) ELSE to_jsonb(v.value) END AS value
  FROM estates_premises p CROSS JOIN fields f
  LEFT JOIN estates_premisesownvalue v ON v.premises_id = p.id AND v.code = f.code AND upper_inf(v.recorded)
    AND v.valid @> %(today)s::date
  WHERE %(ids)s::bigint[] IS NULL OR p.id = ANY (%(ids)s::bigint[])
), meant AS (
  SELECT id, array_agg(code::text) AS codes, jsonb_strip_nulls(jsonb_object_agg(code, value)) AS held
  FROM today GROUP BY id
)
UPDATE estates_premises p SET own = (p.own - m.codes) || m.held, version = p.version + %(step)s
FROM meant m WHERE m.id = p.id AND p.own IS DISTINCT FROM (p.own - m.codes) || m.held
"""


def refresh_today(premises_ids: Sequence[int] | None = None, *, step: int = 1) -> int:
    """Put today's values of dated own fields into the records (None: all); returns how many changed.

    step: by how much their version grows; a form that was opened before is refused then.
    """
    values = {"today": clock.today(), "ids": None if premises_ids is None else list(premises_ids), "step": step}
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, values)
        return int(cursor.rowcount)


def _write(rows: Sequence[DatedValue], actor: Actor) -> int:
    """Record values and empty spans (value None), with the changes that corrections start from."""
    note_own_changes(rows, actor=actor)
    count = record(OWN_VALUES, [row for row in rows if row.value is not None], actor=actor)
    gone = [row for row in rows if row.value is None]
    return count + (end(OWN_VALUES, gone, actor=actor) if gone else 0)


def set_own_value(
    premises_pk: int, code: str, value: Any, valid_from: dt.date, *, actor: Actor, valid_to: dt.date | None = None,
    source: str = "",
) -> bool:  # fmt: skip
    """From `valid_from` to `valid_to` (the last day; None: until further notice) a dated own field has this value.

    An empty value: it has none in that time. Returns False when that was believed already. Raises Refusal for a
    field that is not dated, a wrong value or days in the wrong order; Missing for premises that do not exist.
    """
    with acting(actor):
        premises = Premises.objects.select_for_update(no_key=True, of=("self",)).filter(pk=premises_pk).first()
        if premises is None:
            raise Missing("premises.missing", _("There are no such premises."))
        if code not in {one.code for one in own_fields(Premises) if one.dated}:
            text = _("This field has no dated values.")
            raise Refusal("own_field.not_dated", text, fields={"code": [text]})
        if valid_to is not None and valid_to < valid_from:
            text = _("The last day lies before the first.")
            raise Refusal("fact.days_in_wrong_order", text, fields={"valid_to": [text]})
        field = own_field(Premises, PREFIX + code)
        try:
            stored = field.write(field.clean(value))
        except ValidationError as problem:
            raise Refusal("own_field.value", problem.messages[0], fields={"value": list(problem.messages)})
        stored = None if stored in (None, "") else str(stored)
        new = _write([DatedValue(premises_pk, code, stored, valid_from, valid_to, source[:200])], actor)
        if not new:
            return False
        refresh_today([premises_pk])
        note(premises, gettext_noop("own field recorded"), actor=actor, field=code, value=stored or "",
             day=valid_from.isoformat(), source=source)  # fmt: skip
        return True


def _keep(changes: Sequence[OwnChange], actor: Actor) -> None:
    """Values that came with saved records; those of new records hold without a first day."""
    _write([DatedValue(one.record_id, one.code, one.value, cast(dt.date, one.since)) for one in changes], actor)
    refresh_today(sorted({one.record_id for one in changes}), step=0)


LATEST = """
SELECT DISTINCT ON (v.premises_id, v.code) v.premises_id, v.code, v.id, upper_inf(v.recorded) AND upper_inf(v.valid)
FROM unnest(%(ids)s::bigint[], %(codes)s::text[]) AS g(premises_id, code)
JOIN estates_premisesownvalue v ON v.premises_id = g.premises_id AND v.code = g.code AND v.origin_id IS NULL
ORDER BY v.premises_id, v.code, lower(v.recorded) DESC, v.id DESC
"""


def _take_back(changes: Sequence[OwnChange], actor: Actor) -> None:
    """An act that brought values is undone: its entries are believed no more, what stood before them is again.

    What the act had emptied gets its value again from today on.
    """
    values: dict[str, Any] = {"ids": [one.record_id for one in changes], "codes": [one.code for one in changes]}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, values)
        entries = {(owner, code): (pk, stands) for owner, code, pk, stands in cursor.fetchall()}
    undone, rest = [], []
    for one in changes:
        pk, stands = entries.get((one.record_id, one.code), (0, False))
        undone.append(pk) if stands else rest.append(one)
    rows = PremisesOwnValue.objects.in_bulk(undone).values()
    back: Mapping[tuple[int, str], OwnChange] = {(one.record_id, one.code): one for one in changes}
    note_own_changes(
        [
            DatedValue(row.premises_id, row.code, back[row.premises_id, row.code].value, row.valid.lower, None, "")
            for row in rows
        ],
        actor=actor,
    )
    withdraw(OWN_VALUES, undone)
    _keep(rest, actor) if rest else None
    refresh_today(sorted({one.record_id for one in changes}), step=0)


def _begin(code: str, actor: Actor) -> None:
    values: dict[str, Any] = {"code": code, "moment": clock.now(), "actor": actor.user_id, "label": actor.label[:150]}
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, values)


def _values(code: str) -> list[str]:
    return list(PremisesOwnValue.objects.filter(code=code).order_by().values_list("value", flat=True).distinct())


STORE = DatedStore(begin=_begin, keep=_keep, take_back=_take_back, values=_values)
