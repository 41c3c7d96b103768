"""What-if: a month priced with other prices or other facts of premises; nothing is stored.

The month is drafted as the run does it (components, shares of payers, charge sources), once as things are and once
over temporary tables that stand before the real ones (PostgreSQL looks for a name among the temporary tables first); a
savepoint is rolled back afterwards.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import announce, system_actor
from lokum.money.charges.computing import draft_sql, price_month
from lokum.money.charges.models import Tariff, name_field
from lokum.money.charges.parts import UNITS
from lokum.money.charges.seams import charge_sources
from lokum.money.charges.sources import insert_due_sql
from lokum.money.charges.splitting import split_priced
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

# The draft of the month as its run makes it, in a table of ours: components, shares of payers, and what sources bring.
OWN_DRAFT = "CREATE TEMP TABLE charges_draftline (LIKE charges_draftline INCLUDING DEFAULTS INCLUDING IDENTITY)"
CHARGED = """
SELECT EXISTS (SELECT FROM charges_chargerun
               WHERE entity_id = %(entity)s AND period = %(day)s AND kind = 'month' AND state = 'posted')
"""
# A month that was charged is priced as if it had not been: its own notices, and credits of it, are not there.
UNCHARGED = (
    """
    CREATE TEMP VIEW charges_chargeline AS SELECT l.* FROM charges_chargeline l
    WHERE NOT EXISTS (
      SELECT FROM charges_notice n JOIN charges_chargerun r ON r.id = n.run_id
      WHERE n.entry_id = l.notice_id AND r.entity_id = %(entity)s AND r.period = %(day)s AND r.kind = 'month')
    AND NOT (l.reason LIKE 'src:reduction:%%'
             AND split_part(split_part(l.reason, ':', 4), '/', 1) = to_char(%(day)s::date, 'YYYY-MM'))
    """,
    """
    CREATE TEMP VIEW charges_notice AS SELECT n.* FROM charges_notice n
    WHERE NOT EXISTS (
      SELECT FROM charges_chargerun r
      WHERE r.id = n.run_id AND r.entity_id = %(entity)s AND r.period = %(day)s AND r.kind = 'month')
    """,
)
OF_ACCOUNT = """
SELECT o.* FROM ({sql}) o WHERE (o.account_id = %(account)s OR o.account_id IS NULL) AND o.agreement_id = %(agreement)s
"""
KEEP = """
CREATE TEMP TABLE {table} AS
SELECT agreement_id, account_id, component_id, reason, amount, problem,
       CASE WHEN reason LIKE 'src:%%' THEN split_part(reason, ':', 2) ELSE '' END AS source
FROM charges_draftline WHERE (%(account)s::bigint IS NULL OR account_id = %(account)s)
"""
PAIRS = """
CREATE TEMP TABLE charge_pair AS
SELECT coalesce(n.account_id, t.account_id) AS account_id, coalesce(n.component_id, t.component_id) AS component_id,
       coalesce(n.source, t.source) AS source, n.amount AS now, t.amount AS after,
       coalesce(nullif(t.problem, ''), nullif(n.problem, ''), '') AS problem
FROM charge_now n
FULL JOIN charge_then t ON t.agreement_id = n.agreement_id AND t.component_id = n.component_id AND t.reason = n.reason
"""
# Components by themselves; what a source brings in one row.
BY_COMPONENT = """
SELECT p.source, min(coalesce(nullif(to_jsonb(c) ->> %(name_field)s, ''), c.name)), count(*), coalesce(sum(p.now), 0),
       coalesce(sum(p.after), 0), p.source = '' AND NOT bool_and(c.in_portal OR NOT %(portal)s)
FROM charge_pair p JOIN charges_component c ON c.id = p.component_id
WHERE p.problem = ''
GROUP BY p.source, CASE WHEN p.source = '' AND (c.in_portal OR NOT %(portal)s) THEN c.id END
ORDER BY p.source, min(c.position), min(c.code)
"""
BY_PAYER = """
SELECT p.account_id, lokum_listed(y.first_name, y.last_name), coalesce(m.code, ''), p.now, p.after, p.parts
FROM (SELECT account_id, sum(now) AS now, sum(after) AS after, jsonb_object_agg(source, after::text) AS parts
      FROM (SELECT account_id, source, coalesce(sum(now), 0) AS now, coalesce(sum(after), 0) AS after
            FROM charge_pair WHERE problem = '' GROUP BY account_id, source) s GROUP BY account_id) p
JOIN ledger_account a ON a.id = p.account_id
JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises m ON m.id = g.premises_id
WHERE %(everybody)s OR p.now <> p.after ORDER BY abs(p.after - p.now) DESC, m.code, p.account_id LIMIT %(limit)s
"""
COUNTS = """
SELECT count(*), count(*) FILTER (WHERE now <> after) FROM (
  SELECT coalesce(sum(now), 0) AS now, coalesce(sum(after), 0) AS after FROM charge_pair WHERE problem = ''
  GROUP BY account_id) payers
