"""A list: what the address asks for, as rows, counts, totals and words. Pages, sheets and the API read it here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Index, QuerySet, Sum, UniqueConstraint
from django.http import QueryDict
from django.utils.translation import gettext as _

from lokum.core.desk.columns import Column, chosen_columns, column, many_paths, needed_relations
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.filters import Chip, apply_filters, apply_search, hidden_fields
from lokum.core.desk.hits import Hits, is_long
from lokum.core.desk.keyset import Key, Page, keys_of, page_of
from lokum.core.desk.records import rows_of

PAGE_SIZE = 50
COUNT_CAP = 10_000
RESERVED = {"q", "sort", "columns", "page", "view", "totals", "format", "limit", "scope"}


@dataclass(frozen=True)
class Count:
    """How many rows: exact up to the cap, beyond it an estimate or only "more than"."""

    number: int
    exact: bool


@dataclass
class Listing:
    """One register as one user asks for it."""

    desk: ModelDesk
    user: Any
    params: Mapping[str, Sequence[str]]
    queryset: QuerySet[Any]
    columns: list[Column]
    keys: list[Key]
    sort: str
    search: str
    chips: list[Chip] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)

    def sorts(self, count: Count) -> list[Column]:
        """Columns the list can be sorted by: all of a short list, of a long one those an index serves."""
        found = [one for one in self.columns if one.sortable]
        if count.exact or not is_long(self.desk.model):
            return found
        return [one for one in found if _serves(self.desk, one.path)]

    def shown(self, queryset: QuerySet[Any], *, keys: bool = False) -> QuerySet[Any]:
        """`queryset` with everything its columns need, so that rows cause no further SQL."""
        related = needed_relations(self.desk, self.columns, keys=keys)
        for key in self.keys:
            if "__" in key.path:
                related.append(key.path.rsplit("__", 1)[0])
        if related:
            queryset = queryset.select_related(*dict.fromkeys(related))
        many = many_paths(self.columns)
        return queryset.prefetch_related(*many) if many else queryset

    def page(self, cursor: str, size: int = PAGE_SIZE) -> Page:
        return page_of(self.shown(self.queryset), self.keys, cursor, size)

    def ordered(self, *, keys: bool = False) -> QuerySet[Any]:
        """All rows in the order of the list (sheets)."""
        return self.shown(self.queryset, keys=keys).order_by(*(key.order(backwards=False) for key in self.keys))

    def count(self) -> Count:
        """At most COUNT_CAP rows are counted; the table's own estimate serves for an unfiltered list beyond."""
        number = self.queryset.order_by()[: COUNT_CAP + 1].count()
        if number <= COUNT_CAP:
            return Count(number, True)
        if not self.chips and not self.search:
            with connection.cursor() as cursor:
                table = self.desk.model._meta.db_table
                cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
                estimate = int(cursor.fetchone()[0])
            if estimate > COUNT_CAP and not str(self.queryset.query).count(" WHERE "):
                return Count(estimate, False)
        return Count(COUNT_CAP, False)

    def count_of(self, page: Page) -> Count:
        """The same for a page that was read: the only page is counted already."""
        return self.count() if page.next or page.previous else Count(len(page.rows), True)

    def totals(self) -> list[dict[str, Any]]:
        """Sums of the filtered rows, one line per currency where the register has one."""
        names = [each.path for each in self.columns if each.path in self.desk.totals]
        if not names:
            return []
        sums = {f"total_{index}": Sum(name) for index, name in enumerate(names)}
        base = self.queryset.order_by()
        if self.desk.currency:
            found = list(base.values(self.desk.currency).annotate(**sums).order_by(self.desk.currency))
        else:
            found = [base.aggregate(**sums)]
        return [
            {
                "currency": row.get(self.desk.currency, "") if self.desk.currency else "",
                "sums": {name: row[f"total_{i}"] or Decimal(0) for i, name in enumerate(names)},
            }
            for row in found
        ]


def params_of(query: QueryDict) -> dict[str, list[str]]:
    return {name: [str(value) for value in query.getlist(name)] for name in query}


def _sort_keys(desk: ModelDesk, sort: str, hidden: set[str]) -> tuple[list[Key], str]:
    default = list(desk.ordering or desk.model._meta.ordering or ("pk",))
    if sort:
        name = sort.lstrip("-")
        try:
            chosen = column(desk, name)
            known = name in desk.columns or name in desk.fields or name == "pk"
            if known and name not in hidden and (chosen.sortable or name == "pk"):
                return keys_of(desk.model, [sort]), sort
        except FieldDoesNotExist:
            pass
    plain = [name for name in default if isinstance(name, str)]
    return keys_of(desk.model, plain or ["pk"]), ""


def _serves(desk: ModelDesk, path: str) -> bool:
    """Whether an index of the table begins with a column, so that its order costs nothing.

    A choice has a handful of values: within each the rows would be sorted after all.
    """
    meta = desk.model._meta
    field: Any = next((one for one in meta.fields if path in (one.name, "pk" if one.primary_key else "")), None)
    if field is None or field.choices or (field.is_relation and not field.primary_key):
        return False
    leads = {index.fields[0] for index in meta.indexes if type(index) is Index and index.fields and not index.condition}
    rules = [one for one in meta.constraints if isinstance(one, UniqueConstraint) and one.fields and not one.condition]
    leads |= {one.fields[0] for one in rules}
    return bool(field.unique or field.db_index or field.name in leads) and not field.null


def _too_long(desk: ModelDesk, keys: Sequence[Key], queryset: QuerySet[Any]) -> bool:
    """Whether sorting would read a long table through: no index begins with the first key and many rows are left."""
    if _serves(desk, keys[0].path) or not is_long(desk.model):
        return False
    return queryset.order_by()[: COUNT_CAP + 1].count() > COUNT_CAP


def listing(desk: ModelDesk, user: Any, params: Mapping[str, Sequence[str]], *, action: str = "view") -> Listing:
    """Read the address: filters, search, sorting, columns. Rows are those the user may see."""

    def last(name: str) -> str:
        values = params.get(name) or [""]
        return str(values[-1]).strip()

    filtered = apply_filters(desk, rows_of(desk, user, action), params, user)
    search, known, hints = last("q")[:200], Hits(), []
    queryset = filtered.queryset
    if search:
        queryset = apply_search(desk, queryset, search, user, known)
        if known.is_long(desk.model):
            hints.append(
                _("Texts are searched in the newest rows only. A filter, a date for example, reaches older ones.")
            )
    names = [name for text in params.get("columns", []) for name in str(text).split(",") if name]
    hidden = hidden_fields(desk, user)
    keys, sort = _sort_keys(desk, last("sort"), hidden)
    if sort and _too_long(desk, keys, queryset):
        keys, sort = _sort_keys(desk, "", hidden)
        hints.append(_("This list is too long to be sorted like this. Filter it first."))
    columns = chosen_columns(desk, names)
    chips, errors = filtered.chips, filtered.errors
    return Listing(desk, user, params, queryset, columns, keys, sort, search, chips, errors, hints)
