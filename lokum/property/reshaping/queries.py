"""Reads about splits and merges: what premises were made from and what they became, values for the form."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lokum.property.estates.models import FactKind, Premises
from lokum.property.estates.services import values_on
from lokum.property.occupancy.models import Agreement
from lokum.property.reshaping.models import FormerPremises, NewPremises, Reshaping
from lokum.property.reshaping.services.carrying import label_of, value_text
from lokum.property.reshaping.totals import NOT_ADDED, SHARES


@dataclass(frozen=True)
class Passage:
    """One act beside premises: the other side of it."""

    act: Reshaping
    others: Sequence[Premises]


def _with_places(acts: Any) -> Any:
    return acts.filter(state=Reshaping.State.DONE).prefetch_related(
        "former_premises__premises", "new_premises__premises"
    )


def became(premises_pk: int) -> list[Passage]:
    """Acts by which premises ended, with what they became."""
    acts = _with_places(Reshaping.objects.filter(former_premises__premises=premises_pk)).order_by("effective_on")
    return [Passage(act, [one.premises for one in act.new_premises.all()]) for act in acts]


def made_from(premises_pk: int) -> list[Passage]:
    """Acts by which premises began, with what they were made from."""
    acts = _with_places(Reshaping.objects.filter(new_premises__premises=premises_pk)).order_by("effective_on")
    return [Passage(act, [one.premises for one in act.former_premises.all()]) for act in acts]


def is_reshaped(record: Any) -> bool:
    """Whether these are premises that a split or merge ended or began."""
    if not isinstance(record, Premises):
        return False
    done = {"act__state": Reshaping.State.DONE, "premises": record}
    return FormerPremises.objects.filter(**done).exists() or NewPremises.objects.filter(**done).exists()


@dataclass(frozen=True)
class ValueLine:
    """A kind of value with what the former premises have of it in all; for the form."""

    kind: str
    label: str
    total_text: str
    is_share: bool
    added: bool


def value_lines(act: Reshaping) -> list[ValueLine]:
    """Every kind of fact and share the former premises have on the day."""
    sums: dict[str, Fraction] = {}
    bases: dict[str, int] = {}
    for one in act.former_premises.select_related("premises"):
        facts, shares = values_on(one.premises, act.effective_on)
        figures = {kind: Fraction(value) for kind, value in facts.items()}
        figures |= {kind: Fraction(*share) for kind, share in shares.items()}
        bases |= {kind: math.lcm(bases.get(kind, 1), bottom) for kind, (_top, bottom) in shares.items()}
        for kind, value in figures.items():
            sums[kind] = value if kind in NOT_ADDED else sums.get(kind, Fraction(0)) + value
    order = [*FactKind.values, *SHARES]
    return [
        ValueLine(
            kind,
            str(label_of(kind)),
            value_text(kind, sums[kind], bases.get(kind, 0)),
            kind in SHARES,
            kind not in NOT_ADDED,
        )
        for kind in order
        if kind in sums
    ]


def carried_agreements(act: Reshaping) -> list[tuple[Agreement, Agreement]]:
    """Former and new agreements of a finished act, in pairs."""
    pairs = act.former.get("titles", {}).get("pairs", [])
    keys = {pk for pair in pairs for pk in pair}
    found = Agreement.objects.select_related("payer", "premises").in_bulk(keys)
    return [(found[old], found[new]) for old, new in pairs if old in found and new in found]
