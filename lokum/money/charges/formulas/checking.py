"""Types of a formula: every part has a unit of measure, is true or false, or a word; the whole is an amount.

Units multiply and divide with the numbers. Sums, comparisons, min, max and the branches of a choice need equal units.
A bare number is a plain number in products; elsewhere it takes the unit of its neighbour, so that `persons <= 2` and
`else 0` need no more. A bare number that has to carry a unit in a product says it: `0.45 currency/m2`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lokum.money.charges.formulas import nodes
from lokum.money.charges.formulas.errors import FormulaError
from lokum.money.charges.formulas.facts import BOOLEAN, TEXT, FactSource
from lokum.money.charges.formulas.nodes import Node
from lokum.money.charges.formulas.parser import parse
from lokum.money.charges.formulas.units import MONEY, NUMBER, Unit, unit_of


@dataclass(frozen=True)
class Kind:
    """name: "number", "boolean" or "text"; unit None: a bare number, which takes the unit it needs."""

    name: str
    unit: Unit | None = None

    def __str__(self) -> str:
        if self.name != "number":
            return _("yes or no") if self.name == BOOLEAN else _("word")
        return str(self.unit or "") or _("plain number")


TRUTH, WORD, BARE = Kind(BOOLEAN), Kind(TEXT), Kind("number")


@dataclass(frozen=True)
class Vocabulary:
    """What a formula may name: facts, and the units of the prices of its own and of other components by code."""

    facts: Mapping[str, FactSource]
    rates: Mapping[str, Unit]
    own_rate: Unit = MONEY


@dataclass(frozen=True)
class Formula:
    """A checked formula. kinds: of every part of the tree, by its identity in `nodes.walk` order."""

    text: str
    tree: Node
    kinds: Mapping[Node, Kind] = field(repr=False)

    @property
    def facts(self) -> list[str]:
        """Names of the facts it reads, each once, in the order of the text."""
        return list(dict.fromkeys(one.name for one in nodes.walk(self.tree) if isinstance(one, nodes.Fact)))

    @property
    def rates(self) -> list[str]:
        """Codes of the components whose prices it reads, "" its own, each once."""
        asked = (nodes.Rate, nodes.HasRate)
        return list(dict.fromkeys(one.code for one in nodes.walk(self.tree) if isinstance(one, asked)))


def check(text: str, vocabulary: Vocabulary) -> Formula:
    """Read and check a formula. Raises FormulaError with the place of what is wrong."""
    tree = parse(text)
    checker = _Checker(vocabulary)
    kind = checker.kind(tree)
    if kind.name != "number" or kind.unit not in (None, MONEY):
        raise FormulaError(
            _("The result is “%(kind)s”, it has to be an amount. A price written as a number says its unit: "
              "0.45 currency/m2.") % {"kind": kind},
            tree.start,
        )  # fmt: skip
    return Formula(text, tree, checker.kinds)


class _Checker:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.known = vocabulary
        self.kinds: dict[Node, Kind] = {}

    def kind(self, node: Node) -> Kind:
        found = self._kind(node)
        self.kinds[node] = found
        return found

    def _kind(self, node: Node) -> Kind:
        match node:
            case nodes.Number(unit=unit):
                return Kind("number", unit_of(unit)) if unit else BARE
            case nodes.Truth():
                return TRUTH
            case nodes.Text():
                return WORD
            case nodes.Fact():
                return self._fact(node)
            case nodes.Rate(code=code):
                return Kind("number", self._rate(code, node))
            case nodes.HasRate(code=code):
                self._rate(code, node)
                return TRUTH
            case nodes.Minus(of=of):
                return self._number(of)
            case nodes.Not(of=of):
                return self._truth(of)
            case nodes.Choice(condition=condition, then=then, other=other):
                self._truth(condition)
                return self._same(self.kind(then), self.kind(other), other, _("the two branches"))
            case nodes.Call(name=name, values=values):
                return self._call(name, values)
            case nodes.Binary():
                return self._binary(node)
        raise TypeError(f"unknown part {node!r}")

    def _fact(self, node: nodes.Fact) -> Kind:
        fact = self.known.facts.get(node.name)
        if fact is None:
            raise FormulaError(_unknown(node.name, self.known.facts), node.start)
        if fact.unit in (BOOLEAN, TEXT):
            return Kind(fact.unit)
        return Kind("number", unit_of(fact.unit))

    def _rate(self, code: str, node: Node) -> Unit:
        if not code:
            return self.known.own_rate
        if code not in self.known.rates:
            message = _("There is no component with the code “%(code)s”.") % {"code": code}
            raise FormulaError(message, node.start)
        return self.known.rates[code]

    def _number(self, node: Node) -> Kind:
        kind = self.kind(node)
        if kind.name != "number":
            raise FormulaError(_("A number is needed here, this is “%(kind)s”.") % {"kind": kind}, node.start)
        return kind

    def _truth(self, node: Node) -> Kind:
        kind = self.kind(node)
        if kind != TRUTH:
            message = _("A condition is needed here, this is “%(kind)s”.") % {"kind": kind}
            raise FormulaError(message, node.start)
        return kind

    def _call(self, name: str, values: tuple[Node, ...]) -> Kind:
        kinds = [self._number(one) for one in values]
        if len(kinds) == 2:
            return self._same(kinds[0], kinds[1], values[1], f"{name}()")
        return kinds[0]

    def _binary(self, node: nodes.Binary) -> Kind:
        sign, left, right = node.sign, node.left, node.right
        if sign in ("and", "or"):
            self._truth(left)
            return self._truth(right)
        if sign in ("=", "!="):
            first, second = self.kind(left), self.kind(right)
            if first.name != second.name:
                raise _unlike(first, second, right, sign)
            if first.name == "number":
                self._same(first, second, right, sign)
            return TRUTH
        first, second = self._number(left), self._number(right)
        if sign in ("*", "/"):
            if first.unit is None and second.unit is None:
                return BARE
            of, by = first.unit or NUMBER, second.unit or NUMBER
            return Kind("number", of.times(by) if sign == "*" else of.per(by))
        kind = self._same(first, second, right, sign)
        return kind if sign in ("+", "-") else TRUTH

    def _same(self, first: Kind, second: Kind, place: Node, what: str) -> Kind:
        if first.name != second.name:
            raise _unlike(first, second, place, what)
        if first.name != "number" or second.unit is None:
            return first
        if first.unit is None:
            return second
        if first.unit != second.unit:
            raise _unlike(first, second, place, what)
        return first


def _unlike(first: Kind, second: Kind, place: Node, what: str) -> FormulaError:
    values = {"first": first, "second": second, "what": what}
    return FormulaError(_("Units do not fit in %(what)s: “%(first)s” and “%(second)s”.") % values, place.start)


def _unknown(name: str, facts: Mapping[str, FactSource]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), list(facts), n=1)
    message = _("There is nothing called “%(name)s”.") % {"name": name}
    return f"{message} " + _("Did you mean “%(name)s”?") % {"name": near[0]} if near else message
