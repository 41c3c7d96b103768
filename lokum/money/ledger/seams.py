"""What layers above tell the ledger: what an entry comes from, which chart of accounts a country uses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
    resolver = _sources.get(source_kind)
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
    ChartRow("200", "Payers' receivables", "asset", "receivable"),
    ChartRow("210", "Shares claimed from third parties", "asset", "allowance"),
    ChartRow("220", "Value added tax due", "liability", "vat"),
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


_balance_readers: dict[str, Callable[[Sequence[int]], dict[int, Any]]] = {}


def register_balance_reader(name: str, reader: Callable[[Sequence[int]], dict[int, Any]]) -> None:
    """Another place that shows balances (portal, API, statement): the proof compares it with the books.

    `reader(account_ids)` returns the balance it would show, by account.
    """
    _balance_readers[name] = reader


def balance_readers() -> dict[str, Callable[[Sequence[int]], dict[int, Any]]]:
    return dict(_balance_readers)
