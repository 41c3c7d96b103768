"""Eight components with published rates attached to every premises of a small world, made set-wise."""

import datetime as dt
from decimal import Decimal

from django.db import connection

from lokum.core.base.context import Actor
from lokum.money.charges.models import ChargeRun, Component, Tariff
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run
from lokum.money.ledger.tests.world import World, make_world

MONTH = dt.date(2026, 3, 1)
# code, class, basis, price (rates of sm-radymno.pl and zsm.zgierz.com.pl, published_tariffs.json)
RATES = (
    ("EXPL", "service", "usable_area", "1.24"),
    ("REPAIR", "fund", "usable_area", "1.30"),
    ("MANAGE", "service", "usable_area", "1.98"),
    ("WASTE", "waste", "persons", "30.00"),
    ("GAS", "gas", "persons", "8.40"),
    ("INTERCOM", "aerial", "unit", "1.00"),
    ("WATER", "cold_water", "cold_water_forecast", "11.1564"),
    ("AERIAL", "aerial", "unit", "3.00"),
)


def make_component(world: World, code: str = "C", basis: str = "unit", **over) -> Component:
    values = {
        "entity": world.entity,
        "code": code,
        "name": code.title(),
        "component_class": "service",
        "basis": basis,
        "income_account": world.chart["income"],
        "valid": (dt.date(2020, 1, 1), None),
    }
    return Component.objects.create(**(values | over))


def make_tariff(component: Component, price: str, since: dt.date = dt.date(2020, 1, 1), **over) -> Tariff:
    values = {"component": component, "price": Decimal(price), "valid": (since, None), "state": "approved"}
    return Tariff.objects.create(**(values | over))


def attach_everywhere(world: World, component: Component | None = None, since: str = "2020-01-01") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO charges_componentassignment (component_id, premises_id, valid, version) "
            "SELECT c.id, g.premises_id, daterange(%s, NULL), 1 FROM occupancy_agreement g, charges_component c "
            "WHERE g.entity_id = %s AND c.entity_id = g.entity_id AND (%s::bigint IS NULL OR c.id = %s)",
            [since, world.entity.pk, component and component.pk, component and component.pk],
        )


def make_charged_world(count: int = 3, *, actor: Actor, tag: str = "W1") -> World:
    world = make_world(count, actor=actor, tag=tag)
    for position, (code, component_class, basis, price) in enumerate(RATES):
        make_tariff(make_component(world, code, basis, component_class=component_class, position=position), price)
    attach_everywhere(world)
    return world


def approved_run(world: World, month: dt.date = MONTH, *, actor: Actor) -> ChargeRun:
    run = compute_run(world.entity.pk, month, actor=actor)
    check_run(run.pk, actor=actor)
    return approve_run(run.pk, actor=actor)


def posted_run(world: World, month: dt.date = MONTH, *, actor: Actor) -> ChargeRun:
    return post_run(approved_run(world, month, actor=actor).pk, actor=actor, issued_on=month)