"""


@dataclass(frozen=True)
class Row:
    """Now and then of a component (name, lines), of a charge source (its name as `source`) or of a payer.

    parts: of a payer, one amount with the new prices for each of `Simulation.columns`.
    """

    name: str
    now: Decimal
    after: Decimal
    count: int = 0
    premises: str = ""
    account_id: int | None = None
    source: str = ""
    parts: Sequence[Decimal] = ()

    @property
    def difference(self) -> Decimal:
        return self.after - self.now


@dataclass(frozen=True)
class Simulation:
    """problem_count: lines that cannot be computed; they count in neither total.

    columns: what a payer's amount is made of: the charges by price, then each source that brings something.
    """

    components: list[Row]
    payers: list[Row]
    payer_count: int
    changed_count: int
    problem_count: int
    columns: list[str]

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


def simulate_prices(
    entity_id: int, month: dt.date, prices: Mapping[int, Decimal], *, everybody: bool = False
) -> Simulation:
    """What a month comes to with other prices (tariff id -> price) beside what it comes to now.

    Both are the draft that the month run would make, with one-off charges, reductions and all else that is due;
    a month that was charged already is taken as if it had not been. everybody: all payers, not only the largest
    changes.
    """
    with nothing_kept() as cursor:
        draft = _Draft(cursor, entity_id, month)
        draft.make("charge_now")
        cursor.execute(OTHER_TARIFFS, {"entity": entity_id})
        cursor.execute(OTHER_PRICES, {"ids": list(prices), "prices": list(prices.values())})
        cursor.execute("ANALYZE charges_tariff")
        draft.make("charge_then")
        return _compared(cursor, everybody=everybody)


class _Draft:
    """The draft of a month in a table of ours; account: of this payer alone."""

    def __init__(self, cursor: Any, entity_id: int, month: dt.date, account: Account | None = None) -> None:
        self.cursor = cursor
        self.values: dict[str, Any] = {
            "entity": entity_id, "day": month, "run": 0, "units": json.dumps(UNITS),
            "account": account and account.pk, "agreement": account and account.agreement_id,
        }  # fmt: skip
        self.premises: Collection[int] | None = None
        self.sources = charge_sources()
        if account is not None:
            self.premises = [key for key in (account.agreement.premises_id,) if key is not None]
            self.sources = [replace(one, sql=OF_ACCOUNT.format(sql=one.sql)) for one in self.sources]
        cursor.execute(OWN_DRAFT)
        cursor.execute(CHARGED, self.values)
        if cursor.fetchone()[0]:
            for view in UNCHARGED:
                cursor.execute(view, self.values)

    def make(self, table: str) -> None:
        """Draft the month with what counts now, and keep it as a table of this name."""
        self.cursor.execute("TRUNCATE charges_draftline")
        price_month(self.cursor, self.values["entity"], self.values["day"], self.premises)
        split_priced(self.cursor, self.values)
        self.cursor.execute(draft_sql(repeated=False), self.values)
        self.cursor.execute(insert_due_sql(self.sources), self.values)
        self.cursor.execute(KEEP.format(table=table), self.values)


def _compared(cursor: Any, *, everybody: bool = False, portal: bool = False) -> Simulation:
    """portal: what is not shown there stands in one row."""
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    cursor.execute(PAIRS)
    cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    cursor.execute("ANALYZE charge_pair")
    cursor.execute(BY_COMPONENT, {"name_field": name_field(get_language()), "portal": portal})
    labels = {one.name: str(one.label) for one in charge_sources()}
    components = [
        Row(_("Other charges") if hidden else labels.get(source, name), now, after, count, source=source)
        for source, name, count, now, after, hidden in cursor.fetchall()
    ]
    brought = [one.source for one in components if one.source]
    cursor.execute(BY_PAYER, {"limit": None if everybody else SHOWN, "everybody": everybody})
    payers = []
    for account, name, premises, now, after, text in cursor.fetchall():
        made_of = json.loads(text)
        parts = [Decimal(made_of.get(one, 0)) for one in ("", *brought)]
        payers.append(Row(name, now, after, premises=premises, account_id=account, parts=parts))
    cursor.execute(COUNTS)
    payer_count, changed = cursor.fetchone()
    cursor.execute("SELECT count(*) FROM charge_pair WHERE problem <> ''")
    columns = [_("Charges"), *(labels[one] for one in brought)]
    return Simulation(components, payers, payer_count, changed, cursor.fetchone()[0], columns)


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
    values = {
        "premises": account.agreement.premises_id, "kinds": [str(kind) for kind in facts],
        "values": list(facts.values()),
    }  # fmt: skip
    with nothing_kept() as cursor:
        announce(system_actor("calculator"))
        draft = _Draft(cursor, account.entity_id, month, account)
        draft.make("charge_now")
        cursor.execute(OTHER_FACTS, values)
        cursor.execute(NO_FACTS, values)
        cursor.execute(NEW_FACTS, values)
        draft.make("charge_then")
        return _compared(cursor, portal=True)
