"""Forms made from a register's declaration; the rules themselves live in the save service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.models import fields_for_model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.base.errors import Refusal
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.fields import PICK_LIMIT, KeyField, form_field, pointed_on
from lokum.core.desk.own_fields import is_own, value_of
from lokum.core.desk.services import writable_fields


@dataclass(frozen=True)
class Section:
    """A part of a long form under a heading of its own; a form lists its parts as `sections`."""

    title: Any
    names: tuple[str, ...]


def _parts(form: forms.Form) -> list[dict[str, Any]]:
    """The parts of a form with their fields, for its page; empty for a form without parts."""
    return [
        {"title": one.title, "fields": [form[name] for name in one.names if name in form.fields]}
        for one in getattr(form, "sections", ())
    ]


class RecordForm(forms.Form):
    """Reads typed values; whether they are allowed is said by `save_record`."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def record_form(
    desk: ModelDesk, user: Any, *, data: Any = None, files: Any = None, record: Any = None, initial: Any = None
) -> forms.Form:
    """The form of one record: all fields the user may write, filled from `record`."""
    names = writable_fields(desk, user, created=record is None)
    made = _fields(desk, names, user)
    extras = desk.extras if record is None else desk.edit_extras
    made |= {name: build(user) for name, build in extras.items()}
    form_class = type("DeskForm", (RecordForm,), dict(made))
    values = {name: value_of(record, name) for name in made if record is not None and _plain(desk, name)}
    if record is not None:
        first = {name: made[name].initial for name in desk.edit_extras}
        values |= {name: value() if callable(value) else value for name, value in first.items()}
        values |= {
            name: list(getattr(record, name).all())
            for name in made
            if name not in desk.edit_extras and not _plain(desk, name)
        }
        values["version"] = getattr(record, "version", None)
    else:
        values |= {name: field.initial for name, field in made.items() if field.initial is not None}
    form: forms.Form = form_class(data, files, initial=values | dict(initial or {}))
    return form


def _fields(desk: ModelDesk, names: Sequence[str], user: Any) -> dict[str, forms.Field]:
    return {name: _picked(desk, name, field) for name, field in _typed_fields(desk, names, user).items()}


def _picked(desk: ModelDesk, name: str, field: forms.Field) -> forms.Field:
    """A field of codes that all have words is picked from a list, not typed."""
    words = desk.words.get(name)
    if words is None or not words.closed or type(field) is not forms.CharField:
        return field
    choices = [*([] if field.required else [("", "–")]), *words.options()]
    common: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.help_text}
    return forms.ChoiceField(choices=choices, initial=field.initial, **common)


def _typed_fields(desk: ModelDesk, names: Sequence[str], user: Any) -> dict[str, forms.Field]:
    own = {name: form_field(desk.field(name), user) for name in names if is_own(name)}
    names = [name for name in names if not is_own(name)]
    if desk.form is not None:
        form_class: Any = desk.form
        declared = {name: field for name, field in form_class.declared_fields.items() if name in names}
        made = fields_for_model(desk.model, names, widgets=form_class._meta.widgets, formfield_callback=_for(user))
        return {**made, **declared, **own}
    return {**fields_for_model(desk.model, names, formfield_callback=_for(user)), **own}


def _for(user: Any) -> Any:
    return lambda field, **kwargs: form_field(field, user, **kwargs)


def _plain(desk: ModelDesk, name: str) -> bool:
    return name not in desk.extras and name not in desk.edit_extras and not desk.field(name).many_to_many


def add_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside its fields, and on top when it names none of the form's."""
    placed = False
    for name, texts in refusal.fields.items():
        target = name if name in form.fields and name != NON_FIELD_ERRORS else None
        for text in texts:
            form.add_error(target, str(text))
            placed = True
    if not placed:
        form.add_error(None, str(refusal.message))


def bulk_form(desk: ModelDesk, user: Any, data: Any = None) -> forms.Form:
    """Bulk edit: every field can be left alone; a tick says which ones are to be set."""
    names = [name for name in writable_fields(desk, user) if not desk.field(name).many_to_many]
    made = _fields(desk, names, user)
    for field in made.values():
        field.required = False
        field.initial = None
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = "—"
    ticks = [(name, capfirst(str(field.label))) for name, field in made.items()]
    chosen = forms.MultipleChoiceField(
        label=_("Fields to set"), choices=ticks, widget=forms.CheckboxSelectMultiple, error_messages={
            "required": _("Choose at least one field."),
        },
    )  # fmt: skip
    keep = forms.ChoiceField(
        label=_("If a record refuses the new values"),
        choices=[("all", _("change none")), ("good", _("change the others"))],
        initial="all",
        widget=forms.RadioSelect,
    )
    form_class = type("BulkForm", (forms.Form,), {"set_fields": chosen, **made, "policy": keep})
    form: forms.Form = form_class(data)
    return form


def action_form(
    form_class: type[forms.Form] | None, user: Any, data: Any = None, files: Any = None, record: Any = None,
    *, narrowed: bool = True,
) -> Any:  # fmt: skip
    """A form of an action; its relation fields are narrowed to the user's scope, `user` and `record` are set on it.

    A form with a method `narrow(record)` may leave only the choices that fit the record; narrowed=False: nobody chooses
    from a list, and what does not fit is refused by the service, with its own code (API).
    """
    chosen = form_class or forms.Form
    initial = {}
    if data is None and record is not None:
        initial = {n: getattr(record, n) for n in chosen.base_fields if n in _concrete_names(record)}
    form: Any = chosen(data, files, initial=initial)
    if narrowed and record is not None and hasattr(form, "narrow"):
        form.narrow(record)
    for name, field in list(form.fields.items()):
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = policy.allowed(field.queryset, user, "view")
            form.fields[name] = typed_when_many(field, user)
        if isinstance(field, forms.DateField) and not isinstance(field, forms.DateTimeField):
            field.widget.input_type = "date"
            field.widget.format = "%Y-%m-%d"
    form.user, form.record = user, record
    form.parts = _parts(form)
    return form


def typed_when_many(field: forms.ModelChoiceField, user: Any) -> forms.Field:  # type: ignore[type-arg]
    """A list of more records than a person picks from becomes a field that takes the record's key."""
    rows: Any = field.queryset
    many = isinstance(field, forms.ModelMultipleChoiceField)
    count = rows.order_by()[: PICK_LIMIT + 1].count()
    if count == 0:
        return pointed_on(field, rows.model, user)
    if many or count <= PICK_LIMIT:
        return field
    common: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.help_text}
    return KeyField(model=rows.model, user=user, rows=rows, **common)


def _concrete_names(record: Any) -> set[str]:
    return {field.name for field in record._meta.concrete_fields}
