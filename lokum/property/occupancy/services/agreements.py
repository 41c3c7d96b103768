"""Agreements: what one payer owes under a title, with its dated attributes."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.bitemporal import DatedValue, record
from lokum.property.estates.models import Premises, PremisesEntity
from lokum.property.occupancy import seams
from lokum.property.occupancy.models import Agreement, AgreementAttribute
from lokum.property.occupancy.queries import ATTRIBUTES
from lokum.property.occupancy.services import changes
from lokum.property.parties.models import Party


@dataclass(frozen=True)
class AgreementTerms:
    """Terms of an agreement opened together with a title.

    payer_pk: who pays (None: the first holder); entity_pk: whose books (None: the entity the premises belong to on
    the first day); code: its number (empty: the code of the premises, a dash and the next number); valid_from: its
    first day (None: the first day of the title).
    """

    payer_pk: int | None = None
    entity_pk: int | None = None
    code: str = ""
    due_day: int | None = None
    valid_from: dt.date | None = None


@dataclass(frozen=True)
class AgreementRow:
    """One agreement to open; `valid_to` is its last day."""

    premises_pk: int
    payer_pk: int
    valid_from: dt.date
    terms: AgreementTerms = AgreementTerms()
    kind: str = Agreement.Kind.TITLE
    title_pk: int | None = None
    valid_to: dt.date | None = None


def open_agreement(
    premises_pk: int,
    payer_pk: int,
    valid_from: dt.date,
    *,
    actor: Actor,
    kind: str = Agreement.Kind.TITLE,
    terms: AgreementTerms | None = None,
    title_pk: int | None = None,
    valid_to: dt.date | None = None,
) -> Agreement:
    """Open one agreement; its account is opened in the same transaction by whoever keeps accounts."""
    row = AgreementRow(premises_pk, payer_pk, valid_from, terms or AgreementTerms(), kind, title_pk, valid_to)
    with acting(actor):
        return open_agreements([row], actor=actor)[0]


def open_agreements(rows: Sequence[AgreementRow], *, actor: Actor) -> list[Agreement]:
    """Open many agreements inside the caller's transaction (set-based), then tell the layers above."""
    if not rows:
        return []
    entities = _entities_of(rows)
    codes = _codes_for(rows)
    agreements = []
    for row, entity_pk, code in zip(rows, entities, codes, strict=True):
        due_day = row.terms.due_day
        if due_day is not None and not 1 <= due_day <= 28:
            text = _("The due day lies between 1 and 28.")
            raise Refusal("agreement.due_day", text, fields={"due_day": [text]})
        agreements.append(
            Agreement(
                entity_id=entity_pk,
                code=code,
                kind=row.kind,
                premises_id=row.premises_pk,
                title_id=row.title_pk,
                payer_id=row.payer_pk,
                valid=DateRange(row.valid_from, _after(row.valid_to)),
                due_day=due_day,
            )
        )
    Agreement.objects.bulk_create(agreements, batch_size=5000)
    record(ATTRIBUTES, _first_attributes(agreements, rows), actor=actor)
    seams.agreement_opened([one.pk for one in agreements], actor=actor)
    return agreements


def _first_attributes(agreements: Sequence[Agreement], rows: Sequence[AgreementRow]) -> list[DatedValue]:
    """Payer and own due day from the first day, so that the history begins with them."""
    payers = {one.pk: str(one) for one in Party.objects.filter(pk__in={agreement.payer_id for agreement in agreements})}
    first = []
    for agreement, row in zip(agreements, rows, strict=True):
        span = (row.valid_from, row.valid_to, _("Agreement %(code)s") % {"code": agreement.code})
        first.append(DatedValue(agreement.pk, "payer", payers[agreement.payer_id][:200], *span))
        if agreement.due_day is not None:
            first.append(DatedValue(agreement.pk, "due_day", str(agreement.due_day), *span))
    return first


def _after(last_day: dt.date | None) -> dt.date | None:
    return last_day + dt.timedelta(days=1) if last_day else None


def _entities_of(rows: Sequence[AgreementRow]) -> list[int]:
    """The entity of each agreement: named, or the one the premises belong to on the first day."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT g.position, e.entity_id
                  FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY AS g(premises_id, on_day, position)
                  JOIN {PremisesEntity._meta.db_table} e
                    ON e.premises_id = g.premises_id AND e.valid @> g.on_day""",  # noqa: S608
            [[row.premises_pk for row in rows], [row.valid_from for row in rows]],
        )
        known = dict(cursor.fetchall())
    chosen = []
    for position, row in enumerate(rows, start=1):
        entity_pk = row.terms.entity_pk or known.get(position)
        if entity_pk is None:
            premises = Premises.objects.filter(pk=row.premises_pk).first()
            text = _("%(premises)s belong to no entity on %(day)s; say first whose books they belong to.") % {
                "premises": premises or row.premises_pk,
                "day": row.valid_from,
            }
            raise Refusal("premises.no_entity", text, fields={"valid_from": [text]})
        chosen.append(entity_pk)
    return chosen


