"""Limits of what residents declare: settings of a node, or those of a component; and how a value stands to them.

The judging itself is a plain function (`remarks_on`); the seam of the occupancy asks `check_declaration`.

Least area: 5 m2 of living area for one person is the least the Polish law on tenants' rights grants anybody
(art. 2 ust. 1 pkt 5a, Dz.U. 2001 nr 71 poz. 733 with changes). Water: published flat rates are 6, 8 and 10 m3 per
person and month. Every figure is a setting that an operator changes, from a day on, for a node and all below.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base.errors import Refusal
from lokum.core.organisation.inherited import register_setting, settings_at
from lokum.money.charges.models import Component, ComponentAssignment, DeclarationLimit
from lokum.money.charges.parts import priced_components
from lokum.property.estates.models import Premises, PremisesFact
from lokum.property.occupancy.models import Declaration
from lokum.property.occupancy.seams import Remark, add_declaration_check

Kind, Per = Declaration.Kind, DeclarationLimit.Per
WATER = (Kind.COLD_WATER, Kind.HOT_WATER)

AREA_EACH, PERSONS_JUMP, PERSONS_POSSIBLE = (
    f"charges.limit_persons_{name}" for name in ("area_each", "jump", "possible")
)  # fmt: skip
WATER_LEAST, WATER_MOST, WATER_POSSIBLE = (f"charges.limit_water_{name}" for name in ("least", "most", "possible"))
HEAT_MOST, HEAT_POSSIBLE = "charges.limit_heat_most", "charges.limit_heat_possible"
SETTINGS = (
    (AREA_EACH, gettext_lazy("Declared persons: least m² of usable area for one"), Decimal(5)),
    (PERSONS_JUMP, gettext_lazy("Declared persons: largest usual change"), Decimal(3)),
    (PERSONS_POSSIBLE, gettext_lazy("Declared persons: most that is possible"), Decimal(50)),
    (WATER_LEAST, gettext_lazy("Declared water, m³ for one person in a month: usual from"), Decimal(1)),
    (WATER_MOST, gettext_lazy("Declared water, m³ for one person in a month: usual to"), Decimal(10)),
    (WATER_POSSIBLE, gettext_lazy("Declared water, m³ for one person in a month: most that is possible"), Decimal(50)),
    (HEAT_MOST, gettext_lazy("Declared heat, GJ for 1 m² in a month: usual to"), Decimal("0.1")),
    (HEAT_POSSIBLE, gettext_lazy("Declared heat, GJ for 1 m² in a month: most that is possible"), Decimal(1)),
)
WORDS = {
    "area_each": gettext_lazy("%(figure)s m² for each person; usual is %(limit)s m² at least"),
    "jump": gettext_lazy("%(old)s so far, %(figure)s now; the largest usual change is %(limit)s"),
    "least_premises": gettext_lazy("%(figure)s; usual is from %(limit)s"),
    "most_premises": gettext_lazy("%(figure)s; usual is up to %(limit)s"),
    "possible_premises": gettext_lazy("%(figure)s; more than %(limit)s is not possible"),
    "least_person": gettext_lazy("%(figure)s for one person; usual is from %(limit)s"),
    "most_person": gettext_lazy("%(figure)s for one person; usual is up to %(limit)s"),
    "possible_person": gettext_lazy("%(figure)s for one person; more than %(limit)s is not possible"),
    "least_area": gettext_lazy("%(figure)s for 1 m²; usual is from %(limit)s"),
    "most_area": gettext_lazy("%(figure)s for 1 m²; usual is up to %(limit)s"),
    "possible_area": gettext_lazy("%(figure)s for 1 m²; more than %(limit)s is not possible"),
    "no_person": gettext_lazy("it is not known that anybody lives there"),
    "no_area": gettext_lazy("the usable area is not known"),
}


@dataclass(frozen=True)
class Limits:
    """Figures per `per`; None is not asked."""

    per: str = Per.PREMISES.value
    usual_least: Decimal | None = None
    usual_most: Decimal | None = None
    possible_most: Decimal | None = None
    jump: Decimal | None = None
    area_each: Decimal | None = None


@dataclass(frozen=True)
class Home:
    """What premises are on the day a declaration begins; None: not known."""

    present: Decimal | None = None
    persons: Decimal | None = None
    area: Decimal | None = None


def _text(value: Decimal) -> str:
    return f"{round(value, 3).normalize():f}"


def remarks_on(value: Decimal, home: Home, limits: Limits) -> list[Remark]:
    """What is unusual or impossible about a declared value."""
    found: list[Remark] = []

    def say(code: str, figure: Decimal, limit: Decimal, *, impossible: bool = False, **more: str) -> None:
        found.append(Remark(code, {"figure": _text(figure), "limit": _text(limit)} | more, impossible))

    shares = {Per.PREMISES.value: Decimal(1), Per.PERSON.value: home.persons, Per.AREA.value: home.area}
    share = shares[limits.per]
    asked = (limits.usual_least, limits.usual_most, limits.possible_most)
    if share:
        figure = value / share
        if limits.possible_most is not None and figure > limits.possible_most:
            say(f"possible_{limits.per}", figure, limits.possible_most, impossible=True)
        elif limits.usual_most is not None and figure > limits.usual_most:
            say(f"most_{limits.per}", figure, limits.usual_most)
        if limits.usual_least is not None and figure < limits.usual_least:
            say(f"least_{limits.per}", figure, limits.usual_least)
    elif value and any(one is not None for one in asked):
        found.append(Remark(f"no_{limits.per}"))
    if limits.jump is not None and home.present is not None and abs(value - home.present) > limits.jump:
        say("jump", value, limits.jump, old=_text(home.present))
    if limits.area_each is not None and value:
        if not home.area:
            found.append(Remark("no_area"))
        elif home.area / value < limits.area_each:
            say("area_each", home.area / value, limits.area_each)
    return found


def _of_node(kind: str, held: Mapping[str, Any]) -> Limits:
    """The limits that the settings of a node mean for a kind; nought switches one off."""
    value = {code: held[code].value or None for code, _label, _default in SETTINGS}
    if kind == Kind.PERSONS:
        return Limits(possible_most=value[PERSONS_POSSIBLE], jump=value[PERSONS_JUMP], area_each=value[AREA_EACH])
    if kind in WATER:
        return Limits(Per.PERSON.value, value[WATER_LEAST], value[WATER_MOST], value[WATER_POSSIBLE])
    return Limits(Per.AREA.value, None, value[HEAT_MOST], value[HEAT_POSSIBLE])


def _of_component(row: DeclarationLimit) -> Limits:
    return Limits(row.per, row.usual_least, row.usual_most, row.possible_most, row.jump, row.area_each)


def reading_components(premises_ids: Collection[int], on: dt.date) -> dict[int, dict[str, list[Component]]]:
    """premises -> kind of fact that may be declared -> components attached on the day that rest on it."""
    rows = ComponentAssignment.objects.filter(
        premises__in=premises_ids, valid__contains=on, component__valid__contains=on
    ).select_related("component__entity")
    attached = [(row.premises_id, row.component) for row in rows.order_by("component__position", "component__code")]
    by_entity: dict[int, set[int]] = {}
    for _premises, component in attached:
        by_entity.setdefault(component.entity_id, set()).add(component.pk)
    facts: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        for entity_id, ids in sorted(by_entity.items()):
            for one in priced_components(cursor, {"entity": entity_id}, only=ids):
                facts[one.component_id] = list(one.formula.facts) if one.formula else []
    found: dict[int, dict[str, list[Component]]] = {}
    for premises_id, component in attached:
        for name in facts.get(component.pk, ()):
            if name in Kind.values:
                found.setdefault(premises_id, {}).setdefault(name, []).append(component)
    return found


def _home(premises_id: int, kind: str, on: dt.date) -> Home:
    facts = PremisesFact.objects.filter(
        premises=premises_id, kind__in={kind, "persons", "usable_area"}, valid__contains=on, recorded__endswith=None
    )
    known = dict(facts.values_list("kind", "value"))
    return Home(known.get(kind), known.get("persons"), known.get("usable_area"))


def check_declaration(premises_id: int, kind: str, value: Decimal, valid_from: dt.date) -> Sequence[Remark]:
    """What the limits valid on the first day say; those of a component, else those of its node.

    Where no component rests on the value, the settings of the place count.
    """
    home = _home(premises_id, kind, valid_from)
    components = reading_components([premises_id], valid_from).get(premises_id, {}).get(kind, [])
    own = {
        row.component_id: row
        for row in DeclarationLimit.objects.filter(component__in=components, kind=kind, valid__contains=valid_from)
    }
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Remark] = {}
    nodes: set[int] = set()
    for component in components:
        if component.pk in own:
            for one in remarks_on(value, home, _of_component(own[component.pk])):
                found.setdefault((one.code, tuple(one.details.items())), one)
        else:
            nodes.add(component.entity.node_id)
    if not components:
        nodes = set(Premises.objects.filter(pk=premises_id).values_list("building__estate__node_id", flat=True))
    for node_id in sorted(nodes):
        held = settings_at(node_id, valid_from, [code for code, _label, _default in SETTINGS])
        for one in remarks_on(value, home, _of_node(kind, held)):
            found.setdefault((one.code, tuple(one.details.items())), one)
    return list(found.values())


def declared_behind(snapshots: Sequence[Any]) -> list[list[Declaration]]:
    """For each snapshot of a line the accepted declarations that its quantities come from, in two queries."""
    named = [_fact_ids(one) for one in snapshots]
    wanted = {pk for each in named for pk in each}
    if not wanted:
        return [[] for _one in named]
    roots = {pk: origin or pk for pk, origin in PremisesFact.objects.filter(pk__in=wanted).values_list("pk", "origin")}
    rows: dict[int | None, Declaration] = {
        row.fact_id: row
        for row in Declaration.objects.filter(fact__in=set(roots.values())).select_related("premises__building")
    }
    return [list({rows[root].pk: rows[root] for pk in each if (root := roots.get(pk)) in rows}.values())
            for each in named]  # fmt: skip


def _fact_ids(node: Any) -> list[int]:
    """Ids of facts of the declared kinds, in the order in which the snapshot names them."""
    if isinstance(node, Mapping):
        if node.get("name") in Kind.values and node.get("fact_id"):
            return [int(node["fact_id"])]
        return [pk for each in node.values() for pk in _fact_ids(each)]
    if isinstance(node, list):
        return [pk for each in node for pk in _fact_ids(each)]
    return []


def _not_negative(value: Decimal) -> None:
    if value < 0:
        text = _("A limit is not negative.")
        raise Refusal("setting.value", text, fields={"value": [text]})


def install() -> None:
    for code, label, default in SETTINGS:
        register_setting(
            code, label, "decimal", default, _not_negative, dated=True, help=gettext_lazy("0: this is not asked.")
        )
    add_declaration_check(check_declaration, WORDS)
