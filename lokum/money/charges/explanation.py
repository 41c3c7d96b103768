"""Recomputing and explaining a charge line from its snapshot alone: plain data in, plain data out.

The snapshot is the one described at `ChargeLine`: every figure a decimal text. Nothing here reads a table, so the
explanation of a line can never drift away from what was charged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

FORMULAS = ("price * quantity", "price * numerator / denominator")


class Unexplained(ValueError):
    """The snapshot lacks something or holds something unknown; the text names it."""


@dataclass(frozen=True)
class Input:
    """A dated fact the line rests on."""

    name: str
    value: Decimal
    unit: str
    valid_from: str
    source: str


@dataclass(frozen=True)
class Explanation:
    """exact: before rounding, as an exact fraction; net + tax = amount."""

    formula: str
    basis: str
    quantity: Decimal
    unit: str
    price: Decimal
    inputs: tuple[Input, ...]
    exact: Fraction
    rounding: str
    decimals: int
    net: Decimal
    vat_kind: str
    vat_percent: Decimal
    tax: Decimal
    amount: Decimal
    tariff: Mapping[str, Any]
    day: str

    @property
    def calculation(self) -> str:
        """The sum as people write it: "2.72 x 48.5000 = 131.92"."""
        if self.formula == FORMULAS[1]:
            parts = {one.name: one.value for one in self.inputs}
            return f"{_plain(self.price)} × {parts['numerator']} / {parts['denominator']} = {self.net}"
        return f"{_plain(self.price)} × {_plain(self.quantity)} = {self.net}"


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_fraction(value: Fraction, places: int, mode: str) -> Decimal:
    """Round an exact fraction by a named mode, the twin of `charges_round` in the database; a negative one (a credit)
    is rounded as its mirror image."""
    if value < 0:
        return -round_fraction(-value, places, mode)
    scaled = value * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    up = {
        "half_up": twice >= 0,
        "half_even": twice > 0 or (twice == 0 and whole % 2 == 1),
        "down": False,
        "up": rest > 0,
    }
    if mode not in up:
        raise Unexplained(f"unknown rounding {mode!r}")
    return Decimal(whole + up[mode]).scaleb(-places)


def _figure(snapshot: Mapping[str, Any], name: str) -> Decimal:
    try:
        return Decimal(str(snapshot[name]))
    except (KeyError, ArithmeticError) as error:
        raise Unexplained(f"the snapshot has no usable {name}") from error


def explain(snapshot: Mapping[str, Any]) -> Explanation:
    """Compute the line anew. Raises Unexplained when the snapshot does not carry what its formula needs."""
    price, quantity = _figure(snapshot, "price"), _figure(snapshot, "quantity")
    percent = _figure(snapshot, "vat_percent")
    decimals, rounding = int(_figure(snapshot, "decimals")), str(snapshot.get("rounding", ""))
    inputs = tuple(
        Input(
            name=str(one.get("name", "")),
            value=_figure(one, "value"),
            unit=str(one.get("unit") or ""),
            valid_from=str(one.get("valid_from") or ""),
            source=str(one.get("source") or ""),
        )
        for one in snapshot.get("inputs", ())
    )
    formula = snapshot.get("formula")
    if formula == FORMULAS[0]:
        exact = Fraction(price) * Fraction(quantity)
    elif formula == FORMULAS[1]:
        parts = {one.name: one.value for one in inputs}
        if not parts.get("denominator") or "numerator" not in parts:
            raise Unexplained("the snapshot has no share")
        exact = Fraction(price) * Fraction(parts["numerator"]) / Fraction(parts["denominator"])
    else:
        raise Unexplained(f"unknown formula {formula!r}")
    net = round_fraction(exact, decimals, rounding).quantize(Decimal("0.01"))
    tax = round_fraction(Fraction(net) * Fraction(percent) / 100, 2, "half_up")
    return Explanation(
        formula=str(formula),
        basis=str(snapshot.get("basis", "")),
        quantity=quantity,
        unit=str(snapshot.get("unit") or ""),
        price=price,
        inputs=inputs,
        exact=exact,
        rounding=rounding,
        decimals=decimals,
        net=net,
        vat_kind=str(snapshot.get("vat_kind", "")),
        vat_percent=percent,
        tax=tax,
        amount=net + tax,
        tariff=snapshot.get("tariff") or {},
        day=str(snapshot.get("day", "")),
    )
