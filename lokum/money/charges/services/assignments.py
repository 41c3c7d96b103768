"""Attaching a component to many premises at once, and ending it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.charges.models import Component, ComponentAssignment


@dataclass(frozen=True)
class AttachResult:
    """Ids of premises: attached now; skipped because the component is there already in this time; not of the entity."""

    attached: list[int]
    skipped: list[int]
    foreign: list[int]


ATTACH = """
WITH wanted AS (
  SELECT one AS premises_id, EXISTS (
           SELECT FROM estates_premisesentity e WHERE e.premises_id = one AND e.entity_id = %(entity)s
             AND e.valid && daterange(%(from)s, %(to)s)) AS own,
         EXISTS (SELECT FROM charges_componentassignment s WHERE s.premises_id = one
             AND s.component_id = %(component)s AND s.valid && daterange(%(from)s, %(to)s)) AS known
  FROM (SELECT DISTINCT unnest(%(premises)s::bigint[]) AS one) w
), made AS (
  INSERT INTO charges_componentassignment (component_id, premises_id, valid, version)
  SELECT %(component)s, premises_id, daterange(%(from)s, %(to)s), 1 FROM wanted WHERE own AND NOT known
  ORDER BY premises_id
)
SELECT premises_id, CASE WHEN NOT own THEN 'foreign' WHEN known THEN 'skipped' ELSE 'attached' END
FROM wanted ORDER BY premises_id
"""


def attach_component(
    component_id: int,
    premises_ids: Collection[int],
    starts_on: dt.date,
    *,
    actor: Actor,
    ends_on: dt.date | None = None,
) -> AttachResult:
    """Attach a component to premises from a day on (ends_on: last day). Doing it again changes nothing.

    Premises that carry the component in this time already are skipped, those of another entity are left out;
    both are listed in the result.
    """
    if ends_on is not None and ends_on < starts_on:
        text = _("The end lies before the start.")
        raise Refusal("assignment.dates", text, fields={"ends_on": [text]})
    with transaction.atomic():
        component = Component.objects.select_for_update().filter(pk=component_id).first()
        if component is None:
            raise Missing("component.missing", _("There is no such component."))
        values: dict[str, Any] = {
            "component": component_id,
            "entity": component.entity_id,
            "premises": sorted(set(premises_ids)),
            "from": starts_on,
            "to": ends_on + dt.timedelta(days=1) if ends_on else None,
        }
        with connection.cursor() as cursor:
            cursor.execute(ATTACH, values)
            rows = cursor.fetchall()
        result = AttachResult(
            *([pk for pk, outcome in rows if outcome == kind] for kind in ("attached", "skipped", "foreign"))
        )
        if result.attached:
            note(component, "attached", actor=actor, count=len(result.attached), starts_on=starts_on.isoformat())
        return result


def detach_component(assignment_id: int, ends_on: dt.date, *, actor: Actor) -> ComponentAssignment:
    """End an attachment; `ends_on` is its last day."""
    with transaction.atomic():
        found = ComponentAssignment.objects.select_for_update().filter(pk=assignment_id).first()
        if found is None:
            raise Missing("assignment.missing", _("There is no such attached component."))
        lower = found.valid.lower
        if lower is not None and ends_on < lower:
            text = _("The end lies before the start.")
            raise Refusal("assignment.dates", text, fields={"ends_on": [text]})
        found.valid = (lower, ends_on + dt.timedelta(days=1))
        found.version += 1
        found.save(update_fields=["valid", "version"])
        found.refresh_from_db(fields=["valid"])
        note(found.component, "detached", actor=actor, premises=found.premises_id, ends_on=ends_on.isoformat())
        return found
