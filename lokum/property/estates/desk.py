"""Registers of estates and what they consist of."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.desk.desk import Action, Filter, ModelDesk, Tab, register
from lokum.core.desk.own_fields import own_fields
from lokum.property.estates import group_queries, queries, seams, services
from lokum.property.estates.forms import (
    CloseForm,
    EntityForm,
    FactForm,
    GroupSpanForm,
    OwnValueForm,
    PremisesForm,
    ShareForm,
)
from lokum.property.estates.group_desk import placed_text
from lokum.property.estates.models import (
    Building,
    CostShare,
    DeclaredTotal,
    Entrance,
    Estate,
    FactChange,
    FactKind,
    GroupMember,
    OwnershipShare,
    Premises,
    PremisesEntity,
    PremisesFact,
    PremisesOwnValue,
    Storey,
)


def _is_open(record: Any) -> bool:
    return record.closed_on is None


def _is_closed(record: Any) -> bool:
    return record.closed_on is not None


def _closing(close: Any, reopen: Any) -> tuple[Action, ...]:
    return (
        Action("close", _("Close"), close, icon="lock", form=CloseForm, available=_is_open),
        Action("reopen", _("Reopen"), reopen, icon="lock-open", available=_is_closed),
    )


def _put_in_group(name: str, *, pks: list[int], actor: Actor, group: Any, **days: Any) -> str:
    places: dict[str, Any] = {name: pks}
    return placed_text(services.put_in_group(group.pk, actor=actor, **places, **days))


class _PlaceDesk(ModelDesk):
    """A place is deleted only while nothing in it was ever used; what was is named."""

    def held_by(self, record: Any) -> Sequence[tuple[Any, int]]:
        return queries.held_by(record)


@register
class EstateDesk(_PlaceDesk):
    model = Estate
    purpose = _(
        "Estates: grounds and buildings managed together. Bring a whole estate in with one workbook, or add it "
        "here and generate its premises."
    )
    filled_by = "occupancy:import_start"
    section = "premises"
    icon = "building-community"
    order = 10
    columns = ("code", "name", "node", "address", "opened_on", "closed_on")
    fields = ("code", "name", "node", "address", "register_number", "opened_on")
    search = ("code", "name", "address")
    filters = ("node", "closed_on")
    import_key = ("code",)
    related = ("node",)
    facts = ("code", "node", "address")
    tabs = (
        Tab("buildings", _("Buildings"), child=Building, lookup="estate"),
        Tab(
            "generator",
            _("Generate premises"),
            template="estates/tab_generator.html",
            context=lambda record, user: {"estate": record},
            right="estates.premises:add",
        ),
    )
    actions = _closing(services.close_estate, services.reopen_estate)


@register
class BuildingDesk(_PlaceDesk):
    model = Building
    purpose = _(
        "Buildings of an estate with address and register numbers. Bring them in with a workbook, or add an "
        "estate first and then its buildings."
    )
    filled_by = "occupancy:import_start"
    section = "premises"
    icon = "building"
    order = 20
    columns = ("code", "estate", "kind", "name", "street", "house_number", "postal_code", "city", "built_year",
               "closed_on")  # fmt: skip
    default_columns = ("code", "estate", "street", "house_number", "postal_code", "city", "built_year", "closed_on")
    fields = (
        "estate", "code", "kind", "name", "street", "house_number", "postal_code", "city", "territory_code",
        "register_number", "built_year", "opened_on",
    )  # fmt: skip
    search = ("code", "name", "street", "house_number", "city")
    search_indexed = True
    filters = ("estate", "kind", "city", "built_year", "closed_on")
    import_key = ("code",)
    related = ("estate",)
    ordering = ("sort_code",)
    facts = ("code", "estate", "city")
    tabs = (
        Tab("premises", _("Premises"), child=Premises, lookup="building"),
        Tab("entrances", _("Entrances"), child=Entrance, lookup="building"),
        Tab("storeys", _("Storeys"), child=Storey, lookup="building"),
        Tab(
            "totals",
            _("Sums and declared totals"),
            template="estates/tab_totals.html",
            context=lambda record, user: {"lines": queries.compare_totals(record.pk, clock.today())},
        ),
        Tab("declared", _("Declared totals"), child=DeclaredTotal, lookup="building"),
        Tab("groups", _("Districts and groups"), child=GroupMember, lookup="building"),
    )
    actions = (
        *_closing(services.close_building, services.reopen_building),
        Action("put_in_group", _("Put in a group"), partial(_put_in_group, "buildings"), icon="map-pin",
               form=GroupSpanForm, bulk=True),
    )  # fmt: skip


@register
class EntranceDesk(_PlaceDesk):
    model = Entrance
    purpose = _("Staircases of buildings, where they have several. Premises of a building without them need none.")
    section = "premises"
    searchable_globally = False
    icon = "door"
    order = 30
    columns = ("building", "code", "address", "closed_on")
    fields = ("building", "code", "address", "opened_on")
    search = ("code", "address", "building__code", "building__street")
    filters = ("building", "closed_on")
    import_key = ("building", "code")
    related = ("building",)
    facts = ("building", "code", "address")
    tabs = (Tab("premises", _("Premises"), child=Premises, lookup="entrance"),)
    actions = _closing(services.close_entrance, services.reopen_entrance)


@register
class StoreyDesk(_PlaceDesk):
    model = Storey
    section = "premises"
    searchable_globally = False
    icon = "stairs"
    order = 40
    menu = False
    columns = ("building", "level", "name", "closed_on")
    fields = ("building", "level", "name", "opened_on")
    search = ("name", "building__code")
    filters = ("building", "level")
    import_key = ("building", "level")
    related = ("building",)
    facts = ("building", "level", "name")
    tabs = (Tab("premises", _("Premises"), child=Premises, lookup="storey"),)
    actions = _closing(services.close_storey, services.reopen_storey)


def _area(bound: str, premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    try:
        value = Decimal(values[-1].replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise ValueError(_("This is not a number."))
    if not value.is_finite():
        raise ValueError(_("This is not a number."))
    return premises.filter(**{f"usable_area__{bound}": value})


def _state(premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    wanted = values[-1]
    if wanted not in ("open", "closed"):
        raise ValueError(_("Choose open or closed."))
    today = clock.today()
    found = queries.open_premises(today)
    return (
        premises.filter(pk__in=found.values("pk")) if wanted == "open" else premises.exclude(pk__in=found.values("pk"))
    )


def _facts_context(record: Premises, user: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "facts_now": [*queries.facts_as_of(record.pk, today).values(), *queries.own_values_as_of(record.pk, today)],
        "history": queries.whole_history(record.pk),
        "share": queries.share_of(record.pk, today),
        "on": today,
        "premises": record,
    }


_FILTERS = (
    Filter("group", _("code of a district or group"), group_queries.in_group),
    Filter("area_from", _("usable area from"), partial(_area, "gte")),
    Filter("area_to", _("usable area to"), partial(_area, "lte")),
    Filter(
        "state",
        _("state"),
        _state,
        kind="choice",
        options=lambda: (("open", str(_("open"))), ("closed", str(_("closed")))),
    ),
)


@register
class PremisesDesk(_PlaceDesk):
    model = Premises
    purpose = _(
        "Flats, shops, garages and other units: everything that is charged and owned. The quickest way in is a "
        "workbook; or open an estate and generate them."
    )
    filled_by = "occupancy:import_start"
    section = "premises"
    icon = "home"
    order = 50
    columns = ("code", "building", "entrance", "storey", "number", "kind", "usable_area", "closed_on")
    fields = ("building", "number", "code", "entrance", "storey", "kind", "register_number", "opened_on")
    search = ("code", "number", "register_number", "building__street", "building__house_number")
    filters = ("building__estate", "building", "entrance", "storey", "number", "kind")
    import_key = ("code",)
    related = ("building__estate", "entrance", "storey")
    facts = ("building", "number", "kind")
    cell = {"usable_area": lambda record: record.usable_area}
    labels = {"usable_area": FactKind.USABLE_AREA.label}
    form = PremisesForm
    _own_actions = (
        Action("record_fact", _("Record a fact"), lambda pk, *, actor, **v: _record_fact(pk, actor, **v),
               icon="pencil", form=FactForm, available=_is_open),
        Action("set_own_value", _("Set an own field from a day on"),
               lambda pk, *, actor, **v: _set_own_value(pk, actor, **v), icon="calendar", form=OwnValueForm,
               available=lambda record: _is_open(record) and any(one.dated for one in own_fields(Premises))),
        Action("set_share", _("Set the share"), lambda pk, *, actor, **v: _set_share(pk, actor, **v),
               icon="percentage", form=ShareForm, available=_is_open),
        Action("assign_entity", _("Change the entity"), lambda pk, *, actor, **v: _assign_entity(pk, actor, **v),
               icon="building-bank", form=EntityForm, available=_is_open),
        Action("put_in_group", _("Put in a group"), partial(_put_in_group, "premises"), icon="map-pin",
               form=GroupSpanForm, bulk=True),
        *_closing(services.close_premises, services.reopen_premises),
    )  # fmt: skip
    _own_tabs = (
        Tab("facts", _("Attributes"), template="estates/tab_facts.html", context=_facts_context),
        Tab("cost_shares", _("Further shares"), child=CostShare, lookup="premises"),
        Tab("entities", _("Belongs to"), child=PremisesEntity, lookup="premises"),
        Tab(
            "groups",
            _("Districts and groups"),
            template="estates/tab_groups.html",
            context=lambda record, user: {"places": group_queries.groups_of_premises(record)},
            right="estates.premisesgroup:view",
        ),
        Tab("changes", _("Changes of facts"), child=FactChange, lookup="premises"),
    )

    @property
    def tabs(self) -> Sequence[Tab]:  # type: ignore[override]
        """Upper layers add titles, accounts, meters."""
        return (*self._own_tabs, *seams.premises_tabs)

    @property
    def actions(self) -> Sequence[Action]:  # type: ignore[override]
        return (*self._own_actions, *seams.premises_actions)

    @property
    def extra_filters(self) -> Sequence[Filter]:  # type: ignore[override]
        return (*_FILTERS, *seams.premises_filters)

    def address(self, record: Any) -> str:
        """Supply points are shown in their own register."""
        other = next(filter(None, (source(record) for source in seams.premises_addresses)), "")
        return other or super().address(record)

    def base_queryset(self) -> QuerySet[Any]:
        area = PremisesFact.objects.filter(
            premises=OuterRef("pk"),
            kind="usable_area",
            valid__contains=clock.today(),
            recorded__endswith=None,
        )
        return Premises.objects.proper().annotate(usable_area=Subquery(area.values("value")[:1]))

    def saved(self, records: Sequence[Any], *, created: bool, actor: Actor) -> None:
        """New premises belong to the one entity of their office; with several, somebody must say which."""
        if created:
            services.give_to_own_entity(records)


def _record_fact(pk: int, actor: Actor, **values: Any) -> str:
    new = services.record_fact(
        pk, values.pop("kind"), values.pop("value"), values.pop("valid_from"), actor=actor, **values
    )
    return str(_("Recorded.") if new else _("This value is recorded already; nothing changed."))


def _set_own_value(pk: int, actor: Actor, **values: Any) -> str:
    new = services.set_own_value(
        pk, values.pop("code"), values.pop("value"), values.pop("valid_from"), actor=actor, **values
    )
    return str(_("Recorded.") if new else _("This value is recorded already; nothing changed."))


def _set_share(pk: int, actor: Actor, **values: Any) -> str:
    new = services.set_share(
        pk, values["numerator"], values["denominator"], values["valid_from"], actor=actor,
        kind=values.get("kind") or "share",
    )  # fmt: skip
    return str(_("Recorded.") if new else _("This share holds already; nothing changed."))


def _assign_entity(pk: int, actor: Actor, **values: Any) -> str:
    row = services.assign_entity(pk, values["entity"].pk, values["valid_from"], actor=actor)
    return str(_("Belongs to %(entity)s.") % {"entity": row.entity})


@register
class DeclaredTotalDesk(ModelDesk):
    model = DeclaredTotal
    section = "premises"
    searchable_globally = False
    icon = "calculator"
    order = 60
    menu = False
    columns = ("building", "kind", "value", "source")
    fields = ("building", "kind", "value", "source")
    search = ("source", "building__code")
    filters = ("building", "kind")
    import_key = ("building", "kind")
    related = ("building",)


@register
class PremisesEntityDesk(ModelDesk):
    """Read here, changed by the action on premises."""

    model = PremisesEntity
    section = "premises"
    icon = "building-bank"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("premises", "entity", "valid")
    filters = ("entity", "valid")
    related = ("premises", "entity")


@register
class OwnershipShareDesk(ModelDesk):
    """Read here, changed by the action on premises and by the estate's workbook."""

    model = OwnershipShare
    section = "premises"
    icon = "percentage"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("premises", "numerator", "denominator", "valid")
    filters = ("premises__building", "valid")
    related = ("premises",)


@register
class CostShareDesk(ModelDesk):
    """Read here, changed by the action on premises."""

    model = CostShare
    section = "premises"
    icon = "percentage"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("premises", "kind", "numerator", "denominator", "valid")
    filters = ("premises__building", "kind", "valid")
    related = ("premises",)


@register
class PremisesFactDesk(ModelDesk):
    """Every value ever recorded; changed by the action on premises and by the estate's workbook."""

    model = PremisesFact
    section = "premises"
    icon = "pencil"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("premises", "kind", "value", "valid", "recorded", "source", "actor_label")
    filters = ("premises__building", "kind", "valid")
    related = ("premises",)


@register
class PremisesOwnValueDesk(ModelDesk):
    """Every value ever recorded of dated own fields; changed on premises, by sheets and by the action there."""

    model = PremisesOwnValue
    section = "premises"
    icon = "columns"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("premises", "code", "value", "valid", "recorded", "source", "actor_label")
    filters = ("premises", "premises__building", "code", "valid")
    related = ("premises",)
