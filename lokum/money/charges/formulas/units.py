"""Units of measure of formulas: exponents of base units, multiplied and divided like the numbers they stand at."""

from collections.abc import Mapping
from dataclasses import dataclass

# Base units; shares, coefficients, ratios and counts of storeys are plain numbers.
BASE = ("currency", "m2", "m3", "GJ", "kWh", "kW", "person", "pc", "unit")
CURRENCY = "currency"


@dataclass(frozen=True)
class Unit:
    """A product of powers of base units; no powers: a plain number."""

    powers: tuple[tuple[str, int], ...] = ()

    def times(self, other: "Unit", sign: int = 1) -> "Unit":
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + sign * power
        return _unit(powers)

    def per(self, other: "Unit") -> "Unit":
        return self.times(other, -1)

    def __str__(self) -> str:
        """As it is written in a formula: "currency/m2", "" for a plain number."""
        above = [name + _power(power) for name, power in self.powers if power > 0]
        below = [name + _power(-power) for name, power in self.powers if power < 0]
        return "/".join(["·".join(above) or ("1" if below else ""), *below]) if self.powers else ""


def _power(power: int) -> str:
    return "" if power == 1 else f"^{power}"


def _unit(powers: Mapping[str, int]) -> Unit:
    order = {name: place for place, name in enumerate(BASE)}
    kept = sorted(((name, power) for name, power in powers.items() if power), key=lambda one: order[one[0]])
    return Unit(tuple(kept))


NUMBER = Unit()
MONEY = Unit(((CURRENCY, 1),))


def unit_of(text: str) -> Unit:
    """The unit written as "m2", "currency/m2" or "" (a plain number). Raises KeyError for an unknown name."""
    found = NUMBER
    for place, name in enumerate(text.split("/") if text else ()):
        if name not in BASE:
            raise KeyError(name)
        one = Unit(((name, 1),))
        found = one if place == 0 else found.per(one)
    return found
