"""Form fields of registers: relations narrowed to the user's scope, periods with an inclusive last day."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.base.errors import Refusal
from lokum.core.desk.columns import key_text
from lokum.core.desk.desk import registry
from lokum.core.desk.records import find_by_key

PICK_LIMIT = 200  # more records than this are typed with suggestions, not picked from a list


class DayInput(forms.DateInput):
    """The browser's own date field; it shows the day in the reader's language by itself."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class PeriodWidget(forms.MultiWidget):
    template_name = "desk/widgets/period.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([DayInput(), DayInput()], attrs)

    def decompress(self, value: Any) -> list[dt.date | None]:
        if value is None or getattr(value, "isempty", False):
            return [None, None]
        return [value.lower, value.upper - dt.timedelta(days=1) if value.upper else None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], (_("from"), _("to")), strict=True):
            part["label"] = label
        return context


class PeriodField(forms.MultiValueField):
    """First and last day (both belong to the period; an empty last day means "until further notice")."""

    widget = PeriodWidget
    default_error_messages = {"order": _("The last day lies before the first.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("encoder", None)
        parts = (forms.DateField(required=False),) * 2
        super().__init__(fields=parts, require_all_fields=False, **kwargs)

    def compress(self, data_list: Sequence[dt.date | None]) -> DateRange | None:
        lower, upper = (data_list or [None, None])[:2]
        if lower is None and upper is None:
            return None
        if lower is not None and upper is not None and upper < lower:
            raise ValidationError(self.error_messages["order"], code="order")
        return DateRange(lower, upper + dt.timedelta(days=1) if upper else None)


class KeyWidget(forms.TextInput):
    template_name = "desk/widgets/key.html"
    choices_url = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["choices_url"] = self.choices_url
        return context


class KeyField(forms.Field):
    """A related record named by its key, with suggestions while typing (htmx) and without script alike."""

    widget = KeyWidget

    def __init__(self, *, model: type[models.Model], user: Any, rows: Any = None, **kwargs: Any) -> None:
        """rows: the records that may be named, when they are not all of the user's scope."""
        self.model, self.user, self.rows = model, user, rows
        super().__init__(**kwargs)
        if registry.of(model) is not None:
            self.widget.choices_url = reverse("desk:choices", args=[model._meta.app_label, model._meta.model_name])

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, models.Model):
            return key_text(value)
        if isinstance(value, int):
            found = self.model._default_manager.filter(pk=value).first()
            return key_text(found) if found else ""
        return value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            found = find_by_key(self.model, str(value), self.user)
        except Refusal as refusal:
            raise ValidationError(str(refusal.message), code="unknown")
        if self.rows is not None and not self.rows.filter(pk=found.pk).exists():
            text = _("“%(record)s” cannot be chosen here.") % {"record": found}
            raise ValidationError(text, code="not_offered")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


def form_field(field: Any, user: Any, **kwargs: Any) -> forms.Field | None:
    """The form field of a model field (a `formfield_callback`)."""
    if isinstance(field, DateRangeField):
        return PeriodField(
            label=kwargs.get("label") or _capital(field), required=not field.blank, help_text=field.help_text
        )
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        kwargs.setdefault("widget", DayInput())
    if isinstance(field, models.URLField):
        kwargs.setdefault("assume_scheme", "https")
    if isinstance(field, models.ForeignKey):
        return _relation_field(field, user, **kwargs)
    if isinstance(field, models.ManyToManyField):
        rows = policy.allowed(field.related_model._default_manager.all(), user, "view")
        made: Any = field.formfield(queryset=rows, **kwargs)
        made.widget.attrs["data-enhance"] = ""
        return made  # type: ignore[no-any-return]
    return field.formfield(**kwargs)  # type: ignore[no-any-return]


def _capital(field: Any) -> str:
    text = str(field.verbose_name)
    return text[:1].upper() + text[1:]


def _relation_field(field: Any, user: Any, **kwargs: Any) -> forms.Field:
    model = field.related_model
    rows = policy.allowed(model._default_manager.all(), user, "view")
    desk = registry.of(model)
    if desk is not None and desk.related:
        rows = rows.select_related(*desk.related)
    count = rows.order_by()[: PICK_LIMIT + 1].count()
    if count > PICK_LIMIT:
        return KeyField(
            model=model, user=user, label=_capital(field), required=not field.blank, help_text=field.help_text
        )
    made: forms.Field = field.formfield(queryset=rows, **kwargs)
    made.widget.attrs["data-enhance"] = ""
    return made if count else pointed_on(made, model, user)


def pointed_on(field: forms.Field, model: type[models.Model], user: Any) -> forms.Field:
    """A required choice among records of which there are none says so, and where the first one is made."""
    desk = registry.of(model)
    if field.required and desk is not None and policy.may(user, desk.right("view")):
        link = format_html('<a href="{}">{}</a>', desk.path("list"), desk.title)
        field.help_text = format_html("{} {}", _("There is nothing to choose from yet. It is made under:"), link)
    return field
