"""Components with their dated prices, attached to the premises they are charged for."""

import datetime as dt
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.demo.organisation import Books
from lokum.demo.prices import Price, PricedComponent
from lokum.demo.property import Placed
from lokum.money.charges.models import Component, Tariff
from lokum.money.charges.services import approve_tariff, attach_component, propose_tariff

COOP_TITLES = ("coop_ownership", "coop_tenancy")


def price_components(
    books: Books, components: tuple[PricedComponent, ...], placed: Placed, first_month: dt.date, *, actor: Actor
) -> None:
    for position, one in enumerate(components, start=1):
        english, polish, traditional, simplified = one.names
        component = Component.objects.create(
            entity=books.entity,
            code=one.code,
            name=english,
            name_pl=polish,
            name_zh_hant=traditional,
            name_zh_hans=simplified,
            component_class=one.kind,
            basis=one.basis,
            billing=one.billing,
            vat_kind=one.vat,
            fund=books.funds[one.fund],
            income_account=books.chart["income"],
            position=position * 10,
            valid=DateRange(first_month, None),
        )
        carried = [(house, premises) for house, unit, premises in placed if one.payers in unit.groups]
        buildings = {house.code: premises.building_id for house, premises in carried}
        for price in sorted(one.prices, key=lambda price: price.since):
            _approve(component, price, buildings, first_month, actor)
        attach_component(component.pk, [premises.pk for _house, premises in carried], first_month, actor=actor)


def _approve(component: Component, price: Price, buildings: dict[str, int], first_month: dt.date, actor: Actor) -> None:
    """Propose and approve through the services; a price of odd or even buildings becomes one tariff a building."""
    since = clock.add_months(first_month, price.since)
    targets: list[tuple[str, int | None]] = [(Tariff.Level.ENTITY, None)]
    if price.buildings != "every":
        parity = 1 if price.buildings == "odd" else 0
        targets = [
            (Tariff.Level.BUILDING, pk)
            for number, (_code, pk) in enumerate(sorted(buildings.items()), start=1)
            if number % 2 == parity
        ]
    titles = {"": ("",), "coop": COOP_TITLES}.get(price.title, (price.title,))
    for level, building_id in targets:
        for title_kind in titles:
            tariff = propose_tariff(
                component.pk,
                Decimal(price.value),
                (since, None),
                actor=actor,
                level=level,
                building_id=building_id,
                title_kind=title_kind,
                membership=price.membership,
                source=price.source,
            )
            approve_tariff(tariff.pk, actor=actor)
