"""Signing an agreement with a customer without premises: customer, supply point, agreement, account, components."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.models import User
from lokum.core.base import policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import Component, Package
from lokum.money.charges.services import attach_component, attach_many
from lokum.money.charges.supply_forms import SignForm, SignHereForm
from lokum.property.estates.models import Building
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.services import AgreementTerms
from lokum.property.parties.models import Party
from lokum.property.parties.services import add_party
from lokum.property.supply.models import SupplyPoint
from lokum.property.supply.seams import add_point_action
from lokum.property.supply.services import NewPoint, add_point, sign_supply


def sign(
    *, actor: Actor, valid_from: dt.date, point: SupplyPoint | None = None, place: Building | None = None,
    number: str = "", resource: str = "", address: str = "", contracted: Decimal | None = None,
    entity: Entity | None = None, code: str = "", **values: Any,
) -> Agreement:  # fmt: skip
    """Sign with a customer at a known supply point or at a new one, in one step or not at all."""
    with transaction.atomic():
        if point is None:
            assert place is not None  # the form says so
            new = NewPoint(
                place.pk, number, resource, address=address, entity_pk=entity.pk if entity else None,
                contracted=contracted, contracted_from=valid_from, source=code or _("Agreement of supply"),
            )  # fmt: skip
            point = add_point(new, actor=actor)
        return sign_here(point.pk, actor=actor, valid_from=valid_from, code=code, **values)


def sign_here(
    pk: int, *, actor: Actor, valid_from: dt.date, valid_to: dt.date | None = None, party: Party | None = None,
    due_day: int | None = None, code: str = "", components: Iterable[Component] = (),
    packages: Iterable[Package] = (), **new: Any,
) -> Agreement:  # fmt: skip
    """Sign with a customer at this supply point; the components are charged from the first day of the agreement."""
    with transaction.atomic():
        point = _own_point(pk, actor)
        payer = party or _new_customer(point, new, actor)
        terms = AgreementTerms(code=code, due_day=due_day)
        agreement = sign_supply(pk, payer.pk, valid_from, actor=actor, terms=terms, valid_to=valid_to)
        for name, chosen in (("packages", packages), ("components", components)):
            for what in chosen:
                if what.entity_id != agreement.entity_id:
                    text = _("%(component)s belongs to another entity than the agreement.") % {"component": what}
                    raise Refusal("component.other_entity", text, fields={name: [text]})
        for package in packages:
            attach_many(package, [pk], valid_from, actor=actor, ends_on=valid_to)
        for component in components:
            attach_component(component.pk, [pk], valid_from, actor=actor, ends_on=valid_to)
        return agreement


def _own_point(pk: int, actor: Actor) -> SupplyPoint:
    """The supply point, if the actor may sign there."""
    rows = SupplyPoint.objects.select_related("building__estate__node").filter(pk=pk)
    if actor.user_id is not None:
        rows = policy.allowed(rows, User.objects.get(pk=actor.user_id), "sign")
    point = rows.first()
    if point is None:
        raise Missing("supply.missing", _("There is no such supply point."))
    return point


def _new_customer(point: SupplyPoint, new: dict[str, Any], actor: Actor) -> Party:
    node = point.building.estate.node
    values = {
        "kind": new.get("party_kind") or Party.Kind.COMPANY, "last_name": new.get("last_name", ""),
        "first_name": new.get("first_name", ""), "tax_number": new.get("tax_number", ""), "country": node.country,
        "home_node": node,
    }  # fmt: skip
    contacts = [(kind, new[kind]) for kind in ("email", "phone") if new.get(kind)]
    return add_party(values, actor=actor, contacts=contacts, doubles_seen=bool(new.get("doubles_seen")))


def install() -> None:
    add_point_action(
        Action("sign", gettext_lazy("Sign an agreement"), sign, icon="file-text", tone="primary", form=SignForm,
               collection=True, result_url=url_of)
    )  # fmt: skip
    add_point_action(
        Action("sign_here", gettext_lazy("Sign an agreement here"), sign_here, icon="file-text", tone="primary",
               form=SignHereForm, available=lambda point: point.closed_on is None, result_url=url_of)
    )  # fmt: skip
