"""A formula in the reader's words: the branch that was taken with its figures, and every step of the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lokum.money.charges.formulas import nodes
from lokum.money.charges.formulas.evaluation import Outcome, Value
from lokum.money.charges.formulas.facts import SHARE_PARTS, known_facts
from lokum.money.charges.formulas.nodes import Node

SIGNS = {"*": "×", "-": "−", "<=": "≤", ">=": "≥", "!=": "≠"}
ORDER = {"or": 1, "and": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "=": 3, "!=": 3, "+": 4, "-": 4, "*": 5, "/": 5}


@dataclass(frozen=True)
class Told:
    """One step: the part of the formula in words, and what it came to."""

    text: str
    value: str
    node: Node


def plain(value: Decimal) -> str:
    """A figure without needless zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_text(value: Value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return plain(value) if isinstance(value, Decimal) else value


def taken(tree: Node, outcome: Outcome) -> str:
    """The branch that counted, with figures in place of names: "64 × 1.05"."""
    values = {step.node: step.value for step in outcome.steps}
    node = tree
    while isinstance(node, nodes.Choice):
        node = node.then if values.get(node.condition, _literal(node.condition)) else node.other

    def leaf(one: Node) -> str | None:
        if isinstance(one, nodes.Choice):
            return value_text(values[one])
        if isinstance(one, nodes.Fact | nodes.Rate | nodes.HasRate):
            return value_text(values[one]) if one in values else "?"
        return None

    return infix(node, leaf)


def _literal(node: Node) -> bool:
    return isinstance(node, nodes.Truth) and node.value


def told(outcome: Outcome, names: Mapping[str, Any] | None = None) -> list[Told]:
    """Every step but the bare facts and prices, in order, in words. names: of components by code."""
    labels = {name: fact.label for name, fact in known_facts().items()}
    found: list[Told] = []

    def leaf(one: Node) -> str | None:
        if isinstance(one, nodes.Fact):
            return str(labels.get(one.name, one.name))
        if isinstance(one, nodes.Rate):
            return (
                _("rate of %(code)s") % {"code": (names or {}).get(one.code, one.code)}
                if one.code
                else pgettext("price of a fee", "rate")
            )
        if isinstance(one, nodes.HasRate):
            text = _("there is an individual rate") if one.own else _("there is a rate")
            return f"{text} ({(names or {}).get(one.code, one.code)})" if one.code else text
        return None

    for step in outcome.steps:
        if isinstance(step.node, nodes.Fact | nodes.Rate | nodes.Choice):
            continue
        found.append(Told(infix(step.node, leaf), value_text(step.value), step.node))
    return found


def infix(node: Node, leaf: Callable[[Node], str | None], above: int = 0) -> str:
    """A tree written with signs of the trade; leaf(node) may give the text of a part itself."""
    own = leaf(node)
    if own is not None:
        return own
    match node:
        case nodes.Number(value=value, unit=unit):
            return f"{plain(value)} {unit}".strip()
        case nodes.Text(value=text):
            return f"“{text}”"
        case nodes.Truth(value=truth):
            return _("yes") if truth else _("no")
        case nodes.Minus(of=of):
            return f"−{infix(of, leaf, 6)}"
        case nodes.Not(of=of):
            return f"{_('not')} {infix(of, leaf, 6)}"
        case nodes.Call(name=name, values=values):
            return f"{name}({', '.join(infix(one, leaf) for one in values)})"
        case nodes.Choice(condition=condition, then=then, other=other):
            parts = {"condition": infix(condition, leaf), "then": infix(then, leaf), "other": infix(other, leaf)}
            return _("if %(condition)s then %(then)s else %(other)s") % parts
        case nodes.Binary(sign=sign, left=left, right=right):
            if _is_share(node):
                return _("share")
            rank = ORDER[sign]
            word = {"and": _("and"), "or": _("or")}.get(sign, SIGNS.get(sign, sign))
            text = f"{infix(left, leaf, rank)} {word} {infix(right, leaf, rank + 1)}"
            return f"({text})" if rank < above else text
    return "?"


def _is_share(node: nodes.Binary) -> bool:
    names = tuple(one.name for one in (node.left, node.right) if isinstance(one, nodes.Fact))
    return node.sign == "/" and names == SHARE_PARTS and node.left.start == node.right.start
