"""Titles, agreements and households of premises that are split or merged: ended the day before, opened for the new."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.property.estates.bitemporal import DatedValue
from lokum.property.estates.models import Premises
from lokum.property.estates.models.changes import ChangeKind
from lokum.property.estates.services import ChangeRow, later_entries, note_changes
from lokum.property.occupancy.models import (
    EXCLUSIVE_KINDS,
    Agreement,
    AgreementAttribute,
    Declaration,
    HouseholdMember,
    PersonsSource,
    Title,
)
from lokum.property.occupancy.services import (
    AgreementTerms,
    end_agreement,
    end_title,
    follow_register,
    holders_text,
    open_agreement,
    open_title,
    set_attributes,
)
from lokum.property.reshaping.models import Reshaping


@dataclass
class TitleLine:
    """A title that begins at new premises, and from which it comes; for the preview."""

    premises: str
    kind: str
    holders: str
    former: str
    agreements: list[str] = field(default_factory=list)


@dataclass
class Held:
    """What was ended and opened, so that it can be taken back. pairs: (former agreement, new agreement)."""

    titles: list[list[Any]] = field(default_factory=list)
    agreements: list[list[Any]] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    lines: list[TitleLine] = field(default_factory=list)

    def kept(self) -> dict[str, Any]:
        return {"titles": self.titles, "agreements": self.agreements, "pairs": self.pairs, "opened": self.opened}


def refuse_later(places: Sequence[Premises], day: dt.date) -> None:
    """What begins on the day or behind it, or waits for a decision, would have to be carried by hand: refused."""
    found: list[str] = []
    for place in places:
        said = later_entries(place.pk, day)
        for model in (Title, Agreement, HouseholdMember, PersonsSource):
            rows: Any = model._default_manager.filter(premises=place.pk, valid__startswith__gte=day).order_by("pk")
            said += [
                _("%(what)s from %(day)s")
                % {
                    "what": f"{model._meta.verbose_name} “{row}”",
                    "day": date_format(row.valid.lower, "SHORT_DATE_FORMAT"),
                }
                for row in rows
            ]
        waiting = Declaration.objects.filter(premises=place.pk, state="submitted")
        said += [_("declaration “%(what)s” waits for a decision") % {"what": one} for one in waiting]
        found += [f"{place}: {text}" for text in said]
    if found:
        text = _("This is recorded for the time behind the day already: %(entries)s. Settle it first.") % {
            "entries": "; ".join(found)
        }
        raise Refusal("reshaping.later", text, fields={"effective_on": [text]}, details={"entries": found})


def _running(place: Premises, day: dt.date) -> list[Title]:
    rows = Title.objects.filter(premises=place, valid__contains=day).prefetch_related("holders").order_by("pk")
    return list(rows)


def _signature(title: Title) -> Any:
    shares = frozenset((one.party_id, Fraction(one.numerator, one.denominator)) for one in title.holders.all())
    return title.kind, title.member, title.valid.upper, shares


def carry_titles(act: Reshaping, places: Sequence[Premises], targets: Sequence[Premises], actor: Actor) -> Held:
    """End what runs on the day at the former premises, and open it anew at the new ones."""
    held = Held()
    titles = {place.pk: _running(place, act.effective_on) for place in places}
    if act.kind == Reshaping.Kind.MERGE:
        opened = _merged_titles(act, places, titles)
    else:
        opened = [_of(title) for title in titles[places[0].pk]]
    loose = list(
        Agreement.objects.filter(premises__in=places, title=None, valid__contains=act.effective_on).order_by("pk")
    )
    _end_all(held, [one for found in titles.values() for one in found], loose, act.effective_on, actor)
    for target in targets:
        for new in opened:
            _open(held, target, new, act, actor)
    for agreement in loose:  # parking, supply: one contract stays one, with the first of the new premises
        _open_agreement(held, agreement, targets[0], None, act.effective_on, actor)
    return held


@dataclass(frozen=True)
class _New:
    """A title to open: what it holds, the agreements that go on under it, and who pays (None: who paid before).

    agreements: one group for each new agreement; its terms are those of the first.
    """

    kind: str
    member: bool
    until: dt.date | None
    holders: Sequence[tuple[int, int, int]]
    document: str
    former: str
    agreements: Sequence[Sequence[Agreement]]
    payer_pk: int | None = None


def _agreements_of(titles: Sequence[Title], day: dt.date | None = None) -> list[Agreement]:
    rows = Agreement.objects.filter(title__in=titles).order_by("pk")
    return list(rows.filter(valid__contains=day) if day else rows)


def _of(title: Title, agreements: Sequence[Sequence[Agreement]] | None = None, payer_pk: int | None = None) -> _New:
    holders = [(one.party_id, one.numerator, one.denominator) for one in title.holders.all()]
    return _New(
        title.kind, title.member, title.valid.upper, holders, title.document, holders_text([title])[title.pk],
        [[one] for one in title.agreements.order_by("pk")] if agreements is None else agreements, payer_pk,
    )  # fmt: skip


def _merged_titles(act: Reshaping, places: Sequence[Premises], titles: dict[int, list[Title]]) -> list[_New]:
    opened: list[_New] = []
    for exclusive in (True, False):
        rows = {
            place: next((one for one in titles[place.pk] if (one.kind in EXCLUSIVE_KINDS) == exclusive), None)
            for place in places
        }
        held = [one for one in rows.values() if one is not None]
        if exclusive and act.title_kind:
            opened.append(_given(act, held))
        elif held:
            opened.append(_agreed(act, rows, held, exclusive))
    return opened


def _given(act: Reshaping, held: Sequence[Title]) -> _New:
    holders = [(one.party_id, one.numerator, one.denominator) for one in act.holders.all()]
    former = "; ".join(holders_text(held).values())
    agreements = _one_each(_agreements_of(held, act.effective_on), True)
    return _New(
        act.title_kind, act.member, None, holders, act.document, former, agreements, act.payer_id or holders[0][0]
    )


def _agreed(act: Reshaping, rows: dict[Premises, Title | None], held: Sequence[Title], exclusive: bool) -> _New:
    signatures = {one and _signature(one) for one in rows.values()}
    if len(signatures) > 1:
        names = holders_text(held)
        listed = "; ".join(
            f"{place}: {one.get_kind_display()} {names[one.pk]}" if one else f"{place}: –"
            for place, one in rows.items()
        )
        if exclusive:
            text = _("The titles do not agree (%(titles)s). Say who owns the merged premises.") % {"titles": listed}
            raise Refusal("reshaping.titles_differ", text, fields={"holders": [text]})
        text = _("The leases do not agree (%(titles)s). End them first.") % {"titles": listed}
        raise Refusal("reshaping.leases_differ", text)
    running = _agreements_of(held, act.effective_on)
    payer = act.payer_id if exclusive else None
    if payer is None and len({(one.entity_id, one.payer_id) for one in running}) > len(_one_each(running, True)):
        text = _("Different people pay for the premises (%(payers)s). Say who pays for the merged ones.") % {
            "payers": ", ".join(sorted(f"{one.code} {one.payer}" for one in running))
        }
        raise Refusal("reshaping.payers_differ", text, fields={"payer": [text]})
    return _of(held[0], _one_each(running, payer is not None), payer)


def _one_each(agreements: Sequence[Agreement], one_payer: bool) -> list[list[Agreement]]:
    """The agreements of several premises in groups: by entity (and payer, where each pays on)."""
    found: dict[Any, list[Agreement]] = {}
    for one in agreements:
        found.setdefault(one.entity_id if one_payer else (one.entity_id, one.payer_id), []).append(one)
    return list(found.values())


def _end_all(held: Held, titles: Sequence[Title], loose: Sequence[Agreement], day: dt.date, actor: Actor) -> None:
    last = day - dt.timedelta(days=1)
    for agreement in (*_agreements_of(titles, day), *loose):
        held.agreements.append([agreement.pk, _text(agreement.valid.upper)])
    for title in titles:
        held.titles.append([title.pk, _text(title.valid.upper)])
        end_title(title.pk, actor=actor, last_on=last)
    for agreement in loose:
        end_agreement(agreement.pk, actor=actor, last_on=last)


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _open(held: Held, target: Premises, new: _New, act: Reshaping, actor: Actor) -> None:
    last = new.until - dt.timedelta(days=1) if new.until else None
    title = open_title(
        target.pk, new.kind, new.holders, act.effective_on, actor=actor, valid_to=last, member=new.member,
        document=act.document or new.document,
    )  # fmt: skip
    held.opened.append(title.pk)
    line = TitleLine(str(target), str(title.get_kind_display()), holders_text([title])[title.pk], new.former)
    held.lines.append(line)
    ended = {pk for pk, _until in held.agreements}
    for first, *others in new.agreements:
        if first.pk in ended:
            opened = _open_agreement(held, first, target, title, act.effective_on, actor, new.payer_pk)
            held.pairs += [(other.pk, opened.pk) for other in others]
            line.agreements.append(f"{opened.code}: {opened.payer}")


def _open_agreement(
    held: Held,
    former: Agreement,
    target: Premises,
    title: Title | None,
    day: dt.date,
    actor: Actor,
    payer_pk: int | None = None,
) -> Agreement:
    """The agreement goes on under a number of its own, with its terms, attributes and own fields."""
    until = dict(map(tuple, held.agreements))[former.pk]
    last = dt.date.fromisoformat(until) - dt.timedelta(days=1) if until else None
    opened = open_agreement(
        target.pk, payer_pk or former.payer_id, day, actor=actor, kind=former.kind,
        terms=AgreementTerms(entity_pk=former.entity_id, due_day=former.due_day),
        title_pk=title.pk if title else None, valid_to=last,
    )  # fmt: skip
    held.pairs.append((former.pk, opened.pk))
    attributes = AgreementAttribute.objects.filter(
        agreement=former, recorded__endswith=None, valid__contains=day
    ).exclude(name__in=("payer", "due_day"))
    rows = [
        DatedValue(opened.pk, one.name, one.value, day,
                   one.valid.upper - dt.timedelta(days=1) if one.valid.upper else None, one.source)
        for one in attributes
    ]  # fmt: skip
    if rows:
        set_attributes(rows, actor=actor)
    if former.own:
        Agreement.objects.filter(pk=opened.pk).update(own=former.own)
    return opened


def give_back_titles(kept: dict[str, Any], day: dt.date, actor: Actor) -> None:
    """The new agreements and titles go, the former ones run on as before."""
    Agreement.objects.filter(pk__in=[new for _old, new in kept["pairs"]]).delete()
    Title.objects.filter(pk__in=kept["opened"]).delete()
    for model, rows in ((Title, kept["titles"]), (Agreement, kept["agreements"])):
        for pk, until in rows:
            row: Any = model._default_manager.select_for_update(of=("self",)).get(pk=pk)
            row.valid = DateRange(row.valid.lower, _day(until))
            row.version += 1
            row.save(update_fields=["valid", "version"])
            if isinstance(row, Title) and row.kind in EXCLUSIVE_KINDS:
                change = ChangeRow(
                    row.premises_id, ChangeKind.OWNER, day, _last(until), "", holders_text([row])[row.pk]
                )
                note_changes([change], actor=actor)
            elif isinstance(row, Agreement):
                note_changes(
                    [ChangeRow(row.premises_id or 0, ChangeKind.AGREEMENT, day, _last(until), "", row.code)],
                    actor=actor,
                )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _last(until: str | None) -> dt.date | None:
    return dt.date.fromisoformat(until) - dt.timedelta(days=1) if until else None


def kept_by_register(places: Sequence[Premises], day: dt.date) -> bool:
    """Whether the number of persons follows a residence register; refused when only some of them keep one."""
    found = set(
        PersonsSource.objects.filter(
            premises__in=places, valid__contains=day, source=PersonsSource.Source.REGISTER
        ).values_list("premises_id", flat=True)
    )
    if found and len(found) < len(places):
        text = _(
            "A residence register is kept for some of the premises only; say for all of them where persons come from."
        )
        raise Refusal("reshaping.persons_sources", text)
    return bool(found)


def carry_households(
    places: Sequence[Premises], targets: Sequence[Premises], day: dt.date, actor: Actor
) -> dict[str, Any]:
    """Members move to the first of the new premises; the source of the number of persons goes to all of them."""
    members = list(HouseholdMember.objects.filter(premises__in=places, valid__contains=day).order_by("pk"))
    sources = list(PersonsSource.objects.filter(premises__in=places, valid__contains=day).order_by("pk"))
    kept = {
        "household": [[one.pk, _text(one.valid.upper)] for one in members],
        "sources": [[one.pk, _text(one.valid.upper)] for one in sources],
    }
    moved, known = [], set()
    for one in members:
        until = one.valid.upper
        one.valid = DateRange(one.valid.lower, day)
        one.version += 1
        one.save(update_fields=["valid", "version"])
        if one.party_id is None or one.party_id not in known:
            known.add(one.party_id)
            moved.append(
                HouseholdMember(premises=targets[0], party_id=one.party_id, name=one.name, role=one.role,
                                counted=one.counted, valid=DateRange(day, until), document=one.document)
            )  # fmt: skip
    HouseholdMember.objects.bulk_create(moved)
    for source in sources:
        source.valid = DateRange(source.valid.lower, day)
        source.save(update_fields=["valid"])
    if sources:
        PersonsSource.objects.bulk_create(
            PersonsSource(premises=target, source=sources[0].source, valid=DateRange(day, None)) for target in targets
        )
        follow_register([target.pk for target in targets], actor=actor)
    return kept


def give_back_households(kept: dict[str, Any], targets: Sequence[int]) -> None:
    HouseholdMember.objects.filter(premises__in=targets).delete()
    for model, rows in ((HouseholdMember, kept["household"]), (PersonsSource, kept["sources"])):
        for pk, until in rows:
            row: Any = model._default_manager.get(pk=pk)
            row.valid = DateRange(row.valid.lower, _day(until))
            row.save(update_fields=["valid"])
