"""Fields an operator adds to a register, without a restart: their values lie in the JSON column `own` of the record.

To the register engine an own field looks like any other: its name is `own__CODE`, and `field_of` gives a Django field
that knows its type, choices and limits. `organisation` keeps the definitions and installs them here.

Stored form (JSON): text, choice and date as text, whole numbers as numbers, exact decimals as text.

A dated field (ADR 0031) keeps beside the value of today when each value held. A register that offers this installs a
`DatedStore`; the engine tells it what saved records changed. From which day a change counts is asked by one more field,
`own__valid_from`, that forms, sheets and the API know like any other and that is kept nowhere.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor, current_actor
from lokum.core.base.fields import AmountField
from lokum.core.base.models import OwnFields

PREFIX = "own__"
TYPES = ("text", "integer", "decimal", "money", "date", "choice")
LONGEST = 500
VALID_FROM = "valid_from"


class OwnField:
    """One added field of one register."""

    def __init__(
        self,
        code: str,
        label: str,
        type: str,
        *,
        choices: Sequence[str] = (),
        required: bool = False,
        in_list: bool = False,
        dated: bool = False,
    ) -> None:
        self.code, self.label, self.type = code, label, type
        self.choices, self.required, self.in_list, self.dated = tuple(choices), required, in_list, dated

    @property
    def name(self) -> str:
        return PREFIX + self.code

    @cached_property
    def field(self) -> Any:
        """The field as the register engine knows fields; it belongs to no table."""
        common: dict[str, Any] = {"verbose_name": self.label, "blank": not self.required}
        made: models.Field[Any, Any]
        if self.type == "integer":
            made = models.BigIntegerField(null=True, **common)
        elif self.type == "decimal":
            made = models.DecimalField(null=True, max_digits=18, decimal_places=6, **common)
        elif self.type == "money":
            made = AmountField(null=True, **common)
        elif self.type == "date":
            made = models.DateField(null=True, **common)
        elif self.type == "choice":
            made = models.CharField(max_length=LONGEST, choices=[(one, one) for one in self.choices], **common)
        else:
            made = models.CharField(max_length=LONGEST, **common)
        made.set_attributes_from_name(self.name)
        return made

    def read(self, stored: Any) -> Any:
        """A stored value as Python object; what does not fit any more (a changed definition) reads as empty."""
        if stored in (None, ""):
            return None if self.field.null else ""
        try:
            if self.type in ("decimal", "money"):
                return Decimal(str(stored))
            if self.type == "date":
                return dt.date.fromisoformat(str(stored))
            return int(stored) if self.type == "integer" else str(stored)
        except (ValueError, InvalidOperation):
            return None

    def write(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            text = format(value, "f")
            return text if self.type == "money" or "." not in text else text.rstrip("0").rstrip(".")
        return value.isoformat() if isinstance(value, dt.date) else value

    def clean(self, value: Any) -> Any:
        """The typed value; raises ValidationError for a wrong type, a missing required one or one out of bounds."""
        if value in (None, ""):
            value = None if self.field.null else ""
        elif isinstance(value, bool) or (self.type in ("text", "choice") and not isinstance(value, str)):
            raise ValidationError(_("This value has the wrong form."))
        elif self.type == "integer":
            value = _whole(value)
        elif self.type in ("decimal", "money") and isinstance(value, float):
            value = Decimal(str(value))
        if value is None and self.required:
            raise ValidationError(_("This field is required."))
        return None if value is None else self.field.clean(value, None)

    def expression(self) -> Any:
        """The value in SQL, typed as it compares."""
        text = KeyTextTransform(self.code, "own")
        if self.type in ("integer", "decimal", "money"):
            return Cast(text, models.DecimalField(max_digits=24, decimal_places=6))
        return Cast(text, models.DateField()) if self.type == "date" else text


def _whole(value: Any) -> int:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValidationError(_("Write a whole number."))
    if not number.is_finite() or number != number.to_integral_value() or abs(number) >= 2**63:
        raise ValidationError(_("Write a whole number."))
    return int(number)


Definitions = Mapping[str, Sequence[OwnField]]

_source: list[Callable[[], Definitions]] = []
_kept: ContextVar[tuple[str, Definitions] | None] = ContextVar("lokum_own_fields", default=None)


def install(source: Callable[[], Definitions]) -> None:
    """`source()` gives the fields by register ("estates.premises"), in the order they are shown."""
    _source[:] = [source]


def forget() -> None:
    """Definitions changed within this request."""
    _kept.set(None)


def own_fields(model: type[models.Model] | models.Model) -> Sequence[OwnField]:
    """The added fields of a register, read once per request or job; nothing for registers that take none."""
    if not takes_own_fields(model) or not _source:
        return ()
    actor, kept = current_actor(), _kept.get()
    if actor is None or kept is None or kept[0] != actor.request_id:
        kept = (actor.request_id if actor is not None else "", _source[0]())
        _kept.set(kept)
    return kept[1].get(model._meta.label_lower, ())


def own_inputs(model: type[models.Model] | models.Model) -> Sequence[OwnField]:
    """What may be written: the fields, and where one is dated the day from which the changes count."""
    fields = own_fields(model)
    if not any(one.dated for one in fields):
        return fields
    return [*fields, OwnField(VALID_FROM, _("Own fields: changes count from"), "date")]


def takes_own_fields(model: type[models.Model] | models.Model) -> bool:
    return issubclass(model if isinstance(model, type) else type(model), OwnFields)


def own_names(model: type[models.Model]) -> list[str]:
    return [one.name for one in own_fields(model)]


def input_names(model: type[models.Model]) -> list[str]:
    return [one.name for one in own_inputs(model)]


def is_own(name: str) -> bool:
    return name.startswith(PREFIX)


def own_field(model: type[models.Model], name: str) -> OwnField:
    """The definition behind `own__CODE`."""
    for one in own_inputs(model):
        if one.name == name:
            return one
    raise FieldDoesNotExist(f"{model._meta.label} has no own field {name!r}")


def value_of(record: Any, name: str) -> Any:
    """A field's value by attribute name, an own one as its type; of a record out of the reader's sight its key."""
    if not is_own(name):
        try:
            return getattr(record, name)
        except ObjectDoesNotExist:
            return getattr(record, type(record)._meta.get_field(name).attname)
    return own_field(type(record), name).read(record.own.get(name.removeprefix(PREFIX)))


def set_value(record: Any, name: str, value: Any) -> None:
    """Set a field by name; an own one goes into a fresh `own`, so that the record before stays as it was."""
    if not is_own(name):
        setattr(record, name, value)
        return
    code = name.removeprefix(PREFIX)
    stored = own_field(type(record), name).write(value)
    if not hasattr(record, "own_before"):
        record.own_before = record.own
    record.own = {key: one for key, one in record.own.items() if key != code}
    if stored not in (None, ""):
        record.own[code] = stored


def missing_own(record: Any, given: Sequence[str] = ()) -> dict[str, list[str]]:
    """Required own fields without a value, as messages by field."""
    return {
        one.name: [_("This field is required.")]
        for one in own_fields(record)
        if one.required and one.name not in given and record.own.get(one.code) in (None, "")
    }


@dataclass(frozen=True)
class OwnChange:
    """A dated field of a saved record that has another value (stored form as text; None: none) from `since` on.

    since None: for all time, of a new record.
    """

    record_id: int
    code: str
    value: str | None
    since: dt.date | None


@dataclass(frozen=True)
class DatedStore:
    """Where a register keeps the dated values of its own fields.

    begin(code): a field becomes dated, what records hold counts for all time; keep(changes): they were saved;
    take_back(changes): the act that brought other values is undone; values(code): every value ever kept.
    """

    begin: Callable[[str, Actor], None]
    keep: Callable[[Sequence[OwnChange], Actor], None]
    take_back: Callable[[Sequence[OwnChange], Actor], None]
    values: Callable[[str], Sequence[str]]


_stores: dict[str, DatedStore] = {}


def install_store(label: str, store: DatedStore) -> None:
    """A register ("estates.premises") whose own fields may be dated."""
    _stores[label] = store


def dated_store(label: str) -> DatedStore | None:
    return _stores.get(label)


def take_since(record: Any) -> None:
    """Before a record is written: the day its changes count from is no value of it."""
    if VALID_FROM in getattr(record, "own", {}):
        record.own_since = dt.date.fromisoformat(record.own.pop(VALID_FROM))


def keep_changes(records: Sequence[Any], *, created: bool, actor: Actor, undone: bool = False) -> None:
    """After records were written: tell the store which dated fields changed, and from which day on."""
    store = _stores.get(records[0]._meta.label_lower) if records else None
    dated = [one.code for one in own_fields(records[0]) if one.dated] if store is not None else []
    changes = []
    for record in records if dated else ():
        before = {} if created else getattr(record, "own_before", record.own)
        since = getattr(record, "own_since", None if created else clock.today())
        for code in dated:
            if record.own.get(code) != before.get(code):
                value = record.own.get(code)
                changes.append(OwnChange(record.pk, code, None if value is None else str(value), since))
    if store is None or not changes:
        return
    store.take_back(changes, actor) if undone else store.keep(changes, actor)
    later = {one.record_id for one in changes if one.since is not None and one.since > clock.today()}
    for record in records:
        if record.pk in later:
            record.refresh_from_db(fields=["own"])
