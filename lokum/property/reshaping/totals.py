"""What splits into what: values of new premises completed to the whole, and totals before and after. Pure arithmetic.

A value that is left out for exactly one of the new premises is the rest of what the former ones have. Areas and
shares have to agree to the last digit, as exact fractions; other values (rooms, persons, norms) may change with the
walls and are shown side by side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

AREAS = (
    "usable_area", "heated_area", "cellar_area", "balcony_area", "built_area", "inner_area", "common_share_area",
)  # fmt: skip
SHARES = ("share", "cost_share", "area_share")
NOT_ADDED = ("coefficient",)  # a multiplier: it is the same in the parts, not the sum of them

Values = Mapping[str, Fraction]


def pair_of(value: Fraction, base: int = 0) -> tuple[int, int]:
    """A share as numerator and denominator: over the base where that is exact (600/5000), else in lowest terms."""
    if value.denominator > 1 and base % value.denominator == 0 < base:
        return value.numerator * (base // value.denominator), base
    return value.numerator, value.denominator


class Incomplete(Exception):
    """A value cannot be completed: `kind`, and why ("missing", "negative", "differs")."""

    def __init__(self, kind: str, why: str, rest: Fraction = Fraction(0)) -> None:
        super().__init__(kind, why)
        self.kind, self.why, self.rest = kind, why, rest


@dataclass(frozen=True)
class Total:
    """One kind over all former and over all new premises."""

    kind: str
    before: Fraction
    after: Fraction

    @property
    def binding(self) -> bool:
        return self.kind in AREAS or self.kind in SHARES

    @property
    def agrees(self) -> bool:
        return self.before == self.after

    @property
    def difference(self) -> Fraction:
        """Positive: the new premises have more than the former ones."""
        return self.after - self.before


def complete(former: Sequence[Values], new: Sequence[Values]) -> list[dict[str, Fraction]]:
    """The values of the new premises with what was left out; raises `Incomplete`."""
    kinds = dict.fromkeys(kind for values in (*former, *new) for kind in values)
    done: list[dict[str, Fraction]] = [dict(values) for values in new]
    for kind in kinds:
        absent = [values for values in done if kind not in values]
        if kind in NOT_ADDED:
            known = {values[kind] for values in former if kind in values}
            if absent and len(known) > 1:
                raise Incomplete(kind, "differs")
            for values in absent:
                values[kind] = next(iter(known), Fraction(0))
            continue
        if len(absent) > 1:
            raise Incomplete(kind, "missing")
        if absent:
            whole = sum((values.get(kind, Fraction(0)) for values in former), Fraction(0))
            rest = whole - sum((values.get(kind, Fraction(0)) for values in done), Fraction(0))
            if rest < 0:
                raise Incomplete(kind, "negative", rest)
            absent[0][kind] = rest
    return done


def totals(former: Sequence[Values], new: Sequence[Values]) -> list[Total]:
    """Totals by kind: areas and shares first, in their order; multipliers have none."""
    kinds = {kind for values in (*former, *new) for kind in values} - set(NOT_ADDED)
    order = [kind for kind in (*AREAS, *SHARES) if kind in kinds]
    order += sorted(kinds - set(order))
    return [
        Total(
            kind,
            sum((values.get(kind, Fraction(0)) for values in former), Fraction(0)),
            sum((values.get(kind, Fraction(0)) for values in new), Fraction(0)),
        )
        for kind in order
    ]
