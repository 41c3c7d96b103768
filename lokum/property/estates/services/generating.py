"""Building an estate from a plan: set-based, only what is missing."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from django.utils.translation import gettext as _

from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.generator import (
    ExistingBuilding,
    Outcome,
    Parameters,
    PlanError,
    PlannedBuilding,
    compare,
    plan_estate,
)
from lokum.property.estates.models import Building, Entrance, Estate, Premises, PremisesEntity, Storey
from lokum.property.estates.services.facts import FactRow, record_facts

_BATCH = 5000


def preview_estate(estate_pk: int, parameters: Parameters) -> Outcome:
    """What `generate_estate` would do now; writes nothing. Raises Refusal for parameters that make no sense."""
    estate = Estate.objects.filter(pk=estate_pk).first()
    if estate is None:
        raise Missing("estate.missing", _("There is no such estate."))
    if estate.closed_on is not None:
        raise Refusal("estate.closed", _("The estate is closed."), fields={"estate": [_("The estate is closed.")]})
    try:
        plan = plan_estate(parameters)
    except PlanError as error:
        text = plan_error_text(error)
        raise Refusal(f"generator.{error.code}", text, fields={error.name: [text]}) from error
    return compare(plan, _existing(plan), estate.code)


def plan_error_text(error: PlanError) -> str:
    texts = {
        "mask": _("“%(value)s” is not a mask: write text with {n}, {entrance}, {storey} or {position}."),
        "mask_without_counter": _("“%(value)s” gives everything the same number: add {n}."),
        "below_lowest": _("The highest storey lies below the lowest."),
        "none": _("Describe at least one position of premises on a storey."),
        "unknown": _("Choose one of the ways of counting."),
        "all": _("With every digit left out no number remains."),
        "too_many": _("%(value)s premises are more than one run makes; generate fewer buildings at a time."),
    }
    return texts[error.code] % {"value": error.value}


def _existing(plan: tuple[PlannedBuilding, ...]) -> dict[str, ExistingBuilding]:
    codes = [building.code for building in plan]
    buildings = list(Building.objects.filter(code__in=codes).select_related("estate"))
    entrances: dict[int, set[str]] = defaultdict(set)
    levels: dict[int, set[int]] = defaultdict(set)
    premises: dict[int, dict[str, tuple[str, int | None, str]]] = defaultdict(dict)
    for building_id, code in Entrance.objects.filter(building__in=buildings).values_list("building_id", "code"):
        entrances[building_id].add(code)
    for building_id, level in Storey.objects.filter(building__in=buildings).values_list("building_id", "level"):
        levels[building_id].add(level)
    rows = Premises.objects.filter(building__in=buildings).values_list(
        "building_id", "number", "entrance__code", "storey__level", "kind"
    )
    for building_id, number, entrance, level, kind in rows:
        premises[building_id][number] = (entrance or "", level, kind)
    return {
        one.code: ExistingBuilding(
            estate_code=one.estate.code,
            entrances=frozenset(entrances[one.pk]),
            levels=frozenset(levels[one.pk]),
            premises=premises[one.pk],
        )
        for one in buildings
    }


def generate_estate(
    estate_pk: int,
    parameters: Parameters,
    *,
    actor: Actor,
    entity_pk: int,
    valid_from: dt.date,
    source: str = "",
) -> Outcome:
    """Make what is missing of the plan; a number in the way is left alone and stands in the outcome's conflicts.

    New premises belong to `entity_pk` and their facts hold from `valid_from`. One transaction: all or nothing.
    """
    with acting(actor):
        if not Estate.objects.select_for_update(of=("self",)).filter(pk=estate_pk).exists():
            raise Missing("estate.missing", _("There is no such estate."))
        outcome = preview_estate(estate_pk, parameters)
        Building.objects.bulk_create(
            [
                Building(
                    estate_id=estate_pk,
                    code=one.code,
                    street=one.street,
                    house_number=one.house_number,
                    postal_code=one.postal_code,
                    city=one.city,
                    opened_on=valid_from,
                )
                for one in outcome.buildings
            ],
            batch_size=_BATCH,
        )
        _generate_parts(estate_pk, outcome, valid_from)
        _generate_premises(estate_pk, outcome, entity_pk, valid_from, source, actor)
        return outcome


def _generate_parts(estate_pk: int, outcome: Outcome, valid_from: dt.date) -> None:
    ids = dict(Building.objects.filter(estate_id=estate_pk).values_list("code", "pk"))
    Entrance.objects.bulk_create(
        [Entrance(building_id=ids[code], code=name, opened_on=valid_from) for code, name in outcome.entrances],
        batch_size=_BATCH,
    )
    Storey.objects.bulk_create(
        [Storey(building_id=ids[code], level=level, opened_on=valid_from) for code, level in outcome.levels],
        batch_size=_BATCH,
    )


def _generate_premises(
    estate_pk: int, outcome: Outcome, entity_pk: int, valid_from: dt.date, source: str, actor: Actor
) -> None:
    ids = dict(Building.objects.filter(estate_id=estate_pk).values_list("code", "pk"))
    entrances = {
        (building_id, code): pk
        for pk, building_id, code in Entrance.objects.filter(building__estate_id=estate_pk).values_list(
            "pk", "building_id", "code"
        )
    }
    storeys = {
        (building_id, level): pk
        for pk, building_id, level in Storey.objects.filter(building__estate_id=estate_pk).values_list(
            "pk", "building_id", "level"
        )
    }
    made = Premises.objects.bulk_create(
        [
            Premises(
                building_id=ids[code],
                entrance_id=entrances.get((ids[code], one.entrance)),
                storey_id=storeys.get((ids[code], one.level)),
                code=f"{code}/{one.number}"[:40],
                number=one.number,
                kind=one.kind,
                opened_on=valid_from,
            )
            for code, one in outcome.premises
        ],
        batch_size=_BATCH,
    )
    PremisesEntity.objects.bulk_create(
        [PremisesEntity(premises=one, entity_id=entity_pk, valid=(valid_from, None)) for one in made],
        batch_size=_BATCH,
    )
    facts = [
        FactRow(premises.pk, kind, Decimal(value), valid_from, None, source)
        for premises, (_code, planned) in zip(made, outcome.premises, strict=True)
        for kind, value in planned.facts.items()
    ]
    if facts:
        record_facts(facts, actor=actor)
