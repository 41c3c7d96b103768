"""One cell of a sheet as the value of a field, with the reason when it cannot be one."""

import datetime as dt
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from lokum.core.desk.columns import kind_of
from lokum.core.desk.desk import ModelDesk

YES = {"1", "yes", "true", "tak", "t", "y", "prawda", "是", "有"}
NO = {"0", "no", "false", "nie", "n", "fałsz", "否", "无", "無"}
DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y")


def plain_cell(cell: Any) -> Any:
    """A cell as it is kept with the batch (JSON): numbers and dates as text that reads back exactly."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return ""
        return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return "" if cell is None else str(cell).strip().replace("\x00", "")


def day_of(text: str) -> dt.date:
    for pattern in DAY_FORMATS:
        try:
            return dt.datetime.strptime(text.partition("T")[0], pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValidationError(_("“%(text)s” is not a date; write YYYY-MM-DD.") % {"text": text[:40]})


def number_of(text: str) -> Decimal:
    compact = re.sub(r"[\s\u00a0\u202f]", "", text)
    if "," in compact and "." not in compact:
        compact = compact.replace(",", ".")
    try:
        number = Decimal(compact)
    except InvalidOperation:
        raise ValidationError(_("“%(text)s” is not a number.") % {"text": text[:40]})
    if not number.is_finite():
        raise ValidationError(_("“%(text)s” is not a number.") % {"text": text[:40]})
    return number


def _yesno(text: str) -> bool:
    word = text.lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValidationError(_("“%(text)s” is neither yes nor no.") % {"text": text[:40]})


def _period(text: str) -> DateRange:
    first, _dots, last = text.partition("..")
    lower = day_of(first.strip()) if first.strip() else None
    upper = day_of(last.strip()) if last.strip() else None
    if lower and upper and upper < lower:
        raise ValidationError(_("The last day lies before the first."))
    return DateRange(lower, upper + dt.timedelta(days=1) if upper else None)


def _choice(field: Any, text: str) -> Any:
    for value, label in field.flatchoices:
        if text == str(value) or text.casefold() == str(label).casefold():
            return value
    raise ValidationError(_("“%(text)s” is not one of the choices.") % {"text": text[:40]})


def _empty(field: Any) -> Any:
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    return "" if field.empty_strings_allowed else None


def cell_value(desk: ModelDesk, name: str, text: str) -> Any:
    """The value for a field; a relation stays text, keys are looked up for many rows at once.

    Raises ValidationError with the reason.
    """
    field: Any = desk.field(name)
    kind = kind_of(field)
    if text == "":
        return _empty(field)
    if kind == "relation":
        return text
    if kind == "choice":
        return _choice(field, text)
    readers: dict[str, Any] = {"date": day_of, "yesno": _yesno, "period": _period}
    if kind in readers:
        return readers[kind](text)
    if kind in ("number", "amount"):
        number = number_of(text)
        if isinstance(field, models.IntegerField):
            if number != number.to_integral_value():
                raise ValidationError(_("“%(text)s” is not a whole number.") % {"text": text[:40]})
            return int(number)
        if isinstance(field, models.DecimalField):
            return _fitting(field, number)
        return field.to_python(text)
    return field.to_python(text)


def _fitting(field: Any, number: Decimal) -> Decimal:
    """Trailing zeros of a float do not count as decimals; more decimals than the field has are refused."""
    places = Decimal(1).scaleb(-field.decimal_places)
    if abs(number.adjusted()) > field.max_digits or number != number.quantize(places):
        raise ValidationError(
            _("At most %(places)d decimals and %(digits)d digits.")
            % {"places": field.decimal_places, "digits": field.max_digits}
        )
    return number.quantize(places)
