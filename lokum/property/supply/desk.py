"""The register of customers without premises: their supply points."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.desk.desk import Action, Filter, ModelDesk, Tab, register
from lokum.property.estates import group_queries, seams
from lokum.property.estates import queries as estate_queries
from lokum.property.estates import services as estate_services
from lokum.property.estates.forms import CloseForm, EntityForm
from lokum.property.estates.models import FactChange, Premises, PremisesEntity
from lokum.property.occupancy.models import Agreement
from lokum.property.supply import importing
from lokum.property.supply.forms import PointFactForm
from lokum.property.supply.models import SupplyPoint
from lokum.property.supply.queries import all_points, quantity_text, served_today
from lokum.property.supply.seams import point_actions


def _record_fact(pk: int, *, actor: Actor, **values: Any) -> str:
    new = estate_services.record_fact(
        pk, values.pop("kind"), values.pop("value"), values.pop("valid_from"), actor=actor, **values
    )
    return _now("Recorded.") if new else _now("This value is recorded already; nothing changed.")


def _assign_entity(pk: int, *, actor: Actor, **values: Any) -> str:
    row = estate_services.assign_entity(pk, values["entity"].pk, values["valid_from"], actor=actor)
    return _now("Belongs to %(entity)s.") % {"entity": row.entity}


def _facts(record: SupplyPoint, user: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "facts_now": estate_queries.facts_as_of(record.pk, today).values(),
        "history": estate_queries.history_lines(record.pk),
        "on": today,
    }


def _is_open(record: Any) -> bool:
    return record.closed_on is None


@register
class SupplyPointDesk(ModelDesk):
    model = SupplyPoint
    purpose = _(
        "Places you supply with heat, water or ground to customers who have no premises, each with an agreement "
        "and account."
    )
    section = "people"
    icon = "plug"
    order = 72
    columns = ("code", "resource", "address", "building", "contracted", "customer_name", "agreement_code",
               "opened_on", "closed_on")  # fmt: skip
    default_columns = ("code", "resource", "address", "contracted", "customer_name", "agreement_code")
    fields = ("building", "number", "code", "resource", "address", "opened_on")
    search = ("code", "number", "address", "building__name")
    filters = ("building__estate", "building", "resource", "closed_on")
    import_key = ("code",)
    related = ("building__estate",)
    facts = ("resource", "address", "building")
    cell = {
        "contracted": lambda record: quantity_text(record.resource, record.contracted),
        "customer_name": lambda record: record.customer_name or "",
        "agreement_code": lambda record: record.agreement_code or "",
    }
    labels = {
        "contracted": _("contracted quantity"),
        "customer_name": _("customer"),
        "agreement_code": _("agreement"),
        "entity": _("entity"),
        "quantity": _("quantity"),
        "quantity_from": _("quantity from"),
        "customer": _("number of the customer"),
        "new_name": _("last name or company name"),
        "new_first_name": _("first name"),
        "new_tax_number": _("tax number"),
        "served_from": _("served from"),
        "agreement_number": _("number of the agreement"),
    }
    sheet_extras = importing.EXTRAS
    tabs = (
        Tab("agreements", _("Agreements"), child=Agreement, lookup="premises"),
        Tab("facts", _("Attributes"), template="supply/tab_facts.html", context=_facts),
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
    _own_actions = (
        Action("record_fact", _("Record a quantity"), _record_fact, icon="pencil", form=PointFactForm,
               available=_is_open),
        Action("assign_entity", _("Change the entity"), _assign_entity, icon="building-bank", form=EntityForm,
               available=_is_open),
        Action("close", _("Close"), estate_services.close_premises, icon="lock", form=CloseForm, available=_is_open),
        Action("reopen", _("Reopen"), estate_services.reopen_premises, icon="lock-open",
               available=lambda record: record.closed_on is not None),
    )  # fmt: skip
    _own_filters = (
        Filter("group", _("code of a district or group"), group_queries.in_group),
        Filter(
            "served",
            _("has a customer"),
            served_today,
            kind="choice",
            options=lambda: (("yes", _now("yes")), ("no", _now("no"))),
        ),
    )
    _shared_filters = ("person", "phone", "component", "balance_from", "balance_to")

    @property
    def title(self) -> str:
        return _now("Customers without premises")

    @property
    def actions(self) -> Sequence[Action]:  # type: ignore[override]
        """Upper layers sign agreements with components."""
        return (*point_actions, *self._own_actions)

    @property
    def extra_filters(self) -> Sequence[Filter]:  # type: ignore[override]
        """The conditions by which premises are found, as far as they make sense for supply points."""
        return (*self._own_filters, *(one for one in seams.premises_filters if one.name in self._shared_filters))

    def base_queryset(self) -> QuerySet[Any]:
        return all_points()

    def prepare(self, record: Any, *, created: bool) -> None:
        record.kind = Premises.Kind.SUPPLY_POINT

    def saved(self, records: Sequence[Any], *, created: bool, actor: Actor) -> None:
        """New points belong to the one entity of their office; with several, somebody must say which."""
        importing.bring_in(records, created=created, actor=actor)

    def take_back(self, made: Mapping[int, dict[str, Any]], created: Collection[int], *, actor: Actor) -> None:
        importing.take_back(made, created, actor=actor)
