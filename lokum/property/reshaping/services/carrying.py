"""The button of a split or merge: everything at once, shown before by doing it and taking it back."""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import Change, needs_approval, request_approval
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import Refusal
from lokum.property.estates.models import FACT_UNITS, CostShare, FactKind, Premises
from lokum.property.estates.services import (
    FactRow,
    add_premises,
    close_premises,
    end_values,
    put_in_group,
    record_facts,
    set_share,
    values_on,
)
from lokum.property.reshaping.models import Reshaping
from lokum.property.reshaping.seams import Carriage, Section, carriers
from lokum.property.reshaping.services.preparing import check_places, locked
from lokum.property.reshaping.services.titles import (
    TitleLine,
    carry_households,
    carry_titles,
    kept_by_register,
    refuse_later,
)
from lokum.property.reshaping.totals import SHARES, Incomplete, Total, complete, pair_of, totals

KIND = "reshaping.carry_out"
UNITS = {"m2": "m²", "m3": "m³", "GJ": "GJ"}  # what is counted in pieces or persons needs no unit
LARGEST_BASE = 10**12
LABELS: dict[str, Any] = {"share": gettext_lazy("Ownership share"), **dict(CostShare.Kind.choices)}


@dataclass(frozen=True)
class TotalLine:
    """A total as people read it; shares over their usual denominator (`base`)."""

    total: Total
    base: int = 0

    @property
    def label(self) -> str:
        return str(label_of(self.total.kind))

    @property
    def unit(self) -> str:
        return UNITS.get(FACT_UNITS.get(self.total.kind, ""), "")

    @property
    def before_text(self) -> str:
        return value_text(self.total.kind, self.total.before, self.base)

    @property
    def after_text(self) -> str:
        return value_text(self.total.kind, self.total.after, self.base)

    @property
    def difference_text(self) -> str:
        sign = "+" if self.total.difference > 0 else "−" if self.total.difference < 0 else ""
        return sign + value_text(self.total.kind, abs(self.total.difference), self.base)


@dataclass
class NewLine:
    """One of the new premises with its values in words."""

    code: str
    number: str
    kind: str
    values: list[tuple[str, str]]


@dataclass
class Plan:
    """What carrying out will do (or did)."""

    last_on: dt.date
    former: list[str]
    new: list[NewLine] = field(default_factory=list)
    totals: list[TotalLine] = field(default_factory=list)
    titles: list[TitleLine] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


class _Back(Exception):
    """Rolls a preview back."""


def label_of(kind: str) -> Any:
    return LABELS[kind] if kind in LABELS else FactKind(kind).label


def value_text(kind: str, value: Fraction, base: int = 0) -> str:
    """Shares as fractions, everything else as a decimal number."""
    if kind in SHARES:
        return "/".join(map(str, pair_of(value, base)))
    return number_format(f"{(Decimal(value.numerator) / Decimal(value.denominator)).normalize():f}", use_l10n=True)


def whole_reach(actor: Actor) -> Actor:
    """The right was checked before; premises of which a part was in sight are carried over as a whole."""
    return replace(actor, reach=Reach(everything=True))


def preview(act_pk: int, *, actor: Actor) -> Plan:
    """Carry out and take back: what is shown is what will happen, down to numbers and cents."""
    plan: Plan | None = None
    try:
        with acting(whole_reach(actor)) as whole:
            plan = _perform(locked(act_pk, Reshaping.State.PREPARED), whole, shown=True)
            raise _Back
    except _Back:
        assert plan is not None
        return plan


def carry_out(act_pk: int, *, actor: Actor) -> Any:
    """Carry out a split or merge, or ask a second person to where the node is set so (the request is returned)."""
    act = Reshaping.objects.select_related("premises__building__estate").filter(pk=act_pk).first()
    node_id = act.premises.building.estate.node_id if act is not None else None
    if act is None or not needs_approval(KIND, actor=actor, node_id=node_id):
        return perform(act_pk, actor=actor)
    plan = preview(act_pk, actor=actor)
    payload = {
        "digest": digest_of(act), "day": act.effective_on.isoformat(), "document": act.document,
        "former": ", ".join(plan.former), "new": ", ".join(one.code for one in plan.new),
        "totals": [[line.total.kind, line.before_text, line.after_text] for line in plan.totals],
    }  # fmt: skip
    reason = act.document if len(act.document) > 2 else str(act)
    return request_approval(KIND, target=act, payload=payload, reason=reason, actor=actor, node_id=node_id)


def perform_request(request: Any, actor: Actor) -> Reshaping:
    """What was approved, if it still is what was shown."""
    act = Reshaping.objects.get(pk=request.target_id)
    if digest_of(act) != request.payload["digest"]:
        text = _("The split or merge was changed since it was proposed.")
        raise Refusal("reshaping.changed", text, status=409)
    return perform(act.pk, actor=actor)


def _kind_text(kind: str) -> Any:
    """The name of a kind of value; older requests keep the name itself."""
    return label_of(kind) if kind in LABELS or kind in FactKind.values else kind


