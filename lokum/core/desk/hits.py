"""Ids of the records that hold a word: each text is read once a search, relations follow by their ids.

Row-level security keeps a trigram index from serving LIKE (see `sql`), so a text is read row by row. Tens of thousands
of short texts take less than a tenth of a second; millions do not. In a *long* table a word is therefore looked for in
the newest rows only (of those the filters leave), except in fields that an index finds by their beginning
(`search_starts`), and in related records, all of them.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Q, QuerySet

from lokum.core.desk.columns import field_at
from lokum.core.desk.desk import registry
from lokum.core.desk.sql import matches, search_text

LONG = 100_000  # rows, by the estimate of the database
NEWEST = 10_000
MOST_IDS = 5_000  # more hits than that stay a sub-select
LAST_CHARACTER = "\U0010ffff"

Found = list[int] | QuerySet[Any]


def long_tables() -> frozenset[str]:
    """Tables of so many rows that nobody reads them through."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND reltuples > %s",
            [LONG],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def is_long(model: type[models.Model]) -> bool:
    return model._meta.db_table in long_tables()


def starts_with(name: str, word: str) -> Q:
    """Written as a range, which an index serves under row-level security too; codes are written in capitals."""
    found = Q()
    for text in {word, word.upper()}:
        found |= Q(**{f"{name}__gte": text, f"{name}__lt": text + LAST_CHARACTER})
    return found


class Hits:
    """What one search found so far, by register, fields and word."""

    def __init__(self) -> None:
        self._known: dict[tuple[type[models.Model], tuple[str, ...], str], Found] = {}
        self._long: frozenset[str] | None = None

    def is_long(self, model: type[models.Model]) -> bool:
        if self._long is None:
            self._long = long_tables()
        return model._meta.db_table in self._long

    def narrow(self, queryset: QuerySet[Any], names: Sequence[str], word: str) -> QuerySet[Any]:
        """The rows of `queryset` that hold `word` in one of the fields or relations."""
        model: Any = queryset.model
        own = [name for name in names if "__" not in name]
        if not names:
            return queryset.none()
        if not self.is_long(model):
            if len(own) == len(names):
                return queryset.filter(self._own_text(model, own, word))
            return queryset.filter(pk__in=self.of(model, names, word))
        near: Found = []
        if texts := [name for name in own if name not in self._served(model)]:
            bound = queryset.order_by("-pk").values_list("pk", flat=True)[NEWEST : NEWEST + 1].first()
            newest = queryset.filter(pk__gt=bound) if bound is not None else queryset
            found = newest.filter(self._own_text(model, texts, word)).order_by("-pk")
            near = list(found.values_list("pk", flat=True)[:NEWEST])  # a sub-select here would run row by row
        return queryset.filter(Q(pk__in=near) | self._starts(model, own, word) | self._related(model, names, word))

    def of(self, model: type[models.Model], names: Sequence[str], word: str) -> Found:
        """Ids of all rows of a register that hold the word; a sub-select when they are very many."""
        key = (model, tuple(names), word)
        if key not in self._known:
            own = [name for name in names if "__" not in name]
            condition = self._related(model, names, word)
            if self.is_long(model):
                condition |= self._starts(model, own, word)
            elif own and len(own) < len(names):
                condition |= Q(pk__in=self.of(model, own, word))
            elif own:
                condition |= Q(self._own_text(model, own, word))
            found = model._base_manager.filter(condition) if condition else model._base_manager.none()
            self._known[key] = self._ids(found)
        return self._known[key]

    def _ids(self, rows: QuerySet[Any]) -> Found:
        keys = rows.order_by().values_list("pk", flat=True)
        found = list(keys[: MOST_IDS + 1])
        return found if len(found) <= MOST_IDS else keys

    def _own_text(self, model: type[models.Model], own: Sequence[str], word: str) -> Any:
        desk = registry.of(model)
        indexed = desk is not None and desk.search_indexed and list(own) == [n for n in desk.search if "__" not in n]
        return matches(search_text(own, indexed=indexed), word)

    def _starts(self, model: type[models.Model], own: Sequence[str], word: str) -> Q:
        found = Q(pk__in=[])
        for name in self._served(model):
            if name in own:
                found |= starts_with(name, word)
        return found

    def _served(self, model: type[models.Model]) -> Sequence[str]:
        desk = registry.of(model)
        return desk.search_starts if desk is not None else ()

    def _related(self, model: type[models.Model], names: Sequence[str], word: str) -> Q:
        """Rows whose related records hold the word; a related register is searched by all of its own text."""
        found, groups = Q(), dict[str, list[str]]()
        for name in names:
            relation, _dots, rest = name.partition("__")
            if rest:
                groups.setdefault(relation, []).append(rest)
        for relation, rests in groups.items():
            field: Any = field_at(model, relation)
            target = field.related_model
            if self.is_long(target) and not self.is_long(model):
                for rest in rests:  # few rows point there: read what they point to
                    found |= Q(matches(search_text([f"{relation}__{rest}"]), word))
                continue
            hits = self.of(target, _whole(target, rests), word)
            if field.one_to_many:
                owners = target._base_manager.filter(pk__in=hits).order_by()
                found |= Q(pk__in=owners.values(field.field.attname))
            elif field.many_to_many:
                found |= Q(pk__in=model._base_manager.filter(**{f"{relation}__in": hits}).order_by().values("pk"))
            else:
                found |= Q(**{f"{relation}__in": hits})
        return found


def _whole(target: type[models.Model], rests: Sequence[str]) -> list[str]:
    desk = registry.of(target)
    own = [name for name in desk.search if "__" not in name] if desk is not None else []
    if not set(own) & set(rests):
        return list(rests)
    return [*own, *(name for name in rests if name not in own)]
