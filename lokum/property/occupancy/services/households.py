"""Households: the source of the charged number of persons, and the fact that follows the residence register."""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models import Premises
from lokum.property.estates.services import FactRow, record_facts, refuse_supply_points
from lokum.property.occupancy.models import HouseholdMember, PersonsSource

Source = PersonsSource.Source

# The number of persons counted in each stretch of time in which the register speaks.
_COUNTS = """
WITH kept AS (
  SELECT premises_id, valid FROM occupancy_personssource
   WHERE source = 'register' AND premises_id = ANY(%(premises)s)
), living AS (
  SELECT k.premises_id, k.valid AS kept, m.valid * k.valid AS valid
    FROM kept k JOIN occupancy_householdmember m
      ON m.premises_id = k.premises_id AND m.counted AND m.valid && k.valid
), cuts AS (
  SELECT premises_id, valid AS kept, lower(valid) AS day FROM kept
  UNION SELECT premises_id, kept, lower(valid) FROM living
  UNION SELECT premises_id, kept, upper(valid) FROM living WHERE NOT upper_inf(valid) AND upper(valid) <@ kept
), stretches AS (
  SELECT premises_id, kept, day AS first_on,
         coalesce(lead(day) OVER (PARTITION BY premises_id, kept ORDER BY day), upper(kept)) AS after
    FROM cuts
)
SELECT s.premises_id, s.first_on, s.after - 1,
       (SELECT count(*) FROM living l
         WHERE l.premises_id = s.premises_id AND l.kept = s.kept AND l.valid @> s.first_on)
  FROM stretches s ORDER BY s.premises_id, s.first_on
"""


def follow_register(premises_pks: Collection[int], *, actor: Actor, source: str = "") -> int:
    """Bring the fact `persons` of register-kept premises in line with their households; returns how many values were
    new. Runs in the transaction of the change of household."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"premises": sorted(set(premises_pks))})
        found = cursor.fetchall()
    paper = (_("Residence register") + (f": {source}" if source else ""))[:200]
    rows = [FactRow(pk, "persons", Decimal(count), first_on, last_on, paper) for pk, first_on, last_on, count in found]
    return record_facts(rows, actor=actor, guarded=False) if rows else 0


def set_persons_source(
    premises_pks: Collection[int], source: str, valid_from: dt.date, *, actor: Actor
) -> list[PersonsSource]:
    """From a day on the charged number of persons of these premises comes from `source`.

    A later choice that is recorded already stands in the way and is named. From the first day of a residence
    register the fact follows its members; what was declared before stays for the time before.
    """
    if source not in Source.values:
        raise Refusal("persons.unknown_source", _("Choose the residence register or declarations."))
    with acting(actor):
        pks = sorted(set(premises_pks))
        refuse_supply_points(pks)
        known = list(Premises.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=pks).order_by("pk"))
        if len(known) != len(pks):
            raise Missing("premises.missing", _("There are no such premises."))
        made = []
        sources = PersonsSource.objects.filter(premises__in=pks)
        present = {row.premises_id: row for row in sources.filter(valid__contains=valid_from)}
        later = sources.filter(valid__startswith__gt=valid_from).first()
        if later is not None:
            text = _("For %(premises)s a change is recorded already, from %(day)s.") % {
                "premises": later.premises,
                "day": date_format(later.valid.lower, "SHORT_DATE_FORMAT"),
            }
            raise Refusal("persons.source_later", text, fields={"valid_from": [text]})
        for premises in known:
            row = present.get(premises.pk)
            if row is not None and row.source == source:
                continue
            if row is None and source == Source.DECLARATIONS:
                continue
            if row is not None and row.valid.lower == valid_from:
                row.delete()
            elif row is not None:
                row.valid = DateRange(row.valid.lower, valid_from)
                row.save(update_fields=["valid"])
            made.append(
                PersonsSource.objects.create(premises=premises, source=source, valid=DateRange(valid_from, None))
            )
            note(premises, gettext_noop("source of persons set"), actor=actor, source=source, day=str(valid_from))
        if source == Source.REGISTER:
            follow_register([row.premises_id for row in made], actor=actor)
        return made


def guard_persons(rows: Sequence[FactRow]) -> Refusal | None:
    """Why a number of persons cannot be recorded by hand: premises with a residence register follow its members."""
    persons = [row for row in rows if row.name == "persons"]
    if not persons:
        return None
    kept: dict[int, list[DateRange]] = {}
    for row in PersonsSource.objects.filter(source=Source.REGISTER, premises__in={one.owner_id for one in persons}):
        kept.setdefault(row.premises_id, []).append(row.valid)
    for one in persons:
        for span in kept.get(one.owner_id, ()):
            begins_before_end = span.upper is None or one.valid_from < span.upper
            if begins_before_end and (one.valid_to is None or one.valid_to >= span.lower):
                text = _("A residence register is kept for these premises; change the members of the household.")
                return Refusal("persons.kept_by_register", text, fields={"kind": [text]})
    return None


def end_household_member(member_pk: int, *, actor: Actor, last_on: dt.date, document: str = "") -> HouseholdMember:
    """Somebody leaves the household with a last day."""
    with acting(actor):
        member = _member(member_pk)
        if last_on < member.valid.lower:
            text = _("It begins later, on %(day)s.") % {"day": date_format(member.valid.lower, "SHORT_DATE_FORMAT")}
            raise Refusal("household.ends_before_start", text, fields={"last_on": [text]})
        after = last_on + dt.timedelta(days=1)
        if member.valid.upper is not None and after >= member.valid.upper:
            text = _("It ends earlier already.")
            raise Refusal("household.ended", text, fields={"last_on": [text]})
        member.valid = DateRange(member.valid.lower, after)
        member.version += 1
        member.save(update_fields=["valid", "version"])
        note(member, gettext_noop("moved out"), actor=actor, last_day=last_on.isoformat(), document=document)
        follow_register([member.premises_id], actor=actor, source=document)
        return member


def remove_household_member(member_pk: int, *, actor: Actor, reason: str) -> None:
    """Take out somebody who was entered by mistake; the history keeps the entry."""
    with acting(actor):
        member = _member(member_pk)
        premises_pk = member.premises_id
        note(member.premises, gettext_noop("household member removed"), actor=actor, name=str(member), reason=reason)
        member.delete()
        follow_register([premises_pk], actor=actor, source=reason)


def _member(member_pk: int) -> HouseholdMember:
    member = HouseholdMember.objects.select_for_update(of=("self",)).filter(pk=member_pk).first()
    if member is None:
        raise Missing("household.missing", _("There is no such household member."))
    return member
