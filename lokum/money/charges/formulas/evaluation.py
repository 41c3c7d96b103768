"""A formula worked out in Python, with every intermediate value: for explanations, the test bench and the proof.

Numbers are decimals. Sums and products are exact; a quotient is rounded half away from zero to `PLACES` decimals.
The SQL of `to_sql` gives the same values to the last digit and the same problem (a test compares 10,000 of them).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext

from lokum.money.charges.formulas import nodes
from lokum.money.charges.formulas.errors import Problem
from lokum.money.charges.formulas.nodes import Node

PLACES = 16
# Wide enough for the exact product of as many numbers as a formula may have.
EXACT = Context(prec=20_000, Emax=999_999, Emin=-999_999)
Value = Decimal | bool | str


@dataclass(frozen=True)
class Asked:
    """The price of a component: its value and whether it was set for the premises or the person."""

    price: Decimal
    own: bool = False


@dataclass(frozen=True)
class Step:
    """What one part of the formula came to."""

    node: Node
    value: Value


@dataclass(frozen=True)
class Outcome:
    value: Value
    steps: tuple[Step, ...]


def divide(above: Decimal, below: Decimal) -> Decimal:
    """The quotient with `PLACES` decimals, half away from zero; the twin of `charges_divide` in the database."""
    with localcontext(EXACT):
        cut = (above.scaleb(PLACES + 1) // below).scaleb(-PLACES - 1)
        return cut.quantize(Decimal(1).scaleb(-PLACES), rounding=ROUND_HALF_UP)


def evaluate(tree: Node, facts: Mapping[str, Value], rates: Mapping[str, Asked]) -> Outcome:
    """Work out a formula. A fact or price that is absent is missing. Raises Problem; never takes nothing for zero."""
    worker = _Worker(facts, rates)
    with localcontext(EXACT):
        value = worker.value(tree)
    return Outcome(value, tuple(worker.steps))


ORDER: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class _Worker:
    def __init__(self, facts: Mapping[str, Value], rates: Mapping[str, Asked]) -> None:
        self.facts = facts
        self.rates = rates
        self.steps: list[Step] = []

    def value(self, node: Node) -> Value:
        found = self._value(node)
        if not isinstance(node, nodes.Number | nodes.Text | nodes.Truth):
            self.steps.append(Step(node, found))
        return found

    def number(self, node: Node) -> Decimal:
        found = self.value(node)
        if isinstance(found, bool) or not isinstance(found, Decimal):
            raise TypeError(f"not a number at {node.start}")
        return found

    def _value(self, node: Node) -> Value:
        match node:
            case nodes.Number(value=value) | nodes.Text(value=value) | nodes.Truth(value=value):
                return value
            case nodes.Fact(name=name):
                if name not in self.facts:
                    raise Problem("no_fact", name, node.start)
                return self.facts[name]
            case nodes.Rate(code=code):
                if code not in self.rates:
                    raise Problem("no_tariff", code, node.start)
                return self.rates[code].price
            case nodes.HasRate(code=code, own=own):
                return code in self.rates and (self.rates[code].own or not own)
            case nodes.Minus(of=of):
                return -self.number(of)
            case nodes.Not(of=of):
                return not self.value(of)
            case nodes.Choice(condition=condition, then=then, other=other):
                return self.value(then if self.value(condition) else other)
            case nodes.Call():
                return self._call(node)
            case nodes.Binary():
                return self._binary(node)
        raise TypeError(f"unknown part {node!r}")

    def _call(self, node: nodes.Call) -> Decimal:
        values = [self.number(one) for one in node.values]
        if node.name in ("min", "max"):
            return min(values) if node.name == "min" else max(values)
        mode = {"round": ROUND_HALF_UP, "floor": ROUND_FLOOR, "ceil": ROUND_CEILING}[node.name]
        return values[0].quantize(Decimal(1).scaleb(-node.places), rounding=mode)

    def _binary(self, node: nodes.Binary) -> Value:
        sign = node.sign
        if sign == "and":
            return bool(self.value(node.left)) and bool(self.value(node.right))
        if sign == "or":
            return bool(self.value(node.left)) or bool(self.value(node.right))
        if sign in ("=", "!="):
            return (self.value(node.left) == self.value(node.right)) == (sign == "=")
        left, right = self.number(node.left), self.number(node.right)
        if sign in ORDER:
            return ORDER[sign](left, right)
        if sign == "/":
            if right == 0:
                raise Problem("division", "", node.start)
            return divide(left, right)
        if sign == "*":
            return left * right
        return left + right if sign == "+" else left - right
