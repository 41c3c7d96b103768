"""Notices and their explained lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lokum.core.base.wording import local_text
from lokum.core.desk.columns import shown_text
from lokum.core.desk.own_fields import own_fields
from lokum.money.charges.explanation import Explanation, Input, Segment, explain
from lokum.money.charges.formulas.facts import known_facts
from lokum.money.charges.formulas.wording import Told, plain, told, value_text
from lokum.money.charges.limits import declared_behind
from lokum.money.charges.models import ChargeLine, Notice
from lokum.money.charges.papers import basis_text, unit_text
from lokum.money.ledger.seams import Source
from lokum.property.estates.models import Premises
from lokum.property.estates.models.changes import ChangeKind
from lokum.property.occupancy.models import Declaration


def lines_of_notice(notice: Notice) -> Sequence[ChargeLine]:
    """Lines in the order of the paper."""
    rows = ChargeLine.objects.filter(notice=notice).select_related("component")
    return list(rows.order_by("component__position", "component__code"))


def source_of_notice(document_id: int) -> Source | None:
    """What an entry of a notice comes from: the notice, its lines, and each line's calculation and inputs."""
    notice = Notice.objects.select_related("document", "account").filter(document_id=document_id).first()
    return _source(notice, _("Notice %(number)s")) if notice else None


def source_of_correction(entry_id: int) -> Source | None:
    """What a correction that was computed comes from: its document, and for each line what stood and what counts."""
    notice = Notice.objects.select_related("document", "account").filter(pk=entry_id).first()
    return _source(notice, _("Correction %(number)s")) if notice else None


def _source(notice: Notice, title: str) -> Source:
    below = []
    for line in lines_of_notice(notice):
        one = explain(line.snapshot)
        facts: list[tuple[str, Any]] = [(_("calculation"), one.calculation)]
        facts += [(each.name, f"{value_text(each.value)} {each.unit}".strip()) for each in one.inputs]
        facts += [(words.label, words.text) for words in cause_words(one)]
        below.append(Source(title=title_of(line), record=line, facts=facts))
    heading: list[tuple[str, Any]] = [
        (_("month"), notice.period),
        (_("due on"), notice.due_on),
        (_("total"), notice.total_amount),
    ]
    return Source(title=title % {"number": notice.number}, record=notice, facts=heading, below=below)


def title_of(line: ChargeLine) -> str:
    """What a line is called: the words its source gave it, else the name of its component."""
    return str(line.snapshot.get("title") or line.component)


@dataclass(frozen=True)
class ToldSegment:
    """A part of the month in words: what counted in it, how it was worked out, what it costs."""

    segment: Segment
    weight: str  # "10/30", "" = the whole month
    inputs: Sequence[tuple[str, str, str, str]]  # name, value with unit, valid from, source
    rates: Sequence[tuple[str, str, str, str]]
    steps: Sequence[Told]


@dataclass(frozen=True)
class Side:
    """One side of a correction: what stood before or what counts now, with its calculation and facts."""

    label: str
    explanation: Explanation | None
    inputs: Sequence[tuple[str, str, str, str]] = ()
    segments: Sequence[ToldSegment] = ()


@dataclass(frozen=True)
class CauseWords:
    """Why a month would be charged otherwise: what changed, from what to what, since when, by which document."""

    label: str
    text: str
    change_id: int | None = None


@dataclass(frozen=True)
class ExplainedLine:
    """A posted line beside what its snapshot says."""

    line: ChargeLine
    explanation: Explanation
    basis: str
    unit: str
    inputs: Sequence[tuple[str, str, str, str]]  # name, value with unit, valid from, source
    segments: Sequence[ToldSegment] = ()
    sides: Sequence[Side] = ()
    causes: Sequence[CauseWords] = ()
    declared: Sequence[Declaration] = ()  # accepted declarations that its quantities come from

    @property
    def title(self) -> str:
        """What the line is called on the notice: its own words, else the component."""
        return title_of(self.line)


def input_words(inputs: Sequence[Input]) -> list[tuple[str, str, str, str]]:
    """Facts in words: name, value with unit, valid from, source."""
    names = {name: fact.label for name, fact in known_facts().items()}
    names |= {"numerator": _("numerator"), "denominator": _("denominator")}
    return [
        (str(names.get(one.name, one.name)), f"{value_text(one.value)} {unit_text(one.unit)}".strip(),
         local_text(one.valid_from or ""), one.source)
        for one in inputs
    ]  # fmt: skip


def told_segments(one: Explanation) -> list[ToldSegment]:
    """The parts of a line with a formula or with parts of a month; none for plain price x basis."""
    return [
        ToldSegment(
            part,
            f"{part.num}/{part.den}" if one.split else "",
            input_words(part.inputs),
            [
                (
                    _("rate of %(code)s") % {"code": rate["code"]}
                    if rate.get("code")
                    else pgettext("price of a fee", "rate"),
                    plain(Decimal(str(rate["price"]))),
                    local_text(rate.get("valid_from") or ""),
                    str(rate.get("source") or ""),
                )
                for rate in part.rates
            ],
            told(part.outcome) if one.written else [],
        )
        for part in one.segments
    ]


def sides_of(one: Explanation) -> list[Side]:
    """The two sides of a correction; none for anything else."""
    if not one.correction:
        return []
    sides = ((_("Charged before"), one.before), (_("Counts now"), one.after))
    return [Side(label, side, input_words(side.inputs), told_segments(side)) if side else Side(label, None)
            for label, side in sides]  # fmt: skip


def _value_words(value: Any) -> str:
    """What a fact was or is: numbers as the reader writes them, names as they are."""
    try:
        return shown_text(Decimal(str(value or "–")), "number")
    except ArithmeticError:
        return str(value or "–")


def causes_in_words(causes: Sequence[Mapping[str, Any]]) -> list[CauseWords]:
    """Causes as the correction keeps them, in words of the reader's language."""
    labels = dict(ChangeKind.choices) | {"tariff": _("New price")}
    fields = {one.code: one.label for one in own_fields(Premises)} if any(one.get("field") for one in causes) else {}
    found = []
    for cause in causes:
        change = f"{_value_words(cause.get('old'))} → {_value_words(cause.get('new'))}"
        values = {"change": change, "since": local_text(cause.get("from") or "–")}
        text = _("%(change)s, from %(since)s") % values
        if cause.get("source"):
            text = f"{text} · {cause['source']}"
        of_register = cause.get("change_id") if cause.get("kind") != "tariff" else None
        label = fields.get(str(cause.get("field"))) or labels.get(str(cause.get("kind")), cause.get("kind"))
        found.append(CauseWords(str(label), text, of_register))
    return found


def cause_words(one: Explanation) -> list[CauseWords]:
    return causes_in_words(one.causes)


def explained_lines(notice: Notice) -> list[ExplainedLine]:
    """Lines of a notice, each recomputed from its own snapshot, in words of the reader's language."""
    found = []
    lines = lines_of_notice(notice)
    for line, declared in zip(lines, declared_behind([line.snapshot for line in lines]), strict=True):
        one = explain(line.snapshot)
        basis, unit = basis_text(one.basis), unit_text(one.unit)
        parts = (input_words(one.inputs), told_segments(one), sides_of(one), cause_words(one))
        found.append(ExplainedLine(line, one, basis, unit, *parts, declared=declared))
    return found
