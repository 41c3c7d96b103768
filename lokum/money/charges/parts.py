"""Pricing of lines with a formula or with parts of a month: which formulas there are, and the statements in order."""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lokum.money.charges import segments
from lokum.money.charges.formulas.checking import Formula, Vocabulary, check
from lokum.money.charges.formulas.errors import FormulaError
from lokum.money.charges.formulas.facts import BOOLEAN, OF_PAYER, SHARE_PARTS, TEXT, FactSource, known_facts
from lokum.money.charges.formulas.to_sql import Columns, problem_sql, value_sql
from lokum.money.charges.formulas.units import MONEY, unit_of
from lokum.money.charges.winning import winning_sql
from lokum.property.estates.models import FACT_UNITS

UNITS = {**FACT_UNITS, "unit": "unit", "share": "", "amount": ""}
TEMPORARY = (
    "charge_span",
    "charge_use",
    "charge_fact",
    "charge_segment",
    "charge_asked",
    "charge_price",
    "charge_value",
)

COMPONENTS = """
SELECT id, code, basis, formula, formula <> '' OR proration <> 'next_month' OR billing_start <> 'handover'
FROM charges_component WHERE entity_id = %(entity)s
"""


@dataclass(frozen=True)
class Priced:
    """A component and what it is priced by. error: why its formula cannot be used."""

    component_id: int
    basis: str
    text: str
    written: bool
    formula: Formula | None
    error: FormulaError | None = None


def text_of(basis: str) -> str:
    """The formula that stands for price x basis."""
    if basis == "share":
        return "rate * {} / {}".format(*SHARE_PARTS)
    return "rate" if basis in ("unit", "amount") else f"rate * {basis}"


def vocabulary(bases: Mapping[str, str], own: str) -> Vocabulary:
    """bases: code -> basis of the components of the entity; own: basis of the formula's own component."""

    def rate(basis: str) -> Any:
        return MONEY.per(unit_of(FACT_UNITS.get(basis, "")))

    return Vocabulary(known_facts(), {code: rate(basis) for code, basis in bases.items()}, rate(own))


def priced_components(
    cursor: Any,
    values: Mapping[str, Any],
    only: Collection[int] | None = None,
    instead: Mapping[int, str] | None = None,
) -> list[Priced]:
    """The components that are not plainly price x basis, with their checked formulas.

    only: exactly these, plain or not; instead: other texts than the stored ones.
    """
    cursor.execute(COMPONENTS, values)
    rows = cursor.fetchall()
    bases = {code: basis for _pk, code, basis, _formula, _special in rows}
    found = []
    for pk, _code, basis, stored, special in rows:
        if (pk not in only) if only is not None else not special:
            continue
        written = (instead or {}).get(pk, stored)
        text = written or text_of(basis)
        try:
            found.append(Priced(pk, basis, text, bool(written), check(text, vocabulary(bases, basis))))
        except FormulaError as error:
            found.append(Priced(pk, basis, text, bool(written), None, error))
    return found


def price_parts(cursor: Any, values: dict[str, Any]) -> None:
    """Add the lines of such components to `charge_priced`."""
    wanted = priced_components(cursor, values)
    if wanted:
        _price(cursor, values, wanted, spans=segments.SPANS, pieces=segments.SEGMENTS)


def price_bench(cursor: Any, entity_id: int, on: dt.date, wanted: Priced, premises_ids: Collection[int] | None) -> None:
    """Price one component for chosen premises (None: all) with the state of a day, into an empty `charge_priced`."""
    chosen = None if premises_ids is None else sorted(premises_ids)
    values = {"entity": entity_id, "day": on.replace(day=1), "on": on, "premises": chosen}
    cursor.execute("DROP TABLE IF EXISTS pg_temp.charge_priced")
    cursor.execute(EMPTY)
    _price(cursor, values, [wanted], spans=None, pieces=segments.BENCH_SEGMENTS)


EMPTY = """
CREATE TEMP TABLE charge_priced (agreement_id bigint, account_id bigint, component_id bigint, premises_id bigint,
  tariff_id bigint, quantity numeric, price numeric, net numeric, tax numeric, amount numeric, fact_key bigint,
  share_key bigint, problem text, detail text, parts jsonb) ON COMMIT DROP
"""


def _price(cursor: Any, values: dict[str, Any], wanted: list[Priced], *, spans: str | None, pieces: str) -> None:
    values = values | _uses(wanted) | {
        "components": [one.component_id for one in wanted],
        "written": [one.component_id for one in wanted if one.written],
        "texts": json.dumps({one.component_id: one.text for one in wanted}),
        "units": json.dumps(UNITS),
    }  # fmt: skip
    cursor.execute("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{name}" for name in TEMPORARY))
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    cursor.execute(segments.USES, values)
    cursor.execute(segments.FACTS)
    if spans:
        cursor.execute(spans, values)
        _collect(cursor, values, wanted, "charge_span")
        cursor.execute(pieces, values)
    else:
        cursor.execute(pieces, values)
        _collect(cursor, values, wanted, "charge_segment")
    cursor.execute("ANALYZE charge_segment")
    cursor.execute(segments.RATE_BASE)
    cursor.execute("ANALYZE charge_asked")
    winning = winning_sql("charge_asked", dated=True)
    cursor.execute(segments.RATES.format(winning=winning), values)
    cursor.execute("ANALYZE charge_price (component_id, premises_id, party_id, title_kind, member, day)")
    cursor.execute("ANALYZE charge_fact")
    cursor.execute(segments.VALUES)
    cursor.execute("SELECT code, rate_id FROM charge_use WHERE rate_id IS NOT NULL AND code <> ''")
    rate_ids = dict(cursor.fetchall())
    for one in wanted:
        text, filling = _value_statement(one, rate_ids)
        cursor.execute(text, values | filling)
    cursor.execute("ANALYZE charge_value (agreement_id, premises_id, component_id, place)")
    cursor.execute(segments.LINES, values)
    cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")


