"""Attaching components and packages to many places at once, ending and undoing it: set-based, each act on record."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.charges.models import (
    BulkAttachment,
    Component,
    ComponentAssignment,
    Package,
    PackageAssignment,
)
from lokum.money.charges.queries.packages import DIFFERENCES
from lokum.property.estates.models import Building, Estate, PremisesGroup


@dataclass(frozen=True)
class Chosen:
    """By what places were chosen; kept with the act and shown on the card of each place."""

    estate: Estate | None = None
    building: Building | None = None
    group: PremisesGroup | None = None
    premises_kind: str = ""
    agreement_kind: str = ""
    one_by_one: bool = False

    @property
    def reach(self) -> str:
        if self.one_by_one:
            return BulkAttachment.Reach.CHOSEN
        for name in ("group", "building", "estate"):
            if getattr(self, name) is not None:
                return name
        return BulkAttachment.Reach.ENTITY


# Places with why they cannot take it ('' = they can). A package counts as a whole: where it is, nothing is added.
WANTED = """
CREATE TEMP TABLE attach_wanted ON COMMIT DROP AS
SELECT p.id AS premises_id, CASE
         WHEN NOT EXISTS (SELECT FROM estates_premisesentity e WHERE e.premises_id = p.id
                            AND e.entity_id = %(entity)s AND e.valid && %(span)s::daterange) THEN 'foreign'
         WHEN p.closed_on < lower(%(span)s::daterange) THEN 'closed'
         WHEN EXISTS (SELECT FROM charges_packageassignment a WHERE a.premises_id = p.id
                        AND a.package_id = %(package)s::bigint AND a.valid && %(span)s::daterange) THEN 'package'
         ELSE '' END AS outcome
FROM estates_premises p WHERE p.id = ANY (%(premises)s::bigint[])
"""

PACKAGES = """
INSERT INTO charges_packageassignment (package_id, premises_id, valid, origin_id, version)
SELECT %(package)s, premises_id, %(span)s::daterange, %(bulk)s, 1 FROM attach_wanted WHERE outcome = ''
ORDER BY premises_id
"""

# Each component with its own time inside that of the act.
PARTS = """
CREATE TEMP TABLE attach_part ON COMMIT DROP AS
SELECT w.premises_id, c.component_id, c.valid * %(span)s::daterange AS valid,
       CASE WHEN w.outcome <> '' THEN w.outcome
            WHEN EXISTS (SELECT FROM charges_componentassignment s WHERE s.premises_id = w.premises_id
                           AND s.component_id = c.component_id AND s.valid && c.valid * %(span)s::daterange)
            THEN 'known' ELSE 'attached' END AS outcome
FROM attach_wanted w CROSS JOIN (
  SELECT %(component)s::bigint AS component_id, daterange(NULL, NULL) AS valid
  WHERE %(component)s::bigint IS NOT NULL
  UNION ALL
  SELECT component_id, valid FROM charges_packagecomponent
  WHERE package_id = %(package)s::bigint AND valid && %(span)s::daterange
) c
"""

COMPONENTS = """
INSERT INTO charges_componentassignment (component_id, premises_id, valid, package_id, origin_id, version)
SELECT component_id, premises_id, valid, %(package)s, %(bulk)s, 1 FROM attach_part WHERE outcome = 'attached'
ORDER BY premises_id, component_id
"""

# A place that could not take a package at all is listed once, not once for each component.
LINES = """
INSERT INTO charges_bulkattachmentline (bulk_id, premises_id, component_id, outcome)
SELECT %(bulk)s, premises_id, component_id, outcome FROM (
  SELECT premises_id, component_id, outcome FROM attach_part WHERE outcome IN ('attached', 'known')
  UNION ALL
  SELECT premises_id, %(component)s::bigint, outcome FROM attach_wanted WHERE outcome <> ''
) l JOIN estates_premises p ON p.id = l.premises_id
ORDER BY p.building_id, p.sort_number, p.id, component_id
"""

COUNTS = """
UPDATE charges_bulkattachment b SET attached_count = n.attached, skipped_count = n.skipped
FROM (SELECT count(*) FILTER (WHERE outcome IN ('attached', 'ended')) AS attached,
             count(*) FILTER (WHERE outcome NOT IN ('attached', 'ended')) AS skipped
      FROM charges_bulkattachmentline WHERE bulk_id = %(bulk)s) n
