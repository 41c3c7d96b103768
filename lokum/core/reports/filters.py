"""The questions before a report: read from the address, said in words on every copy of it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import policy
from lokum.core.base.errors import Refusal
from lokum.core.desk.fields import DayInput
from lokum.core.desk.forms import typed_when_many
from lokum.core.reports.declaration import Report, ReportFilter, Values

ANY = gettext_lazy("all")
YEARS = (1900, 2199)  # no books lie outside, and months are counted on both sides of a day


def check_year(day: dt.date) -> None:
    """Refuse days that no books can have."""
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValidationError(
            _("Choose a day of the years %(first)s to %(last)s.") % {"first": YEARS[0], "last": YEARS[1]}
        )


class MonthInput(forms.DateInput):
    input_type = "month"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"step": "1"}, format="%Y-%m-%dT%H:%M:%S")


def _field(one: ReportFilter, user: Any) -> forms.Field:
    common: dict[str, Any] = {"label": one.label, "required": False, "help_text": one.help_text}
    if one.kind == "date":
        return forms.DateField(widget=DayInput(), validators=[check_year], **common)
    if one.kind == "moment":
        return forms.DateTimeField(widget=MomentInput(), validators=[check_year], **common)
    if one.kind == "month":
        return forms.DateField(
            widget=MonthInput(), input_formats=["%Y-%m", "%Y-%m-%d"], validators=[check_year], **common
        )
    if one.kind == "number":
        return forms.DecimalField(max_digits=14, decimal_places=2, **common)
    if one.kind == "yesno":
        return forms.BooleanField(**common)
    if one.kind == "choice":
        return forms.ChoiceField(choices=lambda: [("", ANY), *one.options()], **common)
    if one.kind == "relation":
        assert one.model is not None
        rows = policy.allowed(one.model._default_manager.all(), user, "view")
        return typed_when_many(forms.ModelChoiceField(queryset=rows, empty_label=ANY, **common), user)
    if one.kind == "id":
        return forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput, **common)
    if one.kind == "hidden":
        return forms.CharField(max_length=40, widget=forms.HiddenInput, **common)
    return forms.CharField(max_length=120, **common)


def filter_form(report: Report, user: Any, data: Mapping[str, Any]) -> forms.Form:
    """The form of a report; what the address does not say is filled with the defaults, so that it shows them."""
    fields = {one.name: _field(one, user) for one in report.filters}
    given: dict[str, Any] = {name: data[name] for name in fields if name in data}
    for one in report.filters:
        default = one.default(user)
        if one.name not in given and default is not None and not (one.kind == "yesno" and data):
            month = one.kind == "month"
            given[one.name] = default.strftime("%Y-%m") if month else default
    form_class = type("ReportFilters", (forms.Form,), dict(fields))
    form: forms.Form = form_class(given)
    return form


def values_of(report: Report, form: forms.Form) -> Values:
    """Values for the statement: ids of records, None where nothing is asked. Raises Refusal on wrong input."""
    if not form.is_valid():
        fields = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
        raise Refusal("report.filter", _("A filter cannot be read."), fields=fields)
    found: Values = {}
    for one in report.filters:
        value = form.cleaned_data.get(one.name)
        value = getattr(value, "pk", value)
        if one.kind == "month" and isinstance(value, dt.date):
            value = value.replace(day=1)
        found[one.name] = None if value in ("", None) else value
    return report.prepare(found)


def words_of(report: Report, form: forms.Form) -> list[tuple[str, str]]:
    """(filter, value) of everything that is filtered, in the reader's language."""
    found = []
    for one in report.filters:
        value = form.cleaned_data.get(one.name) if form.is_valid() else None
        if value in ("", None, False) or one.kind in ("hidden", "id"):
            continue
        if one.kind == "month":
            text = date_format(value, "YEAR_MONTH_FORMAT")
        elif isinstance(value, dt.datetime):
            text = date_format(localtime(value), "SHORT_DATETIME_FORMAT")
        elif isinstance(value, dt.date):
            text = date_format(value, "SHORT_DATE_FORMAT")
        elif one.kind == "choice":
            text = str(dict(one.options()).get(str(value), value))
        else:
            text = _("yes") if value is True else str(value)
        found.append((str(one.label), text))
    return found
