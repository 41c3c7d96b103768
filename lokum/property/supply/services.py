"""Adding supply points and signing their agreements."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models import CONTRACTED, Building, Premises
from lokum.property.estates.services import assign_entity, give_to_own_entity, record_fact
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.services import AgreementTerms, open_agreement
from lokum.property.supply.models import SupplyPoint

ALWAYS = dt.date(1900, 1, 1)


@dataclass(frozen=True)
class NewPoint:
    """A supply point to add. place_pk: the network, ground or building it hangs on; contracted: how much is agreed
    (kW, m³ a month, m² of ground), recorded from `contracted_from` with its source document."""

    place_pk: int
    number: str
    resource: str
    address: str = ""
    code: str = ""
    entity_pk: int | None = None
    opened_on: dt.date | None = None
    contracted: Decimal | None = None
    contracted_from: dt.date | None = None
    source: str = ""


def add_point(new: NewPoint, *, actor: Actor) -> SupplyPoint:
    """Add a supply point; it belongs to the named entity, or to the only one of its office.

    Raises Refusal when the number is taken, the supply is unknown, the place is closed, or a quantity is given for a
    supply without one.
    """
    if new.resource not in Premises.Resource.values:
        text = _("There is no such supply.")
        raise Refusal("supply.unknown_resource", text, fields={"resource": [text]})
    kind = CONTRACTED.get(new.resource)
    if new.contracted is not None and kind is None:
        text = _("This supply has no contracted quantity.")
        raise Refusal("supply.without_quantity", text, fields={"contracted": [text]})
    with acting(actor):
        place = Building.objects.select_for_update(of=("self",)).filter(pk=new.place_pk).first()
        if place is None:
            raise Missing("building.missing", _("There is no such record."))
        if place.closed_on is not None:
            text = _("%(place)s is closed.") % {"place": place}
            raise Refusal("building.closed", text, fields={"place": [text]})
        if Premises.objects.filter(building=place, number=new.number).exists():
            text = _("The number %(number)s is taken in %(place)s.") % {"number": new.number, "place": place}
            raise Refusal("premises.number_taken", text, fields={"number": [text]})
        point = SupplyPoint.objects.create(
            building=place, number=new.number, code=new.code or f"{place.code}/{new.number}",
            kind=Premises.Kind.SUPPLY_POINT, resource=new.resource, address=new.address, opened_on=new.opened_on,
        )  # fmt: skip
        if new.entity_pk is not None:
            assign_entity(point.pk, new.entity_pk, new.opened_on or ALWAYS, actor=actor)
        else:
            give_to_own_entity([point])
        if new.contracted is not None and kind is not None:
            since = new.contracted_from or new.opened_on or ALWAYS
            record_fact(point.pk, kind, new.contracted, since, source=new.source or point.code, actor=actor)
        return point


def sign_supply(
    point_pk: int, payer_pk: int, valid_from: dt.date, *, actor: Actor, terms: AgreementTerms | None = None,
    valid_to: dt.date | None = None,
) -> Agreement:  # fmt: skip
    """Sign an agreement of supply; its account is opened with it. One customer at a time is served at a point."""
    if valid_to is not None and valid_to < valid_from:
        text = _("The last day lies before the first.")
        raise Refusal("agreement.days_in_wrong_order", text, fields={"valid_to": [text]})
    with acting(actor):
        point = SupplyPoint.objects.select_for_update(of=("self",)).filter(pk=point_pk).first()
        if point is None:
            raise Missing("supply.missing", _("There is no such supply point."))
        if point.closed_on is not None and (valid_to is None or valid_to > point.closed_on):
            text = _("The supply point is closed since %(day)s.") % {"day": point.closed_on}
            raise Refusal("premises.closed", text, fields={"valid_from": [text]})
        after = valid_to + dt.timedelta(days=1) if valid_to else None
        other = Agreement.objects.filter(premises_id=point_pk, valid__overlap=(valid_from, after)).first()
        if other is not None:
            text = _("Agreement %(code)s with %(payer)s runs at this point; end it first.") % {
                "code": other.code, "payer": other.payer,
            }  # fmt: skip
            raise Refusal("supply.point_taken", text, fields={"point": [text]})
        return open_agreement(
            point_pk, payer_pk, valid_from, actor=actor, kind=Agreement.Kind.SUPPLY, terms=terms, valid_to=valid_to
        )
