"""The database says no: its constraint errors as refusals that name the field and the other record."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.errors import Refusal


@dataclass(frozen=True)
class _Words:
    code: str
    field: str
    text: Any


_explained: dict[str, _Words] = {}


def explain_constraint(name: str, *, code: str, field: str, text: Any) -> None:
    """What a constraint that no model declares says to people: stable code, field, words."""
    _explained[name] = _Words(code, field, text)


def from_validation(problem: ValidationError) -> Refusal:
    """Messages by field; what concerns several fields stands under "__all__"."""
    if hasattr(problem, "error_dict"):
        fields = {name: [str(text) for text in texts] for name, texts in problem.message_dict.items()}
    else:
        fields = {NON_FIELD_ERRORS: [str(text) for text in problem.messages]}
    general = fields.get(NON_FIELD_ERRORS, [])
    return Refusal("record.invalid", general[0] if general else _("Please look at the marked fields."), fields=fields)


def _constraint_of(problem: IntegrityError) -> str:
    diagnosis = getattr(problem.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", "") or "")


def _fields_of(constraint: Any) -> list[str]:
    if isinstance(constraint, models.UniqueConstraint):
        return list(constraint.fields)
    names: list[str] = []
    for expression, _operator in getattr(constraint, "expressions", ()):
        name = expression if isinstance(expression, str) else getattr(expression, "name", "")
        if name:
            names.append(name)
    return names


def _other(record: models.Model, names: Iterable[str], user: Any, *, overlap: str = "") -> models.Model | None:
    """The record that stands in the way, as far as the user may see it."""
    lookups = {name: getattr(record, name) for name in names if name != overlap}
    if overlap:
        lookups[f"{overlap}__overlap"] = getattr(record, overlap)
    rows = policy.allowed(type(record)._default_manager.exclude(pk=record.pk).filter(**lookups), user, "view")
    return rows.first()  # type: ignore[no-any-return]


def _labels(model: type[models.Model], names: Iterable[str]) -> str:
    return ", ".join(str(model._meta.get_field(name).verbose_name) for name in names)  # type: ignore[union-attr]


def from_integrity(problem: IntegrityError, record: models.Model, user: Any) -> Refusal:
    """Translate; call it after the savepoint was rolled back, it asks the database for the other record."""
    name = _constraint_of(problem)
    state = str(getattr(problem.__cause__, "sqlstate", ""))
    model = type(record)
    if name in _explained:
        words = _explained[name]
        text = str(words.text)
        return Refusal(words.code, text, fields={words.field: [text]}, details={"constraint": name})
    declared = {constraint.name: constraint for constraint in model._meta.constraints}
    constraint = declared.get(name)
    fields = _fields_of(constraint) if constraint is not None else []
    if state == "23P01" and fields:
        ranges = [n for n in fields if "Range" in type(model._meta.get_field(n)).__name__]
        other = _other(record, fields, user, overlap=ranges[0] if ranges else "")
        text = _("This overlaps with %(other)s.") % {"other": other if other is not None else _("another record")}
        return Refusal("record.overlap", text, fields={(ranges or fields)[0]: [text]}, details={"constraint": name})
    if state == "23505":
        fields = fields or [f.name for f in model._meta.fields if f.unique and (f.column or "") in name]
        other = _other(record, fields, user) if fields else None
        text = _("%(fields)s: taken by %(other)s.") % {
            "fields": capfirst(_labels(model, fields)) or _("This value"),
            "other": other if other is not None else _("another record"),
        }
        return Refusal(
            "record.duplicate", text, fields={fields[-1]: [text]} if fields else {}, details={"constraint": name}
        )
    if state == "23503":
        return Refusal("record.in_use", _("Another record depends on this one."), details={"constraint": name})
    if constraint is not None and getattr(constraint, "violation_error_message", False):
        return Refusal("record.invalid", str(constraint.get_violation_error_message()), details={"constraint": name})
    return Refusal(
        "record.invalid", _("The database refuses this combination of values."), details={"constraint": name}
    )
