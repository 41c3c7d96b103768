"""SQL and Python give the same value to the last digit, and the same problem: 10,000 random formulas and data."""

import random
from decimal import Decimal

import pytest
from django.db import connection

from lokum.money.charges.formulas.errors import Problem
from lokum.money.charges.formulas.evaluation import Asked, evaluate
from lokum.money.charges.formulas.parser import parse
from lokum.money.charges.formulas.to_sql import Columns, problem_sql, value_sql

SEED = 20261126
FORMULAS, ROWS, AT_ONCE = 500, 20, 50
NUMBERS = ("usable_area", "persons", "coefficient", "storey")


class Writer:
    """Writes random formulas of the right kinds, up to a depth."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def number(self, depth: int) -> str:
        if depth == 0:
            return self.chance.choice(
                (
                    *NUMBERS,
                    "rate",
                    'rate("A")',
                    "share",
                    f"{self.chance.randint(0, 9)}",
                    f"{self.chance.uniform(0, 99):.3f}",
                )
            )
        kind = self.chance.choice(("sum", "product", "quotient", "choice", "extreme", "rounded", "minus", "leaf"))
        one, two = self.number(depth - 1), self.number(depth - 1)
        if kind == "choice":
            return f"(if {self.truth(depth - 1)} then {one} else {two})"
        return {
            "sum": f"({one} {self.chance.choice('+-')} {two})",
            "product": f"{one} * {two}" if depth == 1 else f"({one}) * ({two})",
            "quotient": f"({one}) / ({two})",
            "extreme": f"{self.chance.choice(('min', 'max'))}({one}, {two})",
            "rounded": self.chance.choice(
                (f"round({one}, {self.chance.randint(0, 4)})", f"floor({one})", f"ceil({one})")
            ),
            "minus": f"-({one})",
            "leaf": self.number(0),
        }[kind]

    def truth(self, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(
                ("member", 'has_rate("A")', 'has_own_rate("A")', "has_rate()", 'premises_kind = "garage"', "true")
            )
        kind = self.chance.choice(("compared", "and", "or", "not"))
        if kind == "compared":
            sign = self.chance.choice(("<", "<=", ">", ">=", "=", "!="))
            return f"{self.number(depth - 1)} {sign} {self.number(depth - 1)}"
        if kind == "not":
            return f"not ({self.truth(depth - 1)})"
        return f"({self.truth(depth - 1)}) {kind} ({self.truth(depth - 1)})"


def data(chance: random.Random) -> dict:
    """Facts and prices, some missing, zeros among them."""

    def maybe(value: object) -> object:
        return None if chance.random() < 0.08 else value

    return {
        "usable_area": maybe(Decimal(chance.choice((0, 3715, 6400))) / 100),
        "persons": maybe(Decimal(chance.randint(0, 4))),
        "coefficient": maybe(Decimal(chance.randint(0, 20_000)) / 10_000),
        "storey": maybe(Decimal(chance.randint(-1, 9))),
        "share_numerator": maybe(Decimal(chance.randint(0, 500))),
        "share_denominator": maybe(Decimal(chance.choice((0, 7, 10_000)))),
        "member": maybe(chance.random() < 0.5),
        "premises_kind": maybe(chance.choice(("garage", "dwelling"))),
        "own": maybe(Decimal(chance.randint(0, 90_000)) / 10_000),
        "A": maybe(Decimal(chance.randint(0, 90_000)) / 10_000),
        "A_own": chance.random() < 0.5,
    }


COLUMNS = Columns(
    {name: f"d.{name}" for name in (*NUMBERS, "share_numerator", "share_denominator", "member", "premises_kind")},
    {"": "d.own", "A": 'd."A"'},
    {"": "false", "A": 'd."A_own"'},
)
TYPES = ("numeric",) * 6 + ("boolean", "text", "numeric", "numeric", "boolean")


def in_python(tree, row: dict) -> tuple[Decimal | None, str | None]:
    facts = {name: row[name] for name in COLUMNS.facts if row[name] is not None}
    rates = {}
    if row["own"] is not None:
        rates[""] = Asked(row["own"])
    if row["A"] is not None:
        rates["A"] = Asked(row["A"], row["A_own"])
    try:
        return evaluate(tree, facts, rates).value, None
    except Problem as problem:
        return None, str(problem)


@pytest.mark.req("CHG-03")
def test_ten_thousand_formulas_agree_in_sql_and_python(as_system):
    chance = random.Random(SEED)
    writer, rows = Writer(chance), [data(chance) for _one in range(ROWS)]
    names = list(rows[0])
    columns = ", ".join(
        f'(%s::{kind}[])[n] AS "{name}"' if name.startswith("A") else f"(%s::{kind}[])[n] AS {name}"
        for name, kind in zip(names, TYPES, strict=True)
    )
    values = [[row[name] for row in rows] for name in names]
    compared = problems = 0
    for _part in range(FORMULAS // AT_ONCE):
        texts = []
        while len(texts) < AT_ONCE:
            text = writer.number(chance.randint(1, 4))
            if len(text) <= 1000:
                texts.append(text)
        trees = [parse(text) for text in texts]
        parts = ", ".join(f"{value_sql(tree, COLUMNS)}, {problem_sql(tree, COLUMNS) or 'NULL'}" for tree in trees)
        with connection.cursor() as cursor:
            query = (
                f"WITH d AS (SELECT n, {columns} FROM generate_series(1, {ROWS}) n) SELECT {parts} FROM d ORDER BY n"
            )
            cursor.execute(query, values)
            answers = cursor.fetchall()
        for row, answer in zip(rows, answers, strict=True):
            for place, (text, tree) in enumerate(zip(texts, trees, strict=True)):
                value, problem = in_python(tree, row)
                found, wrong = answer[2 * place], answer[2 * place + 1]
                assert (found, wrong if found is None else None) == (value, problem), (text, row)
                compared, problems = compared + 1, problems + (problem is not None)
    assert compared == FORMULAS * ROWS and 500 < problems < compared / 2
