"""Columns: one reading of a value for list, detail, sheet and API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from django.contrib.postgres.fields import RangeField
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lokum.core.base.fields import AmountField
from lokum.core.base.wording import local_text
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.own_fields import is_own, own_fields, own_names, value_of

PATH = "__"
KEY_JOINER = " / "
MASK = "••••"
ONE_LINE = 18  # signs of a table's cell that are never broken, a Chinese one counts twice


def kind_of(field: models.Field[Any, Any] | None) -> str:
    """text, number, amount, date, moment, yesno, choice, relation, period, many or json."""
    if field is None:
        return "text"
    if isinstance(field, models.ManyToManyField):
        return "many"
    if field.is_relation:
        return "relation"
    if field.choices:
        return "choice"
    table: tuple[tuple[Any, str], ...] = (
        (AmountField, "amount"),
        (models.BooleanField, "yesno"),
        (models.DateTimeField, "moment"),
        (models.DateField, "date"),
        (RangeField, "period"),
        ((models.DecimalField, models.IntegerField, models.FloatField), "number"),
        (models.JSONField, "json"),
    )
    return next((kind for classes, kind in table if isinstance(field, classes)), "text")


def field_at(model: type[models.Model], path: str) -> models.Field[Any, Any] | None:
    """The field at the end of a lookup path ("building__estate"); None when a part is no field."""
    field: Any = None
    for part in path.split(PATH):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        if field.is_relation and field.related_model:
            model = field.related_model
    return field  # type: ignore[no-any-return]


def crosses_many(model: type[models.Model], path: str) -> bool:
    """Whether a lookup leads over several records, so that a join would repeat rows."""
    current: Any = model
    for part in path.split(PATH):
        field: Any = current._meta.get_field(part)
        if field.is_relation and (field.one_to_many or field.many_to_many):
            return True
        current = field.related_model if field.is_relation else current
    return False


def key_paths(model: type[models.Model]) -> list[str]:
    """Lookups that together name a record for people and sheets: the import key, through relations."""
    desk = registry.of(model)
    names = list(desk.import_key) if desk and desk.import_key else []
    if not names:
        unique = [f.name for f in model._meta.fields if f.unique and not f.primary_key and not f.is_relation]
        names = unique[:1] or ["pk"]
    paths: list[str] = []
    for name in names:
        field = field_at(model, name) if name != "pk" else None
        if field is not None and field.is_relation and isinstance(field.related_model, type):
            paths += [f"{name}{PATH}{inner}" for inner in key_paths(field.related_model)]
        else:
            paths.append(name)
    return paths


def value_at(record: Any, path: str) -> Any:
    for part in path.split(PATH):
        if record is None:
            return None
        record = getattr(record, part)
    return record


def key_text(record: Any) -> str:
    """How a sheet names a record: the values of its import key ("B01 / 12")."""
    if record is None:
        return ""
    return KEY_JOINER.join(plain_text(value_at(record, path)) for path in key_paths(type(record)))


def plain_text(value: Any) -> str:
    """A value as language-independent text (sheets, keys, comparison)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value == value.to_integral_value() else format(value, "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if hasattr(value, "lower") and hasattr(value, "upper") and not isinstance(value, str):
        return period_text(value)
    return str(value)


def period_text(value: Any) -> str:
    """A range of days as people write it, the last day included: 2026-01-01..2026-12-31."""
    if value is None or value.isempty:
        return ""
    lower, upper = value.lower, value.upper
    if upper is not None and isinstance(upper, dt.date) and not isinstance(upper, dt.datetime):
        upper -= dt.timedelta(days=1)
    return f"{lower.isoformat() if lower else ''}..{upper.isoformat() if upper else ''}"


def unbroken(text: str) -> bool:
    """Whether a cell stays on one line: a code ("B01/22-1"), a number, a short Chinese word."""
    width = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
    return 0 < width <= ONE_LINE and " " not in text


def shown_period(value: Any) -> str:
    if value is None or value.isempty:
        return ""
    lower, upper = value.lower, value.upper
    if isinstance(upper, dt.datetime) or isinstance(lower, dt.datetime):
        return " – ".join(shown_text(part, "moment") for part in (lower, upper))
    if upper is not None:
        upper -= dt.timedelta(days=1)
    if lower and not upper:
        return _("from %(day)s") % {"day": shown_text(lower, "date")}
    if upper and not lower:
        return _("until %(day)s") % {"day": shown_text(upper, "date")}
    return f"{shown_text(lower, 'date')} – {shown_text(upper, 'date')}" if lower else _("always")


def shown_text(value: Any, kind: str) -> str:
    """A value in the reader's language."""
    if value is None or value == "" or (kind == "json" and not value):
        return ""
    if kind == "yesno" or isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind == "period":
        return shown_period(value)
    if kind == "moment" or isinstance(value, dt.datetime):
        return str(formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT"))
    if kind == "date" or isinstance(value, dt.date):
        return str(formats.date_format(value, "SHORT_DATE_FORMAT"))
    if isinstance(value, Decimal) and kind != "amount":
        text = format(value, "f")
        value = Decimal(text.rstrip("0").rstrip(".")) if "." in text else value
        return str(formats.number_format(value, use_l10n=True))
    if kind == "number":
        return str(formats.number_format(value, use_l10n=True))
    return str(value)


@dataclass(frozen=True)
class Column:
    """One column of a register: `path` is a lookup from its model, or the name of a computed cell."""

    desk: ModelDesk
    path: str
    label: str
    kind: str
    field: models.Field[Any, Any] | None = None

    @property
    def computed(self) -> bool:
        return self.path in self.desk.cell

    @property
    def masked(self) -> bool:
        return self.path in self.desk.masked

    @property
    def own(self) -> bool:
        """Added by the operator."""
        return is_own(self.path)

    @property
    def right_aligned(self) -> bool:
        return self.kind in ("number", "amount")

    @property
    def sortable(self) -> bool:
        return self.field is not None and self.kind not in ("json", "many") and not self.own

    @property
    def is_state(self) -> bool:
        return bool(self.desk.state) and self.path == self.desk.state

    def value(self, record: Any) -> Any:
        """The value as Python object; a relation gives the related record."""
        if self.computed:
            return self.desk.cell[self.path](record)
        if (extra := self.desk.sheet_extra(self.path)) is not None:
            return extra.today(record) if extra.today is not None else None
        if self.own:
            return value_of(record, self.path)
        if self.kind == "many":
            return list(value_at(record, self.path).all())
        return value_at(record, self.path)

    def text(self, record: Any, *, unmasked: bool = True) -> str:
        """What a person reads."""
        if self.masked and not unmasked:
            return masked_text(plain_text(self.value(record)))
        if self.kind == "choice" and self.field is not None and not self.computed:
            chosen = plain_text(self.value(record))
            return str(dict(self.field.flatchoices).get(self.value(record), chosen)) if chosen else ""
        value = self.value(record)
        if self.kind == "many":
            return ", ".join(local_text(one) for one in value)
        if isinstance(value, models.Model):
            return local_text(value)
        if self.path in self.desk.words:
            return self.desk.words[self.path].text(value) if value else ""
        if self.path in self.desk.months:
            return str(formats.date_format(value, "YEAR_MONTH_FORMAT")) if value else ""
        if self.path == "name" and hasattr(record, "local_name"):
            return str(record.local_name)
        return shown_text(value, self.kind)

    def sheet_value(self, record: Any, *, unmasked: bool = True) -> Any:
        """What a sheet holds: numbers and dates as such, relations by their key, choices by their code."""
        if self.masked and not unmasked:
            return masked_text(plain_text(self.value(record)))
        value = self.value(record)
        if self.kind == "relation" and isinstance(value, models.Model):
            return key_text(value)
        if self.kind == "many":
            return "; ".join(key_text(one) for one in value)
        if self.kind == "moment" and value is not None:
            return timezone.localtime(value).replace(tzinfo=None)
        if self.kind == "period":
            return plain_text(value)
        if isinstance(value, int | Decimal | dt.date | str | type(None)):
            return value
        return plain_text(value)


def masked_text(text: str) -> str:
    """Protected data keep their last two characters, so that people can tell records apart."""
    if not text:
        return ""
    return MASK + text[-2:] if len(text) > 5 else MASK


def column(desk: ModelDesk, path: str) -> Column:
    if path in desk.cell:
        label = desk.labels.get(path, capfirst(path.replace("_", " ")))
        first = desk.cell[path]
        return Column(desk, path, str(label), str(getattr(first, "kind", "text")))
    field = desk.field(path) if is_own(path) else field_at(desk.model, path)
    label = desk.labels.get(path) or (getattr(field, "verbose_name", None) if field else None) or path
    return Column(desk, path, capfirst(str(label)), kind_of(field), field)


def all_columns(desk: ModelDesk, *, own: bool = True) -> list[Column]:
    """All that can be chosen for the list: the declared columns, fields not among them, then the operator's own."""
    names = list(dict.fromkeys([*desk.columns, *desk.fields, *(own_names(desk.model) if own else ())]))
    return [column(desk, name) for name in names]


def chosen_columns(desk: ModelDesk, names: Sequence[str]) -> list[Column]:
    known = {each.path: each for each in all_columns(desk)}
    chosen = [known[name] for name in names if name in known]
    if chosen:
        return chosen
    listed = [one.name for one in own_fields(desk.model) if one.in_list]
    return [known[name] for name in [*(desk.default_columns or desk.columns), *listed]]


def needed_relations(desk: ModelDesk, columns: Sequence[Column], *, keys: bool = False) -> list[str]:
    """select_related paths for the columns shown, so that the SQL count does not grow with the rows."""
    paths = list(desk.related)
    if desk.currency and PATH in desk.currency and any(each.kind == "amount" for each in columns):
        paths.append(desk.currency.rsplit(PATH, 1)[0])
    for each in columns:
        if each.computed or each.kind == "many" or each.own:
            continue
        parents = each.path.split(PATH)[:-1] if each.kind != "relation" else each.path.split(PATH)
        if parents:
            paths.append(PATH.join(parents))
        if each.kind == "relation" and each.field is not None and isinstance(each.field.related_model, type):
            target = registry.of(each.field.related_model)
            paths += [f"{each.path}{PATH}{path}" for path in (target.related if target else ())]
            inner = key_paths(each.field.related_model) if keys else []
            paths += [PATH.join([each.path, *path.split(PATH)[:-1]]) for path in inner if PATH in path]
    return list(dict.fromkeys(paths))


def many_paths(columns: Sequence[Column]) -> list[str]:
    return [each.path for each in columns if each.kind == "many"]