WHERE b.id = %(bulk)s RETURNING attached, skipped
"""


def _span(starts_on: dt.date, ends_on: dt.date | None) -> str:
    if ends_on is not None and ends_on < starts_on:
        text = _("The end lies before the start.")
        raise Refusal("assignment.dates", text, fields={"ends_on": [text]})
    return f"[{starts_on},{ends_on + dt.timedelta(days=1) if ends_on else ''})"


def attach_many(
    what: Component | Package,
    premises_ids: Collection[int],
    starts_on: dt.date,
    *,
    actor: Actor,
    ends_on: dt.date | None = None,
    chosen: Chosen | None = None,
) -> BulkAttachment:
    """Attach a component or a package to places from a day on; the result lists each place and, if skipped, why.

    What a place carries in this time already is never attached twice, so doing it again changes nothing. Components
    of a package come in their own time within it. Refused for a package that is empty in this time.
    """
    span, chosen = _span(starts_on, ends_on), chosen or Chosen(one_by_one=True)
    with transaction.atomic():
        locked = type(what)._default_manager.select_for_update(of=("self",)).filter(pk=what.pk).first()
        if locked is None:
            raise Missing("attachment.missing", _("There is no such component or package."))
        package = what if isinstance(what, Package) else None
        component = what if isinstance(what, Component) else None
        if package is not None and not package.contents.filter(valid__overlap=_range(starts_on, ends_on)).exists():
            text = _("The package holds no component in this time.")
            raise Refusal("package.empty", text, fields={"starts_on": [text]})
        bulk = BulkAttachment.objects.create(
            entity_id=what.entity_id, component=component, package=package, name=what.name, reach=chosen.reach,
            estate=chosen.estate, building=chosen.building, group=chosen.group, premises_kind=chosen.premises_kind,
            agreement_kind=chosen.agreement_kind, starts_on=starts_on, ends_on=ends_on, created_at=clock.now(),
            created_by_label=actor.label[:150],
        )  # fmt: skip
        values: dict[str, Any] = {
            "entity": what.entity_id, "span": span, "premises": sorted(set(premises_ids)), "bulk": bulk.pk,
            "component": component.pk if component else None, "package": package.pk if package else None,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.attach_wanted, pg_temp.attach_part")
            cursor.execute(WANTED, values)
            cursor.execute("ANALYZE attach_wanted")
            if package is not None:
                cursor.execute(PACKAGES, values)
            for statement in (PARTS, COMPONENTS, LINES):
                cursor.execute(statement, values)
            _count(cursor, bulk)
        if bulk.attached_count:
            note(what, "attached", actor=actor, count=bulk.attached_count, starts_on=starts_on.isoformat())
        return bulk


def _range(starts_on: dt.date, ends_on: dt.date | None) -> tuple[dt.date, dt.date | None]:
    return starts_on, ends_on + dt.timedelta(days=1) if ends_on else None


def _count(cursor: Any, bulk: BulkAttachment) -> None:
    cursor.execute(COUNTS, {"bulk": bulk.pk})
    bulk.attached_count, bulk.skipped_count = cursor.fetchone()


# What was charged by the attached components meanwhile and not taken back.
CHARGED = """
SELECT s.premises_id FROM charges_componentassignment s
JOIN occupancy_agreement g ON g.premises_id = s.premises_id
JOIN charges_chargeline l ON l.agreement_id = g.id AND l.component_id = s.component_id
  AND s.valid && daterange(l.period, (l.period + interval '1 month')::date)
