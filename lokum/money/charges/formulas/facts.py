"""Facts a formula may name: the seam by which every layer offers what it knows about premises.

A fact is a name, a unit of measure and a relation in SQL. Lower layers are read here; upper layers and own fields
register theirs. The language knows nothing else about the database.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.own_fields import own_fields
from lokum.property.estates.models import FACT_UNITS, CostShare, FactKind, Premises

BOOLEAN, TEXT = "boolean", "text"
SHARE_PARTS = ("share_numerator", "share_denominator")
# Facts of the agreement that pays, not of the premises: columns of what is being priced.
OF_PAYER = ("title_kind", "member")


@dataclass(frozen=True)
class FactSource:
    """unit: "m2", "currency/m2", "" (a plain number), "boolean" (value 0 or 1) or "text".

    relation_sql selects (premises_id bigint, value numeric or text, valid daterange, source text, fact_id bigint):
    at most one row per premises and day. It may use %(entity)s and %(day)s, the first of the month; a literal
    percent sign is doubled.
    """

    name: str
    unit: str
    relation_sql: str
    label: Any


_facts: dict[str, FactSource] = {}
_providers: list[Callable[[], Iterable[FactSource]]] = []
# Short names of the trade: room, coefficient, storey, building, entrance, estate.
_aliases = {
    "R": "built_area", "X": "coefficient", "L": "storey",
    "F": "building_area", "U": "entrance_area", "C": "estate_area",
}  # fmt: skip


def register_fact(name: str, unit: str, relation_sql: str, *, label: Any = "") -> None:
    """Offer a fact to all formulas. See `FactSource` for the relation."""
    _facts[name] = FactSource(name, unit, relation_sql, label or name)


def register_fact_provider(provider: Callable[[], Iterable[FactSource]]) -> None:
    """Offer facts that are known only while the product runs, such as own fields."""
    _providers.append(provider)


def known_facts() -> Mapping[str, FactSource]:
    """Every fact there is, in the order in which they are offered."""
    found = dict(_facts)
    for provider in _providers:
        for one in provider():
            found.setdefault(one.name, one)
    return found


def alias_of(name: str) -> str:
    return _aliases.get(name, name)


OF_KIND = (
    "SELECT premises_id, value, valid, source::text, id AS fact_id FROM estates_premisesfact "
    "WHERE kind = '{kind}' AND upper_inf(recorded)"
)
OF_SHARE = (
    "SELECT premises_id, {column}::numeric AS value, valid, ''::text AS source, id AS fact_id "
    "FROM estates_ownershipshare"
)
OF_FURTHER_SHARE = (
    "SELECT premises_id, {column}::numeric AS value, valid, ''::text AS source, id AS fact_id "
    "FROM estates_costshare WHERE kind = '{kind}'"
)
FURTHER_SHARES = (
    (CostShare.Kind.COST, _("cost share, numerator"), _("cost share, denominator")),
    (CostShare.Kind.AREA, _("share of exclusive area, numerator"), _("share of exclusive area, denominator")),
)
ALWAYS = "daterange(NULL, NULL) AS valid, ''::text AS source"
STOREY = (
    f"SELECT p.id AS premises_id, s.level::numeric AS value, {ALWAYS}, s.id AS fact_id "  # noqa: S608 - own names
    "FROM estates_premises p JOIN estates_storey s ON s.id = p.storey_id"
)
KIND = f"SELECT id AS premises_id, kind::text AS value, {ALWAYS}, id AS fact_id FROM estates_premises"  # noqa: S608
# Usable areas of all premises of the place, as they are on the first of the month.
AREA_OF = (
    "SELECT p.id AS premises_id, sums.value, {always}, NULL::bigint AS fact_id FROM estates_premises p "
    "JOIN estates_building b ON b.id = p.building_id JOIN ("
    "SELECT {place} AS place, sum(f.value) AS value FROM estates_premisesfact f "
    "JOIN estates_premises q ON q.id = f.premises_id JOIN estates_building d ON d.id = q.building_id "
    "WHERE f.kind = 'usable_area' AND upper_inf(f.recorded) AND f.valid @> %(day)s::date GROUP BY 1) sums "
    "ON sums.place = {own}"
)


def register_estate_facts() -> None:
    """The facts of the estates: every dated kind, the share, storey, kind of premises, areas of the places."""
    for kind in FactKind:
        register_fact(kind.value, FACT_UNITS[kind.value], OF_KIND.format(kind=kind.value), label=kind.label)
    for part in SHARE_PARTS:
        label = _("share, numerator") if part == SHARE_PARTS[0] else _("share, denominator")
        register_fact(part, "", OF_SHARE.format(column=part.removeprefix("share_")), label=label)
    for further, *labels in FURTHER_SHARES:
        for column, label in zip(("numerator", "denominator"), labels, strict=True):
            relation = OF_FURTHER_SHARE.format(column=column, kind=further.value)
            register_fact(f"{further.value}_{column}", "", relation, label=label)
    register_fact("storey", "", STOREY, label=_("storey"))
    register_fact("premises_kind", TEXT, KIND, label=_("kind of premises"))
    places = (
        ("building_area", "q.building_id", "p.building_id", _("Usable area of the building")),
        ("entrance_area", "q.entrance_id", "p.entrance_id", _("Usable area of the entrance")),
        ("estate_area", "d.estate_id", "b.estate_id", _("Usable area of the estate")),
    )
    for name, place, own, label in places:
        register_fact(name, "m2", AREA_OF.format(always=ALWAYS, place=place, own=own), label=label)
    register_fact("title_kind", TEXT, "", label=_("kind of title"))
    register_fact("member", BOOLEAN, "", label=_("held by a member"))


OWN = (
    "SELECT id AS premises_id, {value} AS value, {always}, id AS fact_id "
    "FROM estates_premises WHERE own ->> '{code}' IS NOT NULL"
)
OWN_DATED = (
    "SELECT premises_id, {value} AS value, valid, source::text, id AS fact_id FROM estates_premisesownvalue "
    "WHERE code = '{code}' AND upper_inf(recorded)"
)
OWN_UNITS = {"integer": "", "decimal": "", "money": "currency", "text": TEXT, "choice": TEXT}


def own_field_facts() -> Iterable[FactSource]:
    """The operator's own fields of premises, as `own_CODE`: numbers and money to reckon with, words to compare.

    A dated field gives the value of the charged time; saving a formula makes the fields it reads dated (ADR 0031).
    """
    for one in own_fields(Premises):
        if one.type in OWN_UNITS:
            value = "value" if one.dated else f"(own ->> '{one.code}')"
            value += "::text" if OWN_UNITS[one.type] == TEXT else "::numeric"
            relation = (OWN_DATED if one.dated else OWN).format(value=value, code=one.code, always=ALWAYS)
            yield FactSource(f"own_{one.code}", OWN_UNITS[one.type], relation, one.label)


register_estate_facts()
register_fact_provider(own_field_facts)
