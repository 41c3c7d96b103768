"""Money arithmetic: the one rounding function and the one way of sharing an amount out."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

# ISO 4217 minor units of the currencies in use; every other currency has two.
_PLACES = {"TWD": 0, "JPY": 0, "KRW": 0}
WHOLE_CURRENCIES = tuple(sorted(code for code, places in _PLACES.items() if not places))
ROUNDING_MODES = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}


def places_of(currency: str) -> int:
    """Decimal places of a currency (ISO 4217; New Taiwan dollars are billed in whole dollars)."""
    return _PLACES.get(currency, 2)


def round_amount(value: Decimal, places: int = 2, mode: str = "half_up") -> Decimal:
    """Round to `places` decimals by a named mode; half up is away from zero, as PostgreSQL's round() does.

    Raises KeyError for an unknown mode and TypeError for a binary float.
    """
    if isinstance(value, float):
        raise TypeError("amounts are Decimal, never float")
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUNDING_MODES[mode])


def split_amount(total: Decimal, weights: Sequence[Decimal | int], places: int = 2) -> list[Decimal]:
    """Share `total` by `weights` so that the parts sum to it exactly (method of the largest remainder).

    Each share is cut down to whole minor units; the units left go one by one to the shares with the largest part
    cut off, equal parts to the earlier row. A negative total is shared as its mirror image.
    Raises ValueError when weights are negative or sum to zero, or when total has more decimals than `places`.
    """
    if total < 0:
        return [-part for part in split_amount(-total, weights, places)]
    unit = Decimal(1).scaleb(-places)
    if total != total.quantize(unit):
        raise ValueError("the total has fractions of the smallest unit")
    exact_weights = [Decimal(weight) for weight in weights]
    whole = sum(exact_weights, Decimal(0))
    if whole <= 0 or any(weight < 0 for weight in exact_weights):
        raise ValueError("weights must not be negative and must sum to more than zero")
    units = int(total.scaleb(places))
    # Integers only: a share must not depend on the precision of the decimal context.
    scale = Decimal(10) ** max(-int(weight.as_tuple().exponent) for weight in exact_weights)
    integers = [int(weight * max(scale, Decimal(1))) for weight in exact_weights]
    divisor = sum(integers)
    shares = [divmod(units * weight, divisor) for weight in integers]
    left = units - sum(share for share, _ in shares)
    order = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
    extra = set(order[:left])
    return [Decimal(share + (i in extra)).scaleb(-places).quantize(unit) for i, (share, _) in enumerate(shares)]
