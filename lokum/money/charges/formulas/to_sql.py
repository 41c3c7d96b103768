"""A formula compiled to SQL: one expression for its value, one for what is wrong where there is no value.

The value is NULL exactly where `evaluation` raises Problem; the second expression then gives "code:name:position".
Nothing of a person's text gets into the SQL but numbers and quoted words that the parser has taken apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lokum.money.charges.formulas import nodes
from lokum.money.charges.formulas.nodes import Node


@dataclass(frozen=True)
class Columns:
    """Where values stand in the statement: fact name -> expression, code -> expression of price and of "own"."""

    facts: Mapping[str, str]
    prices: Mapping[str, str]
    own: Mapping[str, str]


def quoted(text: str) -> str:
    """A text as a literal of SQL; percent signs doubled, since the statement is filled with values."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def value_sql(node: Node, columns: Columns) -> str:
    """The value of a part: numeric, boolean or text; NULL where there is none."""

    def sql(one: Node) -> str:
        return value_sql(one, columns)

    match node:
        case nodes.Number(value=value):
            return f"{value:f}::numeric"
        case nodes.Text(value=text):
            return f"{quoted(text)}::text"
        case nodes.Truth(value=truth):
            return "true" if truth else "false"
        case nodes.Fact(name=name):
            return columns.facts[name]
        case nodes.Rate(code=code):
            return columns.prices[code]
        case nodes.HasRate(code=code, own=own):
            return f"({columns.prices[code]} IS NOT NULL" + (f" AND {columns.own[code]})" if own else ")")
        case nodes.Minus(of=of):
            return f"(-{sql(of)})"
        case nodes.Not(of=of):
            return f"(NOT {sql(of)})"
        case nodes.Choice(condition=condition, then=then, other=other):
            return f"CASE {sql(condition)} WHEN true THEN {sql(then)} WHEN false THEN {sql(other)} END"
        case nodes.Call(name=name, values=values, places=places):
            return _call(name, [sql(one) for one in values], places)
        case nodes.Binary(sign=sign, left=left, right=right):
            return _binary(sign, sql(left), sql(right))
    raise TypeError(f"unknown part {node!r}")


def _call(name: str, values: list[str], places: int) -> str:
    if name in ("min", "max"):
        return f"charges_{'least' if name == 'min' else 'greatest'}({values[0]}, {values[1]})"
    return f"round({values[0]}, {places})" if name == "round" else f"{name}({values[0]})"


def _binary(sign: str, left: str, right: str) -> str:
    if sign == "and":
        return f"CASE {left} WHEN true THEN {right} WHEN false THEN false END"
    if sign == "or":
        return f"CASE {left} WHEN true THEN true WHEN false THEN {right} END"
    if sign == "/":
        return f"charges_divide({left}, {right})"
    return f"({left} {'<>' if sign == '!=' else sign} {right})"


def problem_sql(node: Node, columns: Columns) -> str | None:
    """What is wrong, "code:name:position" in the order of evaluation; None: nothing can be. NULL: nothing is."""

    def sql(one: Node) -> str | None:
        return problem_sql(one, columns)

    match node:
        case nodes.Fact(name=name):
            return _absent(columns.facts[name], f"no_fact:{name}:{node.start}")
        case nodes.Rate(code=code):
            return _absent(columns.prices[code], f"no_tariff:{code}:{node.start}")
        case nodes.Minus(of=of) | nodes.Not(of=of):
            return sql(of)
        case nodes.Choice(condition=condition, then=then, other=other):
            return _first(sql(condition), _branch(value_sql(condition, columns), sql(then), sql(other)))
        case nodes.Call(values=values):
            return _first(*(sql(one) for one in values))
        case nodes.Binary():
            return _problem_of_binary(node, columns, sql)
    return None


def _problem_of_binary(node: nodes.Binary, columns: Columns, sql: Callable[[Node], str | None]) -> str | None:
    left, right = sql(node.left), sql(node.right)
    if node.sign in ("and", "or") and right is not None:
        asked = value_sql(node.left, columns)
        return _first(left, _branch(asked, right, None) if node.sign == "and" else _branch(asked, None, right))
    if node.sign == "/":
        nothing = f"CASE WHEN {value_sql(node.right, columns)} = 0 THEN 'division::{node.start}' END"
        return _first(left, right, nothing)
    return _first(left, right)


def _absent(expression: str, text: str) -> str:
    return f"CASE WHEN {expression} IS NULL THEN {quoted(text)} END"


def _branch(condition: str, then: str | None, other: str | None) -> str | None:
    if then is None and other is None:
        return None
    return f"CASE {condition} WHEN true THEN {then or 'NULL'} WHEN false THEN {other or 'NULL'} END"


def _first(*parts: str | None) -> str | None:
    found = [one for one in parts if one is not None]
    return (found[0] if len(found) == 1 else f"coalesce({', '.join(found)})") if found else None
