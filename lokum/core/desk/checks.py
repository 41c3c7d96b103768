"""System checks of registers: what is declared must exist, and every model has a register or a written reason."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from lokum.core.desk.columns import field_at
from lokum.core.desk.desk import SECTIONS, ModelDesk, registry


def _own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("lokum.") and not model._meta.proxy]


def _unknown_names(desk: ModelDesk) -> Iterator[str]:
    for attribute in ("columns", "default_columns", "search", "filters", "totals", "facts"):
        for name in getattr(desk, attribute):
            if name not in desk.cell and field_at(desk.model, name) is None:
                yield f"{attribute}: no field or computed column {name!r}"
    for attribute in ("fields", "masked", "import_key"):
        for name in getattr(desk, attribute):
            if "__" in name or field_at(desk.model, name) is None:
                yield f"{attribute}: no field {name!r}"
    for name in desk.filters:
        if name in desk.cell:
            yield f"filters: {name!r} is computed; declare it in extra_filters"


def _is_unique(desk: ModelDesk) -> bool:
    key = set(desk.import_key)
    constraints = [c for c in desk.model._meta.constraints if isinstance(c, models.UniqueConstraint)]
    if any(set(constraint.fields) <= key for constraint in constraints if constraint.fields):
        return True
    return any(desk.field(name).unique for name in key)


def _complaints(desk: ModelDesk) -> Iterator[str]:
    yield from _unknown_names(desk)
    if desk.section not in SECTIONS:
        yield f"no section {desk.section!r}"
    if desk.menu and not desk.purpose:
        yield "purpose is missing: an empty list says what the register is for and what comes first"
    if desk.filled_by and ":" not in desk.filled_by and desk.filled_by not in registry.desks:
        yield f"filled_by: no register {desk.filled_by!r}"
    if desk.import_key and not _is_unique(desk):
        yield "import_key has no unique constraint"
    if not getattr(desk.model, "scope_path", None) and not getattr(desk.model, "scope_open", False):
        yield "the model states neither scope_path nor scope_open"
    names = [action.name for action in desk.actions]
    if desk.first_step and desk.first_step not in {action.name for action in desk.actions if action.collection}:
        yield f"first_step: no collection action {desk.first_step!r}"
    if len(names) != len(set(names)) or {"view", "add", "edit", "delete", "export"} & set(names):
        yield "action names must be unique and must not be those of plain rights"


@register()
def check_desks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for desk in registry:
        found += [Error(f"{desk.label}: {text}", id="desk.E001") for text in _complaints(desk)]
    return found


def models_without_desk() -> list[str]:
    """Own models with neither a register nor a written reason (a conformance test expects none)."""
    return sorted(
        model._meta.label_lower
        for model in _own_models()
        if model._meta.label_lower not in registry.desks
        and model._meta.label_lower not in registry.without_desk
        and not model._meta.auto_created
    )
