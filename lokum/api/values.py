"""Records as JSON and JSON as values of fields."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from lokum.core.base.errors import Refusal
from lokum.core.desk.columns import Column, all_columns, masked_text, plain_text
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.own_fields import PREFIX, takes_own_fields


def shown_value(one: Column, record: Any) -> Any:
    """A column as JSON: relations as ids, exact numbers as text, periods with their last day, protected data masked."""
    value = one.value(record)
    if one.masked:
        return masked_text(plain_text(value))
    if one.kind == "many":
        return [row.pk for row in value]
    if isinstance(value, models.Model):
        return value.pk
    if one.kind == "period":
        return period_json(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, str | int | bool | list | dict | type(None)) and not isinstance(value, models.Choices):
        return str(value) if one.computed and value is not None else value
    return str(value)


def period_json(value: Any) -> dict[str, str | None] | None:
    if value is None or value.isempty:
        return None
    upper = value.upper
    if upper is not None and not isinstance(upper, dt.datetime):
        upper -= dt.timedelta(days=1)
    return {
        "from": value.lower.isoformat() if value.lower else None,
        "to": upper.isoformat() if upper else None,
    }


def record_json(desk: ModelDesk, record: Any, columns: Sequence[Column] = ()) -> dict[str, Any]:
    body: dict[str, Any] = {"id": record.pk, "name": str(record)}
    if hasattr(record, "version"):
        body["version"] = record.version
    columns = columns or all_columns(desk)
    body |= {one.path: shown_value(one, record) for one in columns if not one.own}
    if takes_own_fields(desk.model):
        body["own"] = {one.path.removeprefix(PREFIX): shown_value(one, record) for one in columns if one.own}
    return body


def field_values(desk: ModelDesk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Values of fields from a checked body: periods as ranges, everything else as it is."""
    values: dict[str, Any] = {}
    own = body.get("own") if takes_own_fields(desk.model) else None
    body = {name: value for name, value in body.items() if own is None or name != "own"}
    for code, value in (own or {}).items():
        values[f"{PREFIX}{code}"] = value
    for name, value in body.items():
        if isinstance(value, dict) and set(value) <= {"from", "to", "from_"}:
            value = _range(name, value.get("from", value.get("from_")), value.get("to"))
        values[name] = value
    return values


def _range(name: str, lower: dt.date | None, upper: dt.date | None) -> DateRange:
    try:
        return DateRange(lower, upper + dt.timedelta(days=1) if upper else None)
    except (ValueError, OverflowError):
        text = _("This is not a valid period.")
        raise Refusal("record.invalid", text, fields={name: [text]})