def _uses(wanted: list[Priced]) -> dict[str, list[Any]]:
    """Every (component, fact) and (component, code of a price); "" is the component's own price, always read."""
    rows = []
    for one in wanted:
        facts = one.formula.facts if one.formula else []
        rows += [(one.component_id, name, "") for name in facts]
        codes = one.formula.rates if one.formula else []
        rows += [(one.component_id, "", code) for code in dict.fromkeys(["", *codes])]
    columns = zip(*rows, strict=True)
    return dict(zip(("use_of", "use_facts", "use_codes"), map(list, columns), strict=True))


def _collect(cursor: Any, values: dict[str, Any], wanted: list[Priced], of: str) -> None:
    known = known_facts()
    names = dict.fromkeys(name for one in wanted if one.formula for name in one.formula.facts)
    for name in names:
        if name in OF_PAYER:
            continue
        fact = known[name]
        word, value = ("f.value", "NULL") if fact.unit == TEXT else ("NULL", "f.value")
        text = segments.FACT.format(relation=fact.relation_sql, value=value, word=word, of=of)
        cursor.execute(text, values | {"fact_name": name})


def _value_statement(one: Priced, rate_ids: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
    """The INSERT that works out a component, and what its placeholders stand for."""
    filling: dict[str, Any] = {"component": one.component_id}
    if one.formula is None:
        position = one.error.position if one.error else 0
        return segments.VALUE.format(
            value="NULL::numeric", problem=f"'formula::{position}'", quantity="NULL", inputs="", rates="", joins=""
        ), filling
    joins, inputs, rates = [], [], []
    facts: dict[str, str] = {}
    known = known_facts()
    for number, name in enumerate(one.formula.facts):
        if name in OF_PAYER:
            facts[name] = f"s.{name}::text" if known[name].unit == TEXT else f"s.{name}"
            inputs.append(_payer_input(name))
            continue
        joins.append(segments.FACT_JOIN.format(number=number))
        filling[f"name{number}"] = name
        facts[name] = _read(number, known[name])
        inputs.append(_input(number, known[name]))
    prices, own = {"": "own.price"}, {"": "own.own"}
    rates.append("own.own_part")
    for number, code in enumerate(code for code in one.formula.rates if code):
        joins.append(segments.RATE_JOIN.format(number=number))
        filling |= {f"rate{number}": rate_ids[code], f"code{number}": code}
        prices[code], own[code] = f"r{number}.price", f"r{number}.own"
        rates.append(
            f"CASE WHEN r{number}.price IS NOT NULL THEN r{number}.part || "
            f"jsonb_build_object('code', %(code{number})s::text, 'own', r{number}.own) END"
        )
    columns = Columns(facts, prices, own)
    text = segments.VALUE.format(
        value=value_sql(one.formula.tree, columns),
        problem=problem_sql(one.formula.tree, columns) or "''",
        quantity="NULL" if one.written else _quantity(one.basis, facts),
        inputs=", ".join(inputs),
        rates=", ".join(rates),
        joins="".join(joins),
    )
    return text, filling


def _read(number: int, fact: FactSource) -> str:
    if fact.unit == TEXT:
        return f"f{number}.word"
    return f"(f{number}.value <> 0)" if fact.unit == BOOLEAN else f"f{number}.value"


def _input(number: int, fact: FactSource) -> str:
    value = f"f{number}.word" if fact.unit == TEXT else f"f{number}.value::text"
    unit = fact.unit.replace("'", "")
    return (
        f"CASE WHEN f{number}.name IS NOT NULL THEN jsonb_build_object('name', f{number}.name, 'value', {value}, "
        f"'unit', '{unit}', 'valid_from', lower(f{number}.valid), 'source', coalesce(f{number}.source, ''), "
        f"'fact_id', f{number}.fact_id) END"
    )


def _payer_input(name: str) -> str:
    value, unit = ("s.title_kind", TEXT) if name == "title_kind" else ("s.member::int::text", BOOLEAN)
    return (
        f"jsonb_build_object('name', '{name}', 'value', {value}, 'unit', '{unit}', 'valid_from', NULL, "
        "'source', '', 'fact_id', NULL)"
    )


def _quantity(basis: str, facts: Mapping[str, str]) -> str:
    if basis in ("unit", "amount"):
        return "1::numeric"
    if basis == "share":
        return "charges_divide({}, {})".format(*(facts[part] for part in SHARE_PARTS))
    return facts[basis]