def describe_request(request: Any) -> Sequence[Change]:
    payload = request.payload
    changes = [
        Change(gettext_lazy("Premises"), payload["former"], payload["new"]),
        Change(gettext_lazy("With effect from"), "", dt.date.fromisoformat(payload["day"])),
        Change(gettext_lazy("deed or other document"), "", payload["document"]),
    ]
    return changes + [Change(_kind_text(kind), before, after) for kind, before, after in payload["totals"]]


def digest_of(act: Reshaping) -> str:
    """What was planned, in a few letters: another plan gives other ones."""
    columns = ("number", "code", "kind", "entrance_id", "storey_id", "register_number", "facts", "shares")
    said = [
        act.kind, act.effective_on.isoformat(), act.corrects_posted, act.title_kind, act.member, act.payer_id,
        list(act.former_premises.values_list("premises_id", flat=True)),
        [list(row) for row in act.new_premises.values_list(*columns)],
        [list(row) for row in act.holders.values_list("party_id", "numerator", "denominator")],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def perform(act_pk: int, *, actor: Actor) -> Reshaping:
    """End the former premises the day before, open the new ones with all they carry over; all or nothing."""
    with acting(whole_reach(actor)) as whole:
        act = locked(act_pk, Reshaping.State.PREPARED)
        plan = _perform(act, whole, shown=False)
        act.state, act.done_at, act.done_by_id = Reshaping.State.DONE, clock.now(), actor.user_id
        act.version += 1
        act.save()
        details = {"day": act.effective_on.isoformat(), "document": act.document}
        former, new = ", ".join(plan.former), ", ".join(one.code for one in plan.new)
        note(act, gettext_noop("carried out"), actor=actor, former=former, new=new, **details)
        for one in act.former_premises.select_related("premises"):
            note(one.premises, gettext_noop("became other premises"), actor=actor, new=new, **details)
        for planned in act.new_premises.select_related("premises"):
            assert planned.premises is not None
            note(planned.premises, gettext_noop("made from other premises"), actor=actor, former=former, **details)
        return act


def _perform(act: Reshaping, actor: Actor, *, shown: bool) -> Plan:
    day = act.effective_on
    places = _locked_places(act)
    check_places(places, day)
    refuse_later(places, day)
    carriage = carriage_of(act, places)
    for carrier in carriers():
        carrier.refuse(carriage)
    plan = Plan(day - dt.timedelta(days=1), [one.code for one in places])
    by_register = kept_by_register(places, day)
    former, values = _values(act, places, by_register)
    bases = _bases(act, places)
    plan.totals = [TotalLine(one, bases.get(one.kind, 0)) for one in totals(former, values)]
    _check_totals(plan.totals)
    looked = {one.name: one.look(carriage) for one in carriers()} if shown else {}
    paper = act.document or str(act)
    act.former = {"values": {place.pk: end_values(place.pk, day, actor=actor, source=paper) for place in places}}
    entity_pk = _entity_of(places, act.former["values"], day)
    targets = _open_places(act, values, bases, entity_pk, plan, actor)
    _record(act, targets, values, bases, paper, actor)
    held = carry_titles(act, places, targets, actor)
    plan.titles = held.lines
    act.former["titles"] = held.kept()
    act.former["households"] = carry_households(places, targets, day, actor)
    carriage = replace(carriage, targets=[one.pk for one in targets], agreements=held.pairs)
    act.former["carried"] = {one.name: one.carry(carriage, actor) for one in carriers()}
    for place in places:
        close_premises(place.pk, actor=actor, closed_on=plan.last_on)
    if shown:
        for carrier in carriers():
            kept = act.former["carried"][carrier.name]
            plan.sections += carrier.shown(carriage, looked[carrier.name], kept)
    return plan


def _locked_places(act: Reshaping) -> list[Premises]:
    """The former premises in the order of the act, locked in the order of their keys."""
    order = list(act.former_premises.values_list("premises_id", flat=True))
    rows = Premises.objects.select_for_update(of=("self",)).filter(pk__in=order).order_by("pk")
    found = {one.pk: one for one in rows.select_related("building")}
    return [found[pk] for pk in order]


def carriage_of(act: Reshaping, places: Sequence[Premises]) -> Carriage:
    return Carriage(
        act.pk, act.kind, act.effective_on, [one.pk for one in places], document=act.document,
        corrects_posted=act.corrects_posted,
    )  # fmt: skip


def _values(
    act: Reshaping, places: Sequence[Premises], by_register: bool
) -> tuple[list[dict[str, Fraction]], list[dict[str, Fraction]]]:
    """Values of the former premises on the day, and of the new ones as planned and completed."""
    former = []
    for place in places:
        facts, shares = values_on(place, act.effective_on)
        if by_register:
            facts.pop("persons", None)
        figures = {str(kind): Fraction(value) for kind, value in facts.items()}
        former.append(figures | {kind: Fraction(*share) for kind, share in shares.items()})
    rows = list(act.new_premises.all())
    if not rows:
        text = _("Say first what the premises become.")
        raise Refusal("reshaping.no_results", text, fields={"results": [text]})
    planned = []
    for row in rows:
        figures = {kind: Fraction(text) for kind, text in row.facts.items() if not (by_register and kind == "persons")}
        planned.append(figures | {kind: Fraction(*share) for kind, share in row.shares.items()})
    try:
        return former, complete(former, planned)
    except Incomplete as problem:
        raise _incomplete(problem) from problem


def _bases(act: Reshaping, places: Sequence[Premises]) -> dict[str, int]:
    """Over which denominator the shares of each kind are written: one in which all of them are whole numbers."""
    bases: dict[str, int] = {}
    pairs = [pair for place in places for pair in values_on(place, act.effective_on)[1].items()]
    for kind, (_top, bottom) in pairs + [pair for row in act.new_premises.all() for pair in row.shares.items()]:
        bases[kind] = math.lcm(bases.get(kind, 1), bottom)
    return {kind: base for kind, base in bases.items() if base <= LARGEST_BASE}


def _incomplete(problem: Incomplete) -> Refusal:
    label = label_of(problem.kind)
    if problem.why == "negative":
        text = _("%(kind)s: the new premises have %(surplus)s more than the former ones.") % {
            "kind": label, "surplus": value_text(problem.kind, -problem.rest),
        }  # fmt: skip
    elif problem.why == "differs":
        text = _("%(kind)s differs between the premises; say what the merged ones have.") % {"kind": label}
    else:
        text = _("%(kind)s: leave it out for one of the new premises at most.") % {"kind": label}
    return Refusal(f"reshaping.value_{problem.why}", text, fields={"results": [text]})


def _check_totals(lines: Sequence[TotalLine]) -> None:
    wrong = [line for line in lines if line.total.binding and not line.total.agrees]
    if wrong:
        texts = [
            _("%(kind)s: %(before)s before, %(after)s after, difference %(difference)s.")
            % {"kind": line.label, "before": line.before_text, "after": line.after_text,
               "difference": line.difference_text}
            for line in wrong
        ]  # fmt: skip
        code = "reshaping.shares_differ" if any(one.total.kind in SHARES for one in wrong) else "reshaping.areas_differ"
        figures = {one.total.kind: [one.before_text, one.after_text] for one in wrong}
        raise Refusal(code, " ".join(texts), fields={"results": texts}, details=figures)


def _entity_of(places: Sequence[Premises], kept: Mapping[Any, Any], day: dt.date) -> int | None:
    found = {values["entities"][0][3]["entity_id"] if values["entities"] else None for values in kept.values()}
    if len(found) > 1:
        text = _("The premises belong to the books of different entities; bring them into one first.")
        raise Refusal("reshaping.entities", text)
    return found.pop()


def _open_places(
    act: Reshaping,
    values: Sequence[Mapping[str, Fraction]],
    bases: Mapping[str, int],
    entity_pk: int | None,
    plan: Plan,
    actor: Actor,
) -> list[Premises]:
    opened = []
    for row, figures in zip(act.new_premises.all(), values, strict=True):
        place = add_premises(
            act.premises.building_id, row.number, row.kind, actor=actor, code=row.code, entrance_pk=row.entrance_id,
            storey_pk=row.storey_id, opened_on=act.effective_on, entity_pk=entity_pk, entity_from=act.effective_on,
        )  # fmt: skip
        place.register_number, place.own = row.register_number, act.premises.own
        place.save(update_fields=["register_number", "own"])
        row.premises = place
        row.save(update_fields=["premises"])
        opened.append(place)
        shown = [
            (str(label_of(kind)), value_text(kind, figures[kind], bases.get(kind, 0)))
            for kind in (*FactKind.values, *SHARES)
            if kind in figures
        ]
        plan.new.append(NewLine(place.code, place.number, str(place.get_kind_display()), shown))
    return opened


def _record(
    act: Reshaping,
    targets: Sequence[Premises],
    values: Sequence[Mapping[str, Fraction]],
    bases: Mapping[str, int],
    paper: str,
    actor: Actor,
) -> None:
    """Facts, shares and places in groups of the new premises, from the day on."""
    day, facts = act.effective_on, []
    for place, figures in zip(targets, values, strict=True):
        for kind, value in figures.items():
            if kind in SHARES:
                if value:
                    set_share(place.pk, *pair_of(value, bases.get(kind, 0)), day, actor=actor, kind=kind)
            else:
                number = Decimal(value.numerator) / Decimal(value.denominator)
                facts.append(FactRow(place.pk, kind, number, day, None, paper[:200]))
    record_facts(facts, actor=actor)
    groups = {row[3]["group_id"]: row[2] for kept in act.former["values"].values() for row in kept["groups"]}
    for group_pk, until in sorted(groups.items()):
        last = dt.date.fromisoformat(until) - dt.timedelta(days=1) if until else None
        keys = [place.pk for place in targets]
        put_in_group(group_pk, actor=actor, valid_from=day, valid_to=last, premises=keys)
