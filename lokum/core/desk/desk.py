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

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst

from lokum.core.desk import switches
from lokum.core.desk.own_fields import is_own, own_field, takes_own_fields
from lokum.core.desk.words import Words

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
class Filter:
    """A filter that a register declares itself.

    `apply(queryset, values, user)` gets the texts of the address; it raises ValueError for what it cannot read.
    """

    name: str
    label: Any
    apply: Callable[[models.QuerySet[Any], list[str], Any], models.QuerySet[Any]]
    kind: str = "text"
    options: Callable[[], Sequence[tuple[str, Any]]] = tuple


@dataclass(frozen=True)
class Action:
    """A button on a record or on a selection; `service(pk, *, actor, **cleaned_data)` does the work.

    name: right and URL part ("close"); form: a Django form whose cleaned data become keyword arguments;
    available: whether it is possible for this record (the service checks again); shown: hides the button alone, so
    that who calls it all the same is told why it is refused;
    bulk: offered for a selection, called once with `pks` instead of `pk`; collection: offered on the list
    itself (no record), called without pk. result_url: where to go with the service's return value.
    """

    name: str
    label: Any
    service: Callable[..., Any]
    icon: str = "player-play"
    form: type[forms.Form] | None = None
    available: Callable[[Any], bool] = lambda record: True
    shown: Callable[[Any], bool] = lambda record: True
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


@dataclass(frozen=True)
class SheetExtra:
    """A column that a sheet may bring beside the fields; its heading stands in `labels`. An empty cell says nothing.

    read(text, user): the value of a filled cell; raises ValidationError or Refusal when it is none.
    today(record): what a known record of `base_queryset` has, for sheets that are to be brought back.
    same(record, value): whether a known record has this already (else: `today` says so; without both, the column
    belongs to another one and changes nothing by itself).
    """

    name: str
    read: Callable[[str, Any], Any]
    today: Callable[[Any], Any] | None = None
    same: Callable[[Any, Any], bool] | None = None

    def changes(self, record: Any, value: Any) -> bool:
        if value is None:
            return False
        if self.same is not None:
            return not self.same(record, value)
        return self.today is not None and self.today(record) != value


