"""The test bench of formulas: worked out on real premises, nothing is stored."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.money.charges.explanation import Explanation, explain
from lokum.money.charges.formulas.checking import Formula
from lokum.money.charges.formulas.errors import FormulaError
from lokum.money.charges.formulas.facts import known_facts
from lokum.money.charges.formulas.units import CURRENCY
from lokum.money.charges.formulas.wording import told
from lokum.money.charges.models import Component, DraftLine
from lokum.money.charges.papers import unit_text
from lokum.money.charges.parts import Priced, price_bench, priced_components

RESULTS = """
SELECT p.premises_id, m.code, p.net, p.tax, p.amount, p.problem, p.detail, p.parts
FROM charge_priced p JOIN estates_premises m ON m.id = p.premises_id
WHERE NOT %(failing)s OR p.problem <> '' ORDER BY m.code LIMIT %(limit)s
"""
COUNTS = "SELECT count(*), count(*) FILTER (WHERE problem <> ''), coalesce(sum(amount), 0) FROM charge_priced"
LISTED = 200


@dataclass(frozen=True)
class BenchStep:
    text: str
    value: str
    unit: str


@dataclass(frozen=True)
class BenchLine:
    """What a formula gives for premises: an amount with its explanation, or a problem in words."""

    premises_id: int
    code: str
    amount: Decimal | None
    problem: str
    explanation: Explanation | None = None
    steps: list[BenchStep] = field(default_factory=list)
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """A mass check: how many premises, how many of them fail, what all would pay, and the failing ones."""

    count: int
    failed: int
    total: Decimal
    failing: list[BenchLine]


def problem_text(problem: str, detail: str) -> str:
    """A problem in words: what is missing and where the formula asks for it."""
    if not problem:
        return ""
    label = str(dict(DraftLine.Problem.choices).get(problem, problem))
    name, _colon, place = detail.partition(":") if ":" in detail or not detail.isdigit() else ("", "", detail)
    known = known_facts().get(name)
    what = str(known.label) if known else name
    where = _("at sign %(place)d") % {"place": int(place) + 1} if place.isdigit() and place != "0" else ""
    return " · ".join(part for part in (label, what, where) if part)


def checked_formula(component: Component, text: str) -> Priced:
    """The formula as it would be used by the component; `error` says what is wrong with it."""
    with connection.cursor() as cursor:
        values = {"entity": component.entity_id}
        return priced_components(cursor, values, only=[component.pk], instead={component.pk: text})[0]


def try_formula(component: Component, text: str, premises_id: int, on: dt.date) -> BenchLine | None:
    """Work a formula out for premises with the state of a day. Raises FormulaError; None: no premises of the entity."""
    wanted = _usable(component, text)
    with connection.cursor() as cursor:
        price_bench(cursor, component.entity_id, on, wanted, [premises_id])
        cursor.execute(RESULTS, {"failing": False, "limit": 1})
        row = cursor.fetchone()
    return _line(row, wanted.formula, component.entity.currency) if row else None


def check_everywhere(component: Component, text: str, on: dt.date) -> Checked:
    """Work a formula out for all premises of the entity that the reader may see. Raises FormulaError."""
    wanted = _usable(component, text)
    with connection.cursor() as cursor:
        price_bench(cursor, component.entity_id, on, wanted, None)
        cursor.execute(COUNTS)
        count, failed, total = cursor.fetchone()
        cursor.execute(RESULTS, {"failing": True, "limit": LISTED})
        return Checked(count, failed, total, [_line(row, None) for row in cursor.fetchall()])


def _usable(component: Component, text: str) -> Priced:
    wanted = checked_formula(component, text)
    if wanted.error is not None:
        raise wanted.error
    return wanted


def _line(row: Any, formula: Formula | None, currency: str = "") -> BenchLine:
    premises_id, code, _net, _tax, amount, problem, detail, parts = row
    parts = json_value(parts)
    if problem or formula is None:
        return BenchLine(premises_id, code, amount, problem_text(problem, detail), parts=parts)
    one = explain(parts)
    steps = [
        BenchStep(each.text, each.value, _unit(formula, each.node, currency)) for each in told(one.segments[0].outcome)
    ]
    return BenchLine(premises_id, code, amount, "", one, steps, parts)


def _unit(formula: Formula, node: Any, currency: str) -> str:
    """The unit of a part as people write it, the currency by its code."""
    kind = formula.kinds.get(node)
    names = str(kind.unit).split("/") if kind and kind.unit else []
    return " / ".join(currency if name == CURRENCY else unit_text(name) for name in names)


def json_value(value: Any) -> dict[str, Any]:
    """A jsonb column read through a bare cursor."""
    return dict(json.loads(value) if isinstance(value, str) else value)


__all__ = ["BenchLine", "Checked", "FormulaError", "check_everywhere", "checked_formula", "problem_text", "try_formula"]
