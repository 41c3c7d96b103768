"""Paging by key: the next page starts after the last row seen, so page 10,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from lokum.core.base.errors import Refusal
from lokum.core.desk.columns import field_at, value_at


@dataclass(frozen=True)
class Key:
    """One part of the order: a lookup, its direction, and whether it can be empty (empty comes last)."""

    path: str
    descending: bool
    field: models.Field[Any, Any]

    @property
    def nullable(self) -> bool:
        return bool(self.field.null) or "__" in self.path

    def order(self, *, backwards: bool) -> Any:
        expression = F(self.path)
        if self.descending != backwards:
            return (
                expression.desc(nulls_first=True)
                if backwards and self.nullable
                else (expression.desc(nulls_last=True) if self.nullable else expression.desc())
            )
        return expression.asc(nulls_first=True) if backwards and self.nullable else expression.asc()


@dataclass
class Page:
    rows: list[Any]
    next: str
    previous: str
    first_rank: int  # place of the first row among all, for the words "51-100"


def keys_of(model: type[models.Model], ordering: Sequence[str], depth: int = 0) -> list[Key]:
    """Resolve an ordering to columns; a relation sorts as its own register does; the id makes it total."""
    keys: list[Key] = []
    for name in ordering:
        descending, path = name.startswith("-"), name.lstrip("-")
        if path == "pk":
            path = model._meta.pk.attname  # type: ignore[union-attr]
        field = field_at(model, path)
        if field is None:
            raise FieldDoesNotExist(f"{model._meta.label} cannot be sorted by {name}")
        related = field.related_model if field.is_relation else None
        if isinstance(related, type) and not path.endswith("_id") and depth < 2:
            inner = [n for n in (related._meta.ordering or ("pk",)) if isinstance(n, str)]
            for key in keys_of(related, inner, depth + 1):
                keys.append(Key(f"{path}__{key.path}", key.descending != descending, key.field))
        else:
            keys.append(Key(path, descending, field))
    if depth == 0:
        unique = list({key.path: key for key in reversed(keys)}.values())[::-1]
        primary = model._meta.pk
        assert primary is not None
        if primary.attname not in {key.path for key in unique}:
            unique.append(Key(primary.attname, unique[-1].descending if unique else False, primary))
        keys = unique[: [key.path for key in unique].index(primary.attname) + 1]
    return keys


def _encode(direction: str, rank: int, values: list[Any], keys: Sequence[Key]) -> str:
    texts = [
        None if v is None else key.field.value_to_string(cast(Any, _Holder(key.field, v)))
        for key, v in zip(keys, values, strict=True)
    ]
    raw = json.dumps([direction, rank, texts], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


class _Holder:
    """Lets a field write a bare value as text the way it serialises records."""

    def __init__(self, field: models.Field[Any, Any], value: Any) -> None:
        setattr(self, field.attname, value)


def _decode(cursor: str, keys: Sequence[Key]) -> tuple[str, int, list[Any]]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, rank, texts = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")).decode())
        if direction not in ("after", "before") or len(texts) != len(keys):
            raise ValueError(direction)
        values = [None if text is None else _read(key.field, text) for text, key in zip(texts, keys, strict=True)]
        return direction, max(int(rank), 0), values
    except (ValueError, TypeError, binascii.Error, ValidationError, UnicodeError, OverflowError):
        raise Refusal(
            "page.cursor", _("This page address is not valid any more. Start from the first page."), status=422
        )


def _read(field: models.Field[Any, Any], text: str) -> Any:
    value = field.to_python(text)
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError(text)
    return value


def _beyond(keys: Sequence[Key], values: Sequence[Any], *, backwards: bool) -> Q:
    """Rows strictly after (or before) the given key values; empty values count as largest, at the end."""
    condition, equal = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        forward = not backwards
        if value is None:
            step = None if forward else Q(**{f"{key.path}__isnull": False})
        else:
            greater = key.descending != forward
            step = Q(**{f"{key.path}__{'gt' if greater else 'lt'}": value})
            if forward and key.nullable:
                step |= Q(**{f"{key.path}__isnull": True})
        if step is not None:
            condition |= equal & step
        equal &= Q(**{f"{key.path}__isnull": True}) if value is None else Q(**{key.path: value})
    return condition


def cursor_at(row: Any, keys: Sequence[Key], rank: int, *, before: bool = False) -> str:
    """The page that follows a row (or goes before it), as the address names it. rank: rows up to there."""
    return _encode("before" if before else "after", rank, [value_at(row, key.path) for key in keys], keys)


def page_of(queryset: QuerySet[Any], keys: Sequence[Key], cursor: str, size: int) -> Page:
    """One page of `queryset` in the order of `keys`; one query, of constant cost with a fitting index."""
    direction, rank, values = _decode(cursor, keys) if cursor else ("after", 0, [])
    backwards = direction == "before"
    rows_set = queryset.order_by(*(key.order(backwards=backwards) for key in keys))
    if values:
        rows_set = rows_set.filter(_beyond(keys, values, backwards=backwards))
        first, value = keys[0], values[0]
        if value is not None and not first.nullable:
            # A plain bound on the leading column lets the planner enter the index at the right place.
            bound = "gte" if first.descending == backwards else "lte"
            rows_set = rows_set.filter(**{f"{first.path}__{bound}": value})
    rows = list(rows_set[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    start = max(rank - len(rows), 0) if backwards else rank

    has_next = bool(rows) and (more if not backwards else True)
    has_previous = bool(rows) and (more if backwards else bool(cursor))
    return Page(
        rows,
        next=cursor_at(rows[-1], keys, start + len(rows)) if has_next else "",
        previous=cursor_at(rows[0], keys, start, before=True) if has_previous else "",
        first_rank=start + 1 if rows else 0,
    )