class ModelDesk:
    model: ClassVar[type[models.Model]]
    purpose: ClassVar[Any] = ""  # what the register is for and what comes first; its empty list says so
    filled_by: ClassVar[str] = ""  # register or page of the menu ("charges.chargerun", "app:page") that fills this one
    first_step: ClassVar[str] = ""  # collection action that an empty list offers before adding by hand
    section: ClassVar[str] = "settings"
    icon: ClassVar[str] = "list"
    order: ClassVar[int] = 100
    columns: ClassVar[Sequence[str]] = ()
    default_columns: ClassVar[Sequence[str]] = ()
    fields: ClassVar[Sequence[str]] = ()
    search: ClassVar[Sequence[str]] = ()
    search_indexed: ClassVar[bool] = False  # a `search_index` serves the own search fields
    search_starts: ClassVar[Sequence[str]] = ()  # own search fields of a long register that lead an index
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
    importable: ClassVar[bool] = True
    in_api: ClassVar[bool] = True
    menu: ClassVar[bool] = True
    searchable_globally: ClassVar[bool] = True
    cell: ClassVar[dict[str, Callable[[Any], Any]]] = {}  # computed columns: name -> value(record)
    labels: ClassVar[dict[str, Any]] = {}  # headings of computed columns
    words: ClassVar[dict[str, Words]] = {}  # columns of codes that upper layers extend: what people read instead
    months: ClassVar[Sequence[str]] = ()  # dates that stand for their month
    tones: ClassVar[dict[str, str]] = {}  # value of the state field -> ok, warn, bad, info, muted
    state: ClassVar[str] = ""  # the field shown as the state of a record in header and list
    currency: ClassVar[str] = ""  # path to the currency of a row: totals are never mixed over currencies
    function: ClassVar[str] = ""  # the module function that must be switched on ("portal.meters"); "" = always
    extra_filters: ClassVar[Sequence[Filter]] = ()
    extras: ClassVar[dict[str, Callable[[Any], forms.Field]]] = {}  # fields of the add form beside the model's
    edit_extras: ClassVar[dict[str, Callable[[Any], forms.Field]]] = {}  # the same for the form of a known record

    sheet_extras: ClassVar[Sequence[SheetExtra]] = ()  # `saved` finds their values in `record.extra_values`

    def base_queryset(self) -> models.QuerySet[Any]:
        """The rows of the register before rights; annotate what computed columns need."""
        return self.model._default_manager.all()

    def prepare(self, record: Any, *, created: bool) -> None:
        """Set derived columns before checks; no queries here, imports call it for every row."""

    def saved(self, records: Sequence[Any], *, created: bool, actor: Any) -> None:
        """Write what belongs to new or changed records, for all of them at once.

        `record.extra_values` carries what `extras` of the add form, `edit_extras` or `sheet_extras` brought. What is
        put into `record.sheet_made` (JSON) comes back to `take_back`.
        """

    def take_back(self, made: Mapping[int, dict[str, Any]], created: Collection[int], *, actor: Any) -> None:
        """Undo of an import: take back what `saved` wrote beside the records (by id; `created` are deleted afterwards).

        Raises Refusal when somebody used it.
        """

    def sheet_extra(self, name: str) -> SheetExtra | None:
        return next((one for one in self.sheet_extras if one.name == name), None)

    def name_of(self, record: Any) -> str:
        """What a record is called on its own page."""
        return str(record)

    def currency_of(self, record: Any) -> str:
        """The currency of a record's amounts; "" where the register has none or the record does not say."""
        for part in self.currency.split("__") if self.currency else ():
            record = getattr(record, part, None)
        return str(record or "") if self.currency else ""

    def held_by(self, record: Any) -> Sequence[tuple[Any, int]]:
        """What else forbids deleting a record, beyond the rows that name it: (register in the plural, count)."""
        return ()

    # --- names derived from the model ----------------------------------------------------------------------------
    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def app_label(self) -> str:
        return self.model._meta.app_label

    @property
    def model_name(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def singular(self) -> str:
        return capfirst(str(self.model._meta.verbose_name))

    def right(self, action: str) -> str:
        return f"{self.label}:{action}"

    def field(self, name: str) -> models.Field[Any, Any]:
        if is_own(name):
            return own_field(self.model, name).field  # type: ignore[no-any-return]
        return cast("models.Field[Any, Any]", self.model._meta.get_field(name))

    @property
    def module(self) -> str:
        """The function this register hangs on: its own, or that of its app."""
        return self.function or switches.function_of_app(self.app_label)

    @property
    def writes(self) -> bool:
        """Whether records change by plain edits: declared fields, or fields the operator may add."""
        return self.editable and (bool(self.fields) or takes_own_fields(self.model))

    def action(self, name: str) -> Action | None:
        return next((action for action in self.actions if action.name == name), None)

    def path(self, name: str, *args: Any) -> str:
        return reverse(f"desk:{name}", args=[self.app_label, self.model_name, *args])

    def address(self, record: Any) -> str:
        """The page of a record."""
        return self.path("detail", record.pk)

    def action_names(self) -> list[str]:
        """Every action a role can be given on this register."""
        names = ["view", "export", "print"]
        names += ["add"] if self.addable else []
        names += ["edit"] if self.writes else []
        names += ["delete"] if self.deletable else []
        names += ["import"] if self.importable and self.import_key and self.fields else []
        names += ["unmask"] if self.masked else []
        return names + [action.name for action in self.actions]


class Registry:
    """All desks by model label ("estates.premises")."""

    def __init__(self) -> None:
        self.desks: dict[str, ModelDesk] = {}
        self.without_desk: dict[str, str] = {}

    def of(self, model: type[models.Model] | models.Model) -> ModelDesk | None:
        return self.desks.get(model._meta.label_lower)

    def named(self, app_label: str, model_name: str) -> ModelDesk | None:
        return self.desks.get(f"{app_label}.{model_name}")

    def __iter__(self) -> Iterator[ModelDesk]:
        return iter(sorted(self.desks.values(), key=lambda desk: desk.label))


registry = Registry()


def function_of(right: str) -> str:
    """The switchable function on which a right depends: that of its register."""
    desk = registry.desks.get(right.partition(":")[0])
    return desk.module if desk is not None else ""


def register(desk: type[ModelDesk]) -> type[ModelDesk]:
    label = desk.model._meta.label_lower
    if label in registry.desks:
        raise ValueError(f"{label} has a desk already")
    registry.desks[label] = desk()
    return desk


def add_action(desk: type[ModelDesk], action: Action) -> None:
    """A button that an upper layer hangs on a register below it."""
    desk.actions = (*desk.actions, action)


def no_desk(model: type[models.Model], reason: str) -> None:
    """State why a model has no register of its own (checked by a system check)."""
    registry.without_desk[model._meta.label_lower] = reason
