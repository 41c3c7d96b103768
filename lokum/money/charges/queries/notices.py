"""Notices and their explained lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lokum.money.charges.explanation import Explanation, explain
from lokum.money.charges.models import ChargeLine, Component, Notice
from lokum.money.charges.papers import unit_text
from lokum.money.ledger.seams import Source
from lokum.property.estates.models import FactKind


def lines_of_notice(notice: Notice) -> Sequence[ChargeLine]:
    """Lines in the order of the paper."""
    rows = ChargeLine.objects.filter(notice=notice).select_related("component")
    return list(rows.order_by("component__position", "component__code"))


def source_of_notice(document_id: int) -> Source | None:
    """What an entry of a notice comes from: the notice, its lines, and each line's calculation and inputs."""
    notice = Notice.objects.select_related("document", "account").filter(document_id=document_id).first()
    if notice is None:
        return None
    below = []
    for line in lines_of_notice(notice):
        one = explain(line.snapshot)
        facts: list[tuple[str, Any]] = [(_("calculation"), one.calculation)]
        facts += [(each.name, f"{each.value} {each.unit}".strip()) for each in one.inputs]
        below.append(Source(title=title_of(line), record=line, facts=facts))
    heading: list[tuple[str, Any]] = [
        (_("month"), notice.period),
        (_("due on"), notice.due_on),
        (_("total"), notice.total_amount),
    ]
    return Source(title=_("Notice %(number)s") % {"number": notice.number}, record=notice, facts=heading, below=below)


def title_of(line: ChargeLine) -> str:
    """What a line is called: the words its source gave it, else the name of its component."""
    return str(line.snapshot.get("title") or line.component)


@dataclass(frozen=True)
class ExplainedLine:
    """A posted line beside what its snapshot says."""

    line: ChargeLine
    explanation: Explanation
    basis: str
    unit: str
    inputs: Sequence[tuple[str, str, str, str]]  # name, value with unit, valid from, source

    @property
    def title(self) -> str:
        """What the line is called on the notice: its own words, else the component."""
        return title_of(self.line)


def explained_lines(notice: Notice) -> list[ExplainedLine]:
    """Lines of a notice, each recomputed from its own snapshot, in words of the reader's language."""
    found = []
    for line in lines_of_notice(notice):
        one = explain(line.snapshot)
        names = dict(FactKind.choices) | {"numerator": _("numerator"), "denominator": _("denominator")}
        inputs = [
            (str(names.get(each.name, each.name)), f"{each.value:f} {unit_text(each.unit)}".strip(), each.valid_from,
             each.source)
            for each in one.inputs
        ]  # fmt: skip
        basis = str(dict(Component.Basis.choices).get(one.basis, one.basis))
        found.append(ExplainedLine(line, one, basis, unit_text(one.unit), inputs))
    return found
