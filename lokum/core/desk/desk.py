"""The desk: one declaration per model from which its pages, sheets, API and rights follow.

    @register
    class BuildingDesk(ModelDesk):
        model = Building
        section = "premises"
        icon = "building"
        columns = ("estate", "code", "name", "address")
        fields = ("estate", "code", "name", "address", "opened_on")
        search = ("code", "name", "address")
        filters = ("estate", "kind")
        import_key = ("estate", "code")

Plain edits from form, import, bulk edit and API pass through one save service; a field with consequences is not
in `fields`, it changes by an `Action` that calls a service of its app.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db import models

# Areas of work in the order of the menu: key -> (label, icon) is filled by `lokum.core.desk.sections`.
SECTIONS = (
    "premises",
    "people",
    "charges",
    "ledger",
    "money",
    "meters",
    "service",
    "community",
    "office",
    "settings",
)


@dataclass(frozen=True)
class Action:
    """A button on a record or on a selection; `service(pk, *, actor, **cleaned_data)` does the work.

    name: right and URL part ("close"); form: a Django form whose cleaned data become keyword arguments;
    available: whether the button is shown for this record (the service checks again);
    bulk: offered for a selection, called once with `pks` instead of `pk`; collection: offered on the list
    itself (no record), called without pk. result_url: where to go with the service's return value.
    """

    name: str
    label: Any
    service: Callable[..., Any]
    icon: str = "player-play"
    form: type[forms.Form] | None = None
    available: Callable[[Any], bool] = lambda record: True
    tone: str = "secondary"
    confirm: Any = ""
    bulk: bool = False
    collection: bool = False
    result_url: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class Tab:
    """A part of a record's page. Child registers are given by `desk` + `lookup`; anything else by `template` and
    `context(record, user) -> dict`, which reads through queries only."""

    name: str
    label: Any
    child: type[models.Model] | None = None
    lookup: str = ""
    template: str = ""
    context: Callable[[Any, Any], dict[str, Any]] | None = None
    right: str = ""
    icon: str = ""


class ModelDesk:
    model: ClassVar[type[models.Model]]
    section: ClassVar[str] = "settings"
    icon: ClassVar[str] = "list"
    order: ClassVar[int] = 100
    columns: ClassVar[Sequence[str]] = ()
    default_columns: ClassVar[Sequence[str]] = ()
    fields: ClassVar[Sequence[str]] = ()
    search: ClassVar[Sequence[str]] = ()
    filters: ClassVar[Sequence[str]] = ()
    totals: ClassVar[Sequence[str]] = ()
    ordering: ClassVar[Sequence[str]] = ()
    import_key: ClassVar[Sequence[str]] = ()
    related: ClassVar[Sequence[str]] = ()  # select_related paths of list and export
    actions: ClassVar[Sequence[Action]] = ()
    tabs: ClassVar[Sequence[Tab]] = ()
    facts: ClassVar[Sequence[str]] = ()  # the three fields that identify a record in its header
    masked: ClassVar[Sequence[str]] = ()  # fields shown in full only with the right "unmask"
    form: ClassVar[type[forms.ModelForm] | None] = None
    editable: ClassVar[bool] = True
    addable: ClassVar[bool] = True
    deletable: ClassVar[bool] = True
    menu: ClassVar[bool] = True
    searchable_globally: ClassVar[bool] = True
    cell: ClassVar[dict[str, Callable[[Any], Any]]] = {}  # computed columns: name -> value(record)
    labels: ClassVar[dict[str, Any]] = {}  # headings of computed columns


class Registry:
    """All desks by model label ("estates.premises")."""

    def __init__(self) -> None:
        self.desks: dict[str, ModelDesk] = {}
        self.without_desk: dict[str, str] = {}

    def of(self, model: type[models.Model] | models.Model) -> ModelDesk | None:
        return self.desks.get(model._meta.label_lower)


registry = Registry()


def register(desk: type[ModelDesk]) -> type[ModelDesk]:
    label = desk.model._meta.label_lower
    if label in registry.desks:
        raise ValueError(f"{label} has a desk already")
    registry.desks[label] = desk()
    return desk


def no_desk(model: type[models.Model], reason: str) -> None:
    """State why a model has no register of its own (checked by a system check)."""
    registry.without_desk[model._meta.label_lower] = reason
