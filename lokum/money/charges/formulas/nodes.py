"""The expression tree of a formula. One tree is checked, compiled to SQL and evaluated in Python."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Node:
    """start, end: where it stands in the text."""

    start: int
    end: int


@dataclass(frozen=True)
class Number(Node):
    value: Decimal
    unit: str = ""  # as written behind the number; "" = takes the unit it needs in sums and comparisons


@dataclass(frozen=True)
class Text(Node):
    value: str


@dataclass(frozen=True)
class Truth(Node):
    value: bool


@dataclass(frozen=True)
class Fact(Node):
    name: str


@dataclass(frozen=True)
class Rate(Node):
    """The price of a component; code "" = the component the formula belongs to."""

    code: str


@dataclass(frozen=True)
class HasRate(Node):
    """Is there a price; own: one at the level of the premises or the person."""

    code: str
    own: bool


@dataclass(frozen=True)
class Minus(Node):
    of: Node


@dataclass(frozen=True)
class Not(Node):
    of: Node


@dataclass(frozen=True)
class Binary(Node):
    """sign: + - * / < <= > >= = != and or."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choice(Node):
    condition: Node
    then: Node
    other: Node


@dataclass(frozen=True)
class Call(Node):
    """name: min, max (two values each; more are nested), round, floor, ceil; places: of round."""

    name: str
    values: tuple[Node, ...]
    places: int = 0


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Minus(of=one) | Not(of=one):
            return (one,)
        case Binary(left=left, right=right):
            return (left, right)
        case Choice(condition=condition, then=then, other=other):
            return (condition, then, other)
        case Call(values=values):
            return values
    return ()


def walk(node: Node) -> list[Node]:
    """The node and all below it, each before its children."""
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(reversed(children(one)))
    return found
