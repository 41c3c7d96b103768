"""Seam: the record that somebody who opens an empty form most likely means, by model.

An upper layer says how it is found for its model (`organisation`: the entity used last in the session). Every form of
an action and every form of a new record that must be told a record of that model then shows it as chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from lokum.core.base import policy
from lokum.core.desk.fields import KeyField


@dataclass(frozen=True)
class Likely:
    """`find(request, rows)` names the record of the rows that is likely meant; `keep(request, record)` is told the one
    that was really meant."""

    find: Callable[[HttpRequest, QuerySet[Any]], Model | None]
    keep: Callable[[HttpRequest, Any], None]


_known: dict[str, Likely] = {}


def install(label: str, likely: Likely) -> None:
    _known[label] = likely


def _asked(form: forms.BaseForm) -> list[tuple[str, Likely, Any]]:
    """Fields that must name one record of a known model: name, how it is found, its rows (None: all in the scope)."""
    found: list[tuple[str, Likely, Any]] = []
    for name, field in form.fields.items():
        rows = None
        if isinstance(field, KeyField):
            model: Any = field.model
        elif isinstance(field, forms.ModelChoiceField) and not isinstance(field, forms.ModelMultipleChoiceField):
            rows = field.queryset
            model = rows.model if rows is not None else None
        else:
            continue
        likely = _known.get(model._meta.label_lower) if model is not None and field.required else None
        if likely is not None:
            found.append((name, likely, model._default_manager.all() if rows is None else rows))
    return found


def preselect(form: forms.BaseForm, request: HttpRequest) -> None:
    """Show the record that is likely meant wherever the form says nothing else."""
    if form.is_bound:
        return
    for name, likely, rows in _asked(form):
        if form.get_initial_for_field(form.fields[name], name) in (None, ""):
            form.initial[name] = likely.find(request, policy.allowed(rows, request.user, "view"))


def remember(form: forms.BaseForm, request: HttpRequest) -> None:
    """The records that a form was sent with are likely meant by the next one."""
    for name, likely, _rows in _asked(form):
        likely.keep(request, form.cleaned_data.get(name))
