"""What-if: a month priced with other prices or other facts of premises; nothing is stored.

The month is priced as the run does it, once as things are and once over temporary tables that stand before the real
ones (PostgreSQL looks for a name among the temporary tables first); a savepoint is rolled back afterwards.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import get_language

from lokum.core.base import clock
from lokum.core.base.context import announce, system_actor
from lokum.money.charges.computing import price_month
from lokum.money.charges.models import Tariff, name_field
from lokum.money.ledger.models import Account
from lokum.property.estates.models import FACT_UNITS, FactKind, PremisesFact

SHOWN = 50
# Prices meant for many premises; those of single premises and persons stay as they are.
WIDE = (Tariff.Level.GLOBAL, Tariff.Level.ENTITY, Tariff.Level.BUILDING, Tariff.Level.GROUP)
# What a resident may declare otherwise.
DECLARED = (
    FactKind.PERSONS, FactKind.COLD_WATER_FORECAST, FactKind.HOT_WATER_FORECAST, FactKind.HEAT_FORECAST,
)  # fmt: skip
MOST = Decimal(9999)

OTHER_TARIFFS = """
CREATE TEMP TABLE charges_tariff AS SELECT t.* FROM charges_tariff t
JOIN charges_component c ON c.id = t.component_id WHERE c.entity_id = %(entity)s
"""
OTHER_PRICES = """
UPDATE charges_tariff t SET price = o.price
FROM unnest(%(ids)s::bigint[], %(prices)s::numeric[]) o(id, price) WHERE o.id = t.id
"""
# Facts of the premises, and the usable areas that sums over buildings and estates are made of.
OTHER_FACTS = """
CREATE TEMP TABLE estates_premisesfact AS
SELECT f.* FROM estates_premisesfact f WHERE f.premises_id = %(premises)s OR f.kind = 'usable_area'
"""
NO_FACTS = "DELETE FROM estates_premisesfact WHERE premises_id = %(premises)s AND kind = ANY (%(kinds)s)"
NEW_FACTS = """
INSERT INTO estates_premisesfact (id, premises_id, kind, value, valid, recorded, source)
SELECT -row_number() OVER (), %(premises)s, o.kind, o.value, daterange(NULL, NULL), tstzrange(NULL, NULL), ''
FROM unnest(%(kinds)s::text[], %(values)s::numeric[]) o(kind, value)
"""

KEEP = "CREATE TEMP TABLE charge_now AS SELECT * FROM charge_priced"
PAIRS = """
CREATE TEMP TABLE charge_pair AS
SELECT coalesce(n.account_id, t.account_id) AS account_id, coalesce(n.component_id, t.component_id) AS component_id,
       n.amount AS now, t.amount AS after,
       coalesce(nullif(t.problem, ''), nullif(n.problem, ''), '') AS problem
FROM charge_now n
FULL JOIN charge_priced t ON t.agreement_id = n.agreement_id AND t.premises_id = n.premises_id
  AND t.component_id = n.component_id
"""
BY_COMPONENT = """
SELECT coalesce(nullif(to_jsonb(c) ->> %(name_field)s, ''), c.name), count(*), coalesce(sum(p.now), 0),
       coalesce(sum(p.after), 0)
FROM charge_pair p JOIN charges_component c ON c.id = p.component_id
WHERE p.problem = '' GROUP BY c.id ORDER BY c.position, c.code
"""
BY_PAYER = """
SELECT p.account_id, lokum_listed(y.first_name, y.last_name), coalesce(m.code, ''), p.now, p.after
FROM (SELECT account_id, coalesce(sum(now), 0) AS now, coalesce(sum(after), 0) AS after
      FROM charge_pair WHERE problem = '' GROUP BY account_id) p
JOIN ledger_account a ON a.id = p.account_id
JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises m ON m.id = g.premises_id
WHERE p.now <> p.after ORDER BY abs(p.after - p.now) DESC, m.code, p.account_id LIMIT %(limit)s
"""
COUNTS = """
SELECT count(*), count(*) FILTER (WHERE now <> after) FROM (
  SELECT coalesce(sum(now), 0) AS now, coalesce(sum(after), 0) AS after FROM charge_pair WHERE problem = ''
  GROUP BY account_id) payers
