"""What layers above tell the ledger: what an entry comes from, which chart of accounts and which days off a country
has, where a payer pays to, what interest falls on a debt.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from lokum.core.base.context import Actor
from lokum.core.desk.addresses import url_of


@dataclass(frozen=True)
class Source:
    """Where an entry comes from, one step down: title, facts to show, a record to open, and further sources."""

    title: str
    record: Any = None  # a model instance with a desk page, shown only to those who may see it
    facts: Sequence[tuple[str, Any]] = ()
    url: str = ""
    below: Sequence["Source"] = field(default_factory=tuple)

    @property
    def link(self) -> str:
        """Where the source is opened: its own address, or the page of its record."""
        return self.url or url_of(self.record)


_sources: dict[str, Callable[[int], Source | None]] = {}


def register_source(source_kind: str, resolver: Callable[[int], Source | None]) -> None:
    """`resolver(source_id)` explains entries whose `source_kind` it is ("notice", "payment", ...)."""
    _sources[source_kind] = resolver


def source_of(source_kind: str, source_id: int) -> Source | None:
    """Where an entry came from; None when nobody explains its kind or the row is gone."""
    resolver = _sources.get(source_kind.split("/")[0])  # "notice/7": the part of a notice in sub-account 7
    return resolver(source_id) if resolver else None


@dataclass(frozen=True)
class ChartRow:
    """One account of a chart; `name` is in the language of the books, `names` in others ("en", "zh_hant", ...)."""

    code: str
    name: str
    kind: str  # LedgerAccount.Kind
    purpose: str = ""  # LedgerAccount.Purpose
    names: Mapping[str, str] = field(default_factory=dict)


# The smallest set that every entity needs, whatever its country.
PLAIN_CHART = (
    ChartRow("100", "Bank", "asset", "bank"),
    ChartRow("140", "Money in transit", "asset", "in_transit"),
    ChartRow("200", "Payers' receivables", "asset", "receivable"),
    ChartRow("210", "Shares claimed from third parties", "asset", "allowance"),
    ChartRow("220", "Value added tax due", "liability", "vat"),
    ChartRow("225", "Value added tax on advances", "asset", "advance_vat"),
    ChartRow("240", "Money to be cleared", "liability", "clearing"),
    ChartRow("245", "Transfers between accounts", "liability", "transit"),
    ChartRow("250", "Deposits of payers", "liability", "deposits"),
    ChartRow("700", "Income of charges", "income", "income"),
    ChartRow("750", "Late interest", "income", "interest"),
    ChartRow("760", "Written-off claims", "expense", "write_off"),
    ChartRow("765", "Rounding differences", "expense", "rounding"),
    ChartRow("800", "Opening items", "equity", "opening"),
    ChartRow("860", "Result of the year", "equity", "result"),
)
_charts: dict[tuple[str, str], Sequence[ChartRow]] = {}


def register_chart(pack: str, entity_kind: str, rows: Sequence[ChartRow]) -> None:
    """The chart of accounts of entities of this legal form ("cooperative", ...) in a country pack."""
    _charts[(pack, entity_kind)] = rows


def chart_of(pack: str, entity_kind: str) -> Sequence[ChartRow]:
    return _charts.get((pack, entity_kind), PLAIN_CHART)


_books_prepared: list[Callable[[int, Actor], None]] = []


def on_books_prepared(listener: Callable[[int, Actor], None]) -> Callable[[int, Actor], None]:
    """`listener(entity_id, actor)` runs in the transaction that makes, or completes, an entity's chart of accounts."""
    _books_prepared.append(listener)
    return listener


def books_prepared(entity_id: int, actor: Actor) -> None:
    """Tell the layers above that the chart of an entity was made or completed."""
    for listener in _books_prepared:
        listener(entity_id, actor)


_component_names: list[Callable[[Collection[int]], Mapping[int, str]]] = []


def register_component_names(reader: Callable[[Collection[int]], Mapping[int, str]]) -> None:
    """`reader(keys)` names components of ledger lines (a register above) in the reader's language."""
    _component_names.append(reader)


def component_names(keys: Collection[int]) -> dict[int, str]:
    """The names of components, by key; a key that nobody knows is left out."""
    found: dict[int, str] = {}
    for reader in _component_names:
        found |= reader(keys)
    return found


_balance_readers: dict[str, Callable[[Sequence[int]], dict[int, Any]]] = {}


def register_balance_reader(name: str, reader: Callable[[Sequence[int]], dict[int, Any]]) -> None:
    """Another place that shows balances (portal, API, statement): the proof compares it with the books.

    `reader(account_ids)` returns the balance it would show, by account.
    """
    _balance_readers[name] = reader


def balance_readers() -> dict[str, Callable[[Sequence[int]], dict[int, Any]]]:
    return dict(_balance_readers)


_movers: dict[str, Callable[[dt.date], dt.date]] = {}