def _codes_for(rows: Sequence[AgreementRow]) -> list[str]:
    """Numbers as given, otherwise "code of premises-n" with the next free n."""
    wanted = [row for row in rows if not row.terms.code]
    codes = dict(Premises.objects.filter(pk__in=[row.premises_pk for row in wanted]).values_list("pk", "code"))
    last: dict[int, int] = {}
    taken = Agreement.objects.filter(premises_id__in=codes).values_list("premises_id", "code")
    for premises_pk, code in taken.iterator(chunk_size=10_000):
        match = re.fullmatch(r".*-(\d+)", code)
        if match:
            last[premises_pk] = max(last.get(premises_pk, 0), int(match[1]))
    chosen = []
    for row in rows:
        if row.terms.code:
            chosen.append(row.terms.code)
            continue
        last[row.premises_pk] = last.get(row.premises_pk, 0) + 1
        chosen.append(f"{codes[row.premises_pk]}-{last[row.premises_pk]}")
    too_long = next((code for code in chosen if len(code) > 40), None)
    if too_long:
        text = _("The agreement number %(code)s is longer than 40 characters.") % {"code": too_long}
        raise Refusal("agreement.code_too_long", text)
    return chosen


def _locked(agreement_pk: int) -> Agreement:
    agreement = Agreement.objects.select_for_update(of=("self",)).filter(pk=agreement_pk).first()
    if agreement is None:
        raise Missing("agreement.missing", _("There is no such agreement."))
    return agreement


def end_agreement(agreement_pk: int, *, actor: Actor, last_on: dt.date) -> Agreement:
    """End an agreement with its last day. Its account stays: debts outlive the agreement."""
    with acting(actor):
        agreement = _locked(agreement_pk)
        lower = agreement.valid.lower
        if lower is not None and last_on < lower:
            text = _("The agreement begins later, on %(day)s.") % {"day": lower}
            raise Refusal("agreement.ends_before_start", text, fields={"last_on": [text]})
        if agreement.valid.upper is not None and last_on >= agreement.valid.upper:
            text = _("The agreement ends earlier already.")
            raise Refusal("agreement.ended", text, fields={"last_on": [text]})
        changes.note_agreement_ended(agreement, last_on, actor=actor)
        agreement.valid = DateRange(lower, _after(last_on))
        agreement.version += 1
        agreement.save(update_fields=["valid", "version"])
        note(agreement, gettext_noop("ended"), actor=actor, last_day=last_on.isoformat())
        return agreement


def set_attribute(
    agreement_pk: int,
    name: str,
    value: str,
    valid_from: dt.date,
    *,
    source: str,
    actor: Actor,
    valid_to: dt.date | None = None,
) -> bool:
    """Record a dated attribute of an agreement; False when it was believed already. See `record_fact`."""
    row = DatedValue(agreement_pk, name, value, valid_from, valid_to, source)
    with acting(actor):
        if not set_attributes([row], actor=actor):
            return False
        note(Agreement(pk=agreement_pk), gettext_noop("attribute recorded"), actor=actor, attribute=name, value=value,
             day=valid_from.isoformat(), source=source)  # fmt: skip
        return True


def set_attributes(rows: Sequence[DatedValue], *, actor: Actor) -> int:
    """Record many attributes at once; one wrong row refuses all. Returns how many were new."""
    for row in rows:
        if row.name not in AgreementAttribute.Name.values:
            text = _("There is no attribute “%(name)s”.") % {"name": row.name}
            raise Refusal("attribute.unknown", text, fields={"name": [text]})
        if not str(row.value).strip() or len(str(row.value)) > 200:
            text = _("A value of at most 200 characters is needed.")
            raise Refusal("attribute.value", text, fields={"value": [text]})
        if row.valid_to is not None and row.valid_to < row.valid_from:
            text = _("The last day lies before the first.")
            raise Refusal("attribute.days_in_wrong_order", text, fields={"valid_to": [text]})
    with acting(actor):
        owners = sorted({row.owner_id for row in rows})
        found = list(Agreement.objects.select_for_update(of=("self",)).filter(pk__in=owners).order_by("pk"))
        if len(found) != len(owners):
            raise Missing("agreement.missing", _("There is no such agreement."))
        return record(ATTRIBUTES, list(rows), actor=actor)


def change_due_day(agreement_pk: int, *, actor: Actor, due_day: int, valid_from: dt.date, source: str = "") -> bool:
    """Give an agreement its own due day from a day on."""
    if not 1 <= due_day <= 28:
        text = _("The due day lies between 1 and 28.")
        raise Refusal("agreement.due_day", text, fields={"due_day": [text]})
    with acting(actor):
        agreement = _locked(agreement_pk)
        new = set_attribute(agreement_pk, "due_day", str(due_day), valid_from, source=source, actor=actor)
        agreement.due_day = due_day
        agreement.version += 1
        agreement.save(update_fields=["due_day", "version"])
        return new