"""


@dataclass(frozen=True)
class Row:
    """Now and then of a component (name, lines) or a payer (name, premises)."""

    name: str
    now: Decimal
    after: Decimal
    count: int = 0
    premises: str = ""
    account_id: int | None = None

    @property
    def difference(self) -> Decimal:
        return self.after - self.now


@dataclass(frozen=True)
class Simulation:
    """problem_count: lines that cannot be computed; they count in neither total."""

    components: list[Row]
    payers: list[Row]
    payer_count: int
    changed_count: int
    problem_count: int

    @property
    def now(self) -> Decimal:
        return sum((row.now for row in self.components), Decimal(0))

    @property
    def after(self) -> Decimal:
        return sum((row.after for row in self.components), Decimal(0))

    @property
    def difference(self) -> Decimal:
        return self.after - self.now


@contextmanager
def nothing_kept() -> Iterator[Any]:
    """A cursor whose work is undone at the end, whatever happens."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            transaction.savepoint_rollback(point)


def wide_prices(entity_id: int, month: dt.date) -> QuerySet[Tariff]:
    """The prices for many premises that count in a month, in the order of the notice."""
    rows = Tariff.objects.filter(
        component__entity_id=entity_id, component__valid__contains=month, state=Tariff.State.APPROVED,
        level__in=WIDE, valid__overlap=(month, clock.add_months(month, 1)),
    )  # fmt: skip
    rows = rows.select_related("component", "building", "group")
    return rows.order_by("component__position", "component__code", "level", "target_key", "title_kind", "valid")


def simulate_prices(entity_id: int, month: dt.date, prices: Mapping[int, Decimal]) -> Simulation:
    """What a month comes to with other prices (tariff id -> price) beside what it comes to now.

    Without one-off charges and reductions: those do not hang on prices alone.
    """
    with nothing_kept() as cursor:
        price_month(cursor, entity_id, month)
        cursor.execute(KEEP)
        cursor.execute(OTHER_TARIFFS, {"entity": entity_id})
        cursor.execute(OTHER_PRICES, {"ids": list(prices), "prices": list(prices.values())})
        cursor.execute("ANALYZE charges_tariff")
        price_month(cursor, entity_id, month)
        return _compared(cursor)


def _compared(cursor: Any, limit: int = SHOWN) -> Simulation:
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    cursor.execute(PAIRS)
    cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    cursor.execute("ANALYZE charge_pair")
    cursor.execute(BY_COMPONENT, {"name_field": name_field(get_language())})
    components = [Row(name, now, after, count) for name, count, now, after in cursor.fetchall()]
    cursor.execute(BY_PAYER, {"limit": limit})
    payers = [
        Row(name, now, after, premises=premises, account_id=account)
        for account, name, premises, now, after in cursor.fetchall()
    ]
    cursor.execute(COUNTS)
    payer_count, changed = cursor.fetchone()
    cursor.execute("SELECT count(*) FROM charge_pair WHERE problem <> ''")
    return Simulation(components, payers, payer_count, changed, cursor.fetchone()[0])


@dataclass(frozen=True)
class Declarable:
    """A fact a resident may try otherwise: its present value (None: none is known)."""

    kind: str
    value: Decimal | None

    @property
    def label(self) -> str:
        return str(FactKind(self.kind).label)

    @property
    def unit(self) -> str:
        return FACT_UNITS[self.kind]


def declarable_facts(premises_id: int, month: dt.date) -> list[Declarable]:
    """The facts with a value in the month, and the number of persons in any case."""
    rows = PremisesFact.objects.filter(
        premises_id=premises_id, kind__in=DECLARED, valid__contains=month, recorded__endswith__isnull=True
    )
    known = dict(rows.values_list("kind", "value"))
    return [Declarable(kind, known.get(kind)) for kind in DECLARED if kind in known or kind == FactKind.PERSONS]


def simulate_facts(account: Account, month: dt.date, facts: Mapping[str, Decimal]) -> Simulation:
    """What the account of a payer is charged in a month with other facts of its premises (kind -> value).

    Sums over a building are made of the areas of others; therefore the system reads, and only amounts of this
    account are given back.
    """
    premises_id = account.agreement.premises_id
    values = {
        "premises": premises_id, "kinds": [str(kind) for kind in facts], "values": list(facts.values()),
        "account": account.pk,
    }  # fmt: skip
    chosen: Collection[int] = [] if premises_id is None else [premises_id]
    with nothing_kept() as cursor:
        announce(system_actor("calculator"))
        price_month(cursor, account.entity_id, month, chosen)
        cursor.execute(KEEP)
        cursor.execute(OTHER_FACTS, values)
        cursor.execute(NO_FACTS, values)
        cursor.execute(NEW_FACTS, values)
        price_month(cursor, account.entity_id, month, chosen)
        cursor.execute("DELETE FROM charge_now WHERE account_id IS DISTINCT FROM %(account)s", values)
        cursor.execute("DELETE FROM charge_priced WHERE account_id IS DISTINCT FROM %(account)s", values)
        return _compared(cursor)
