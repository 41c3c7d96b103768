"""The steps before the button: which premises, from which day, what they become, who holds what comes out."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models import CostShare, Premises
from lokum.property.estates.services import FactRow, fact_error
from lokum.property.estates.services.shares import share_error
from lokum.property.occupancy.models import EXCLUSIVE_KINDS
from lokum.property.occupancy.services import Share, TitleRow, title_error
from lokum.property.parties.models import Party
from lokum.property.reshaping.models import FormerPremises, NewPremises, NewTitleHolder, Reshaping

MOST = 50  # premises that one act opens or ends


@dataclass(frozen=True)
class Planned:
    """One of the new premises. Empty kind, entrance and storey: those of the (leading) premises before.

    facts: by kind; shares: (numerator, denominator) by kind ("share", "cost_share", "area_share"); what is left out
    for one of the new premises is the rest of what the former ones have.
    """

    number: str
    code: str = ""
    kind: str = ""
    entrance_pk: int | None = None
    storey_pk: int | None = None
    register_number: str = ""
    facts: Mapping[str, Decimal] = field(default_factory=dict)
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def locked(act_pk: int, *states: str) -> Reshaping:
    """The act, locked, in one of the states; refused otherwise."""
    act = Reshaping.objects.select_for_update(of=("self",)).filter(pk=act_pk).first()
    if act is None:
        raise Missing("reshaping.missing", _("There is no such split or merge."))
    if act.state not in states:
        text = _("This split or merge is %(state)s.") % {"state": act.get_state_display()}
        raise Refusal("reshaping.state", text, status=409)
    return act


def place_error(premises: Premises, day: dt.date) -> Refusal | None:
    """Why these premises cannot end before a day, or None."""
    text = None
    if premises.closed_on is not None:
        text = _("%(premises)s is closed since %(day)s.") % {
            "premises": premises, "day": date_format(premises.closed_on, "SHORT_DATE_FORMAT"),
        }  # fmt: skip
        return Refusal("reshaping.closed", text, fields={"effective_on": [text]}, status=409)
    if premises.opened_on is not None and day <= premises.opened_on:
        text = _("%(premises)s begins on %(day)s; it can become others at the earliest the day after.") % {
            "premises": premises, "day": date_format(premises.opened_on, "SHORT_DATE_FORMAT"),
        }  # fmt: skip
    return Refusal("reshaping.day", text, fields={"effective_on": [text]}) if text else None


def start_split(
    premises_pk: int, effective_on: dt.date, *, actor: Actor, document: str = "", corrects_posted: bool = False
) -> Reshaping:
    """Begin to prepare a split; nothing of the register changes."""
    return _start(Reshaping.Kind.SPLIT, [premises_pk], effective_on, document, corrects_posted, actor)


def start_merge(
    premises_pks: Collection[int],
    effective_on: dt.date,
    *,
    actor: Actor,
    document: str = "",
    corrects_posted: bool = False,
) -> Reshaping:
    """Begin to prepare a merge of two or more premises of one building; the first one leads."""
    keys = list(dict.fromkeys(premises_pks))
    if not 2 <= len(keys) <= MOST:
        text = _("Choose from two to %(count)d premises to merge.") % {"count": MOST}
        raise Refusal("reshaping.count", text, fields={"premises": [text]})
    return _start(Reshaping.Kind.MERGE, keys, effective_on, document, corrects_posted, actor)


def _start(
    kind: str, keys: Sequence[int], day: dt.date, document: str, corrects_posted: bool, actor: Actor
) -> Reshaping:
    with acting(actor):
        found = {one.pk: one for one in Premises.objects.filter(pk__in=keys).order_by("sort_number", "pk")}
        if len(found) != len(keys):
            raise Missing("premises.missing", _("There are no such premises."))
        places = [found[pk] for pk in keys]
        check_places(places, day)
        act = Reshaping.objects.create(
            kind=kind, premises=places[0], effective_on=day, document=document.strip()[:200],
            corrects_posted=corrects_posted, prepared_at=clock.now(),
        )  # fmt: skip
        FormerPremises.objects.bulk_create(
            FormerPremises(act=act, premises=one, position=number) for number, one in enumerate(places, start=1)
        )
        note(act, gettext_noop("prepared"), actor=actor)
        return act


def check_places(places: Sequence[Premises], day: dt.date) -> None:
    """Refuse premises of several buildings, closed ones, and a day on which one of them does not exist yet."""
    if len({one.building_id for one in places}) > 1:
        text = _("Only premises of one building can be merged.")
        raise Refusal("reshaping.buildings", text, fields={"premises": [text]})
    for one in places:
        wrong = place_error(one, day)
        if wrong is not None:
            raise wrong


def set_results(
    act_pk: int, rows: Sequence[Planned], *, actor: Actor, effective_on: dt.date | None = None
) -> Reshaping:
    """Say what the premises become: at least two of a split, one of a merge."""
    with acting(actor):
        act = locked(act_pk, Reshaping.State.PREPARED)
        wanted = 1 if act.kind == Reshaping.Kind.MERGE else 2
        if len(rows) < wanted or len(rows) > (1 if wanted == 1 else MOST):
            text = _("A merge has one new premises.") if wanted == 1 else (
                _("A split has from two to %(count)d new premises.") % {"count": MOST}
            )  # fmt: skip
            raise Refusal("reshaping.results", text, fields={"results": [text]})
        numbers = [row.number.strip() for row in rows]
        if len(set(numbers)) != len(numbers) or not all(numbers):
            text = _("Each of the new premises has a number of its own.")
            raise Refusal("reshaping.numbers", text, fields={"results": [text]})
        planned = [_planned(act, position, row) for position, row in enumerate(rows, start=1)]
        if effective_on is not None:
            check_places([one.premises for one in act.former_premises.select_related("premises")], effective_on)
            act.effective_on = effective_on
        act.new_premises.all().delete()
        NewPremises.objects.bulk_create(planned)
        _save(act)
        return act


def _planned(act: Reshaping, position: int, row: Planned) -> NewPremises:
    leader = act.premises
    number = row.number.strip()
    place = Premises(
        building=leader.building, number=number, code=row.code.strip(), kind=row.kind or leader.kind,
        entrance_id=row.entrance_pk or leader.entrance_id, storey_id=row.storey_pk or leader.storey_id,
        register_number=row.register_number.strip(), opened_on=act.effective_on,
    )  # fmt: skip
    try:
        place.full_clean(exclude=["own"])
    except ValidationError as problem:
        texts = [f"{number}: {text}" for texts in problem.message_dict.values() for text in texts]
        raise Refusal("reshaping.place", " ".join(texts), fields={"results": texts}) from problem
    for kind, value in row.facts.items():
        wrong = fact_error(FactRow(0, kind, value, act.effective_on))
        if wrong is not None:
            raise Refusal(wrong.code, f"{number}: {wrong.message}", fields={"results": [f"{number}: {wrong.message}"]})
    for kind, (top, bottom) in row.shares.items():
        wrong = share_error(top, bottom)
        if kind != "share" and kind not in CostShare.Kind.values:
            wrong = Refusal("share.unknown_kind", _("There is no such kind of share."))
        if wrong is not None:
            raise Refusal(wrong.code, f"{number}: {wrong.message}", fields={"results": [f"{number}: {wrong.message}"]})
    return NewPremises(
        act=act, position=position, number=number, code=place.code, kind=place.kind, entrance_id=place.entrance_id,
        storey_id=place.storey_id, register_number=place.register_number,
        facts={kind: f"{value:f}" for kind, value in row.facts.items()},
        shares={kind: [top, bottom] for kind, (top, bottom) in row.shares.items()},
    )  # fmt: skip


def set_title(
    act_pk: int,
    holders: Sequence[Share | tuple[Party, int, int]],
    *,
    actor: Actor,
    kind: str = "",
    member: bool = False,
    payer_pk: int | None = None,
) -> Reshaping:
    """Who owns merged premises whose titles do not agree, and who pays; without holders and payer nothing is given."""
    shares = [(one.pk if isinstance(one, Party) else one, top, bottom) for one, top, bottom in holders]
    with acting(actor):
        act = locked(act_pk, Reshaping.State.PREPARED)
        wrong = None
        if act.kind != Reshaping.Kind.MERGE:
            text = _("The parts of a split keep the titles of the whole.")
            wrong = Refusal("reshaping.split_keeps_titles", text)
        elif shares and kind not in EXCLUSIVE_KINDS:
            text = _("Choose the kind of the new title.")
            wrong = Refusal("reshaping.title_kind", text, fields={"kind": [text]})
        elif shares:
            wrong = title_error(TitleRow(act.premises_id, kind, shares, act.effective_on))
        if wrong is not None:
            raise wrong
        act.title_kind, act.member = (kind, member) if shares else ("", False)
        act.payer_id = payer_pk
        _save(act)
        act.holders.all().delete()
        NewTitleHolder.objects.bulk_create(
            NewTitleHolder(act=act, party_id=pk, numerator=top, denominator=bottom) for pk, top, bottom in shares
        )
        return act


def discard(act_pk: int, *, actor: Actor) -> Reshaping:
    """Give a prepared act up; nothing had been changed."""
    with acting(actor):
        act = locked(act_pk, Reshaping.State.PREPARED)
        act.state = Reshaping.State.DISCARDED
        _save(act)
        note(act, gettext_noop("discarded"), actor=actor)
        return act


def _save(act: Reshaping) -> None:
    act.version += 1
    act.save()