def register_day_mover(pack: str, mover: Callable[[dt.date], dt.date]) -> None:
    """`mover(day)` gives the day itself, or the next day that is not off in the country of `pack`."""
    _movers[pack] = mover


def packs_with_days_off() -> list[str]:
    """Country packs that know their days off."""
    return sorted(_movers)


def moved_day(pack: str, day: dt.date) -> dt.date:
    """The day on which a term of `day` really ends by the country's rule."""
    mover = _movers.get(pack)
    return mover(day) if mover else day


# A relation (account_id, number) as SQL; the default knows no own numbers.
_payment_targets = "SELECT NULL::bigint AS account_id, NULL::text AS number WHERE false"


def register_payment_targets(sql: str) -> None:
    """`sql` selects (account_id bigint, number text): the number each payer pays to today, one row an account."""
    global _payment_targets
    _payment_targets = sql


def payment_targets_sql() -> str:
    return _payment_targets


def payment_target(account_ids: Collection[int]) -> dict[int, str]:
    """The bank account number each of these payers pays to today."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, number FROM ({_payment_targets}) t WHERE account_id = ANY(%s)",  # noqa: S608 - own SQL
            [list(account_ids)],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class SideDues:
    """What a layer above knows about interest as items of the ledger.

    sql: relation (entry_id bigint, debt_id bigint): which entry is interest on which debt;
    note_reached(entity_id, actor): books the interest of the debts that payments reach, each up to the value date of
    its payment, before they are covered. They lie in the temp table `allocation_reach` (account_id, credit_id,
    credit_amount, value_on, booked_on, debt_id, place, open_amount): the debts of an account in the order in which
    they will be covered, with what is open of each and of interest on it. Returns how many notes were made.
    """

    sql: str
    note_reached: Callable[[int, Actor], int]


# Until a layer registers itself there is no interest.
_side_dues = SideDues(
    "SELECT NULL::bigint AS entry_id, NULL::bigint AS debt_id WHERE false", lambda entity_id, actor: 0
)


def register_side_dues(side_dues: SideDues) -> None:
    global _side_dues
    _side_dues = side_dues


def side_dues() -> SideDues:
    return _side_dues


@dataclass(frozen=True)
class Claimant:
    """Something beside the debts of an account that money of its payer is meant for (deposits that were called).

    accounts(entity_id, account_ids): accounts on which it would take money now, of those named (None: of all), cheap
    where there are none; claim(entity_id, account_ids, actor): takes it. The accounts are locked by the allocation,
    which calls this before money is used for debts.
    """

    accounts: Callable[[int, Sequence[int] | None], Sequence[int]]
    claim: Callable[[int, Sequence[int], Actor], None]


_claimants: dict[str, Claimant] = {}


def register_claimant(code: str, claimant: Claimant) -> None:
    _claimants[code] = claimant


def claimants() -> list[Claimant]:
    return list(_claimants.values())


@dataclass(frozen=True)
class ReversalWatch:
    """Who must know that posted entries are reversed, by whatever road.

    before(entry_ids, reason, booked_on, actor): may reverse what hangs on them first, or refuse (Refusal);
    after(batch_id, actor): the mirrors are posted in this batch. The accounts are locked.
    """

    before: Callable[[Sequence[int], str, dt.date, Actor], None]
    after: Callable[[int, Actor], None]


_watches: dict[str, ReversalWatch] = {}


def register_reversal_watch(code: str, watch: ReversalWatch) -> None:
    _watches[code] = watch


def reversal_watches() -> list[ReversalWatch]:
    return list(_watches.values())


_reopened: list[Callable[[int, dt.date, Actor], None]] = []


def on_period_reopened(listener: Callable[[int, dt.date, Actor], None]) -> Callable[[int, dt.date, Actor], None]:
    """`listener(entity_id, month, actor)` runs in the transaction that opens a closed month again."""
    _reopened.append(listener)
    return listener


def period_reopened(entity_id: int, month: dt.date, actor: Actor) -> None:
    """Tell the layers above that a closed month (its first day) is open again."""
    for listener in _reopened:
        listener(entity_id, month, actor)


@dataclass(frozen=True)
class OpenPoint:
    """Something that is not done in a month that shall be closed. `blocking`: it cannot be closed with it.

    text: best one of `worded`, so that each reader gets it in the own language.
    """

    text: str
    blocking: bool = False
    url: str = ""


_closing_checks: list[Callable[[int, dt.date], Sequence[OpenPoint]]] = []


def register_closing_check(check: Callable[[int, dt.date], Sequence[OpenPoint]]) -> None:
    """`check(entity_id, month)` lists what is open in a month before it is closed (documents, money, charges)."""
    if check not in _closing_checks:
        _closing_checks.append(check)


def open_points(entity_id: int, month: dt.date) -> list[OpenPoint]:
    """Everything that all layers find open, what blocks first."""
    found = [point for check in _closing_checks for point in check(entity_id, month)]
    return sorted(found, key=lambda point: not point.blocking)
