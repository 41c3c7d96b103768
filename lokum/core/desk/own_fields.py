"""Fields an operator adds to a register, without a restart: their values lie in the JSON column `own` of the record.

To the register engine an own field looks like any other: its name is `own__CODE`, and `field_of` gives a Django field
that knows its type, choices and limits. `organisation` keeps the definitions and installs them here.

Stored form (JSON): text, choice and date as text, whole numbers as numbers, exact decimals as text.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from lokum.core.base.context import current_actor
from lokum.core.base.fields import AmountField
from lokum.core.base.models import OwnFields

PREFIX = "own__"
TYPES = ("text", "integer", "decimal", "money", "date", "choice")
LONGEST = 500


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
    ) -> None:
        self.code, self.label, self.type = code, label, type
        self.choices, self.required, self.in_list = tuple(choices), required, in_list

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


def takes_own_fields(model: type[models.Model] | models.Model) -> bool:
    return issubclass(model if isinstance(model, type) else type(model), OwnFields)


def own_names(model: type[models.Model]) -> list[str]:
    return [one.name for one in own_fields(model)]


def is_own(name: str) -> bool:
    return name.startswith(PREFIX)


def own_field(model: type[models.Model], name: str) -> OwnField:
    """The definition behind `own__CODE`."""
    for one in own_fields(model):
        if one.name == name:
            return one
    raise FieldDoesNotExist(f"{model._meta.label} has no own field {name!r}")


def value_of(record: Any, name: str) -> Any:
    """A field's value by attribute name, an own one as its type."""
    if not is_own(name):
        return getattr(record, name)
    return own_field(type(record), name).read(record.own.get(name.removeprefix(PREFIX)))


def set_value(record: Any, name: str, value: Any) -> None:
    """Set a field by name; an own one goes into a fresh `own`, so that the record before stays as it was."""
    if not is_own(name):
        setattr(record, name, value)
        return
    code = name.removeprefix(PREFIX)
    stored = own_field(type(record), name).write(value)
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