WHERE s.origin_id = %(bulk)s AND NOT EXISTS (
  SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')
LIMIT 1
"""


def undo_attachment(bulk_id: int, reason: str, *, actor: Actor) -> BulkAttachment:
    """Take an act back as a whole, as if it had never been. Refused once one of its components was charged, changed
    by hand, or when it carries out the change of a package; then it is ended instead."""
    with transaction.atomic():
        bulk = _locked(bulk_id)
        if bulk.reach == BulkAttachment.Reach.DIFFERENCE:
            raise Refusal("attachment.of_a_change", _("Change the package again instead."), status=409)
        with connection.cursor() as cursor:
            cursor.execute(CHARGED, {"bulk": bulk_id})
            row = cursor.fetchone()
            if row is not None:
                code = bulk.components.filter(premises_id=row[0]).values_list("premises__code", flat=True)[0]
                text = _("%(premises)s was charged by it already; end it instead.") % {"premises": code}
                raise Refusal("attachment.charged", text, status=409)
        changed = bulk.components.filter(version__gt=1).select_related("premises").first()
        if changed is None and bulk.package_id is not None:
            ours = ComponentAssignment.objects.filter(package_id=bulk.package_id)
            changed = ours.filter(premises__in=bulk.packages.values("premises")).exclude(origin=bulk).first()
        if changed is not None:
            text = _("%(what)s was changed since; end it instead.") % {"what": changed}
            raise Refusal("attachment.changed", text, status=409)
        bulk.components.all().delete()
        bulk.packages.all().delete()
        bulk.state, bulk.undo_reason = BulkAttachment.State.UNDONE, reason[:250]
        bulk.version += 1
        bulk.save(update_fields=["state", "undo_reason", "version"])
        note(bulk, gettext_noop("undone"), actor=actor, reason=reason)
        return bulk


def _locked(bulk_id: int) -> BulkAttachment:
    bulk = BulkAttachment.objects.select_for_update(of=("self",)).filter(pk=bulk_id).first()
    if bulk is None:
        raise Missing("attachment.missing", _("There is no such record."))
    if bulk.state == BulkAttachment.State.UNDONE:
        raise Refusal("attachment.undone", _("It is undone already."), status=409)
    return bulk


# Ends what runs beyond the day; what would begin after it goes away.
END = """
UPDATE {table} s SET valid = daterange(lower(s.valid), %(after)s), version = s.version + 1
WHERE {condition} AND coalesce(lower(s.valid) < %(after)s, true) AND coalesce(upper(s.valid) > %(after)s, true)
"""
DROP = "DELETE FROM {table} s WHERE {condition} AND lower(s.valid) >= %(after)s"
TABLES = ("charges_componentassignment", "charges_packageassignment")


def end_attachment(bulk_id: int, ends_on: dt.date, *, actor: Actor) -> str:
    """End everything an act attached; `ends_on` is the last day. What ended before stays as it is."""
    with transaction.atomic():
        bulk = _locked(bulk_id)
        count = _end_where("s.origin_id = %(key)s", ends_on, key=bulk_id)
        note(bulk, gettext_noop("detached"), actor=actor, count=count, ends_on=ends_on.isoformat())
    return _ended(count)


def end_components(pks: Collection[int], ends_on: dt.date, *, actor: Actor) -> str:
    """End a selection of attached components together."""
    with transaction.atomic():
        found = ComponentAssignment.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
        early = next((one for one in found if one.valid.lower is not None and one.valid.lower > ends_on), None)
        if early is not None:
            text = _("%(what)s begins later.") % {"what": early}
            raise Refusal("assignment.dates", text, fields={"ends_on": [text]})
        count = _end_where("s.id = ANY(%(key)s)", ends_on, key=sorted(pks), tables=TABLES[:1])
        for one in found:
            note(one.component, gettext_noop("detached"), actor=actor, premises=one.premises_id,
                 ends_on=ends_on.isoformat())  # fmt: skip
    return _ended(count)


def end_packages(pks: Collection[int], ends_on: dt.date, *, actor: Actor) -> str:
    """End a selection of attached packages with their components."""
    with transaction.atomic():
        found = PackageAssignment.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
        for one in found.select_related("package"):
            note(one.package, gettext_noop("detached"), actor=actor, premises=one.premises_id,
                 ends_on=ends_on.isoformat())  # fmt: skip
        of_packages = (
            "(s.package_id, s.premises_id) IN (SELECT a.package_id, a.premises_id FROM charges_packageassignment a "
            "WHERE a.id = ANY(%(key)s) AND a.valid && s.valid)"
        )
        keys = sorted(pks)
        count = _end_where(of_packages, ends_on, key=keys, tables=TABLES[:1])
        _end_where("s.id = ANY(%(key)s)", ends_on, key=keys, tables=TABLES[1:])
    return _ended(count)


def _end_where(condition: str, ends_on: dt.date, *, key: Any, tables: Collection[str] = TABLES) -> int:
    """How many attached components were ended or, when they would have begun later, taken away."""
    count = 0
    values = {"after": ends_on + dt.timedelta(days=1), "key": key}
    with connection.cursor() as cursor:
        for table in tables:
            for statement in (END, DROP):
                cursor.execute(statement.format(table=table, condition=condition), values)
                count += cursor.rowcount if table == TABLES[0] else 0
    return count


def _ended(count: int) -> str:
    text = ngettext("%(count)d attached component ended.", "%(count)d attached components ended.", count)
    return text % {"count": count}


ADDED = """
INSERT INTO charges_componentassignment (component_id, premises_id, valid, package_id, origin_id, version)
SELECT component_id, premises_id, valid, %(package)s, %(bulk)s, 1 FROM package_difference WHERE kind = 'missing'
ORDER BY premises_id, component_id
"""
CUT = """
UPDATE charges_componentassignment s SET valid = d.valid, version = s.version + 1
FROM package_difference d WHERE d.kind = 'surplus' AND d.assignment_id = s.id AND NOT isempty(d.valid)
"""
GONE = """
DELETE FROM charges_componentassignment s USING package_difference d
WHERE d.kind = 'surplus' AND d.assignment_id = s.id AND isempty(d.valid)
"""
DIFFERENCE_LINES = """
INSERT INTO charges_bulkattachmentline (bulk_id, premises_id, component_id, outcome)
SELECT %(bulk)s, d.premises_id, d.component_id, CASE d.kind WHEN 'missing' THEN 'attached' ELSE 'ended' END
FROM package_difference d JOIN estates_premises p ON p.id = d.premises_id
ORDER BY p.building_id, p.sort_number, p.id, d.component_id
"""


def apply_differences(package_id: int, *, actor: Actor) -> BulkAttachment:
    """Bring every place that carries the package in line with what the package holds now."""
    with transaction.atomic():
        package = Package.objects.select_for_update(of=("self",)).filter(pk=package_id).first()
        if package is None:
            raise Missing("package.missing", _("There is no such package."))
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.package_difference")
            cursor.execute(
                f"CREATE TEMP TABLE package_difference ON COMMIT DROP AS {DIFFERENCES}", {"package": package_id}
            )
            cursor.execute("SELECT count(*) FROM package_difference")
            if not cursor.fetchone()[0]:
                raise Refusal("package.no_difference", _("Every place carries what the package holds."), status=409)
            bulk = BulkAttachment.objects.create(
                entity_id=package.entity_id, package=package, name=package.name, reach=BulkAttachment.Reach.DIFFERENCE,
                starts_on=clock.today(), created_at=clock.now(), created_by_label=actor.label[:150],
            )  # fmt: skip
            for statement in (ADDED, CUT, GONE, DIFFERENCE_LINES):
                cursor.execute(statement, {"package": package_id, "bulk": bulk.pk})
            _count(cursor, bulk)
        note(package, gettext_noop("differences applied"), actor=actor, count=bulk.attached_count)
        return bulk
