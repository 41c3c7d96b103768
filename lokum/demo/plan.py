"""The demonstration cooperative as plain data: buildings, premises, facts, holders. No database.

Everything follows from the number of premises alone, so that the same size gives the same cooperative.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from lokum.demo.draws import amount, draw, pick, whole
from lokum.demo.names import COMPANIES, COMPANY_FORMS, FIRST_MEN, FIRST_WOMEN, LAST, STREETS, last_name

MONTHS = 24
PER_BUILDING = 60
BUILDINGS_PER_ESTATE = 4
ENTRANCES, LEVELS, PER_LEVEL = 3, 5, 4


@dataclass(frozen=True)
class Person:
    """A party by its key; the same key is the same person."""

    key: str
    last_name: str
    first_name: str = ""
    company: bool = False


@dataclass(frozen=True)
class Holding:
    """Who holds premises during some months: `first_month`/`last_month` count from the first month charged."""

    kind: str  # TitleKind
    member: bool
    holders: tuple[tuple[Person, int, int], ...]
    since: dt.date | None = None  # a title older than the books; otherwise from `first_month` on
    first_month: int = 0
    last_month: int | None = None


@dataclass(frozen=True)
class Change:
    """A fact that changes with a month."""

    fact: str
    value: Decimal
    month: int
    source: str


@dataclass
class Unit:
    number: str
    entrance: str
    level: int
    kind: str
    facts: dict[str, Decimal]
    groups: frozenset[str]
    holdings: list[Holding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass
class House:
    """One building; `community` when it belongs to the owners' community."""

    code: str
    estate: str
    street: str
    house_number: str
    built_year: int
    community: bool
    units: list[Unit]


def make_person(*key: object) -> Person:
    name = "/".join(map(str, key))
    woman = draw("sex", name) < 0.53
    family = last_name(pick(LAST, "family", *key[:3]), woman)  # people of one household share the family name
    if draw("double", name) < 0.03 and woman:
        family += "-" + last_name(pick(LAST, "second", name), woman)
    return Person(name, family, pick(FIRST_WOMEN if woman else FIRST_MEN, "first", name))


def make_company(*key: object) -> Person:
    name = "/".join(map(str, key))
    return Person(name, f"{pick(COMPANIES, 'firm', name)} {pick(COMPANY_FORMS, 'form', name)}", company=True)


def plan_houses(size: int) -> list[House]:
    """Buildings of `size` premises in all; the last building is the owners' community."""
    count = max(2, round(size / PER_BUILDING))
    width = max(2, len(str(count)))
    houses = []
    left = size
    for index in range(count):
        share = left // (count - index)
        left -= share
        estate = index // BUILDINGS_PER_ESTATE
        street = STREETS[estate % len(STREETS)]
        if estate >= len(STREETS):
            street += f" {estate // len(STREETS) + 1}"
        house = House(
            code=f"B{index + 1:0{width}d}",
            estate=f"OS{estate + 1:02d}",
            street=f"ul. {street}",
            house_number=str(2 * (index % BUILDINGS_PER_ESTATE) + 1),
            built_year=1962 + (index * 7) % 46,
            community=index == count - 1,
            units=[],
        )
        house.units = [_unit(house, index, place) for place in range(share)]
        houses.append(house)
    _share_people(houses)
    return houses


def _unit(house: House, index: int, place: int) -> Unit:
    entrance, rest = divmod(place, LEVELS * PER_LEVEL)
    key = (house.code, place)
    kind = "dwelling"
    if not house.community and index % 4 == 0 and place < 3:
        kind = "commercial"
    elif not house.community and index % 5 == 2 and place >= 52:
        kind = "garage"
    facts = _facts(kind, *key)
    unit = Unit(
        number=f"G{place - 51}" if kind == "garage" else f"U{place + 1}" if kind == "commercial" else str(place + 1),
        entrance=str(entrance % ENTRANCES + 1),
        level=0 if kind == "garage" else rest // PER_LEVEL,
        kind=kind,
        facts=facts,
        groups=_groups(house, index, kind),
    )
    _settle(unit, house, index, place)
    if kind == "dwelling":
        unit.changes = _changes(unit, *key)
    return unit


def _facts(kind: str, *key: object) -> dict[str, Decimal]:
    if kind == "garage":
        return {"usable_area": amount("15.50", "18.90", "area", *key)}
    if kind == "commercial":
        area = amount("32.00", "140.00", "area", *key)
        return {
            "usable_area": area,
            "heated_area": area,
            "cold_water_forecast": Decimal(whole(2, 9, "water", *key)),
            "hot_water_forecast": Decimal(whole(0, 3, "hot", *key)),
            "water_meters": Decimal(2),
        }
    rooms = pick((1, 2, 2, 2, 3, 3, 3, 3, 4, 4), "rooms", *key)
    area = (Decimal(12) + Decimal("14.2") * rooms + amount("0", "8", "area", *key)).quantize(Decimal("0.01"))
    persons = min(pick((1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 5), "persons", *key), rooms + 2)
    return {
        "usable_area": area,
        "heated_area": (area - amount("0", "3.5", "cold", *key)).quantize(Decimal("0.01")),
        "cellar_area": amount("2.10", "5.60", "cellar", *key),
        "rooms": Decimal(rooms),
        "persons": Decimal(persons),
        "cold_water_forecast": (Decimal("2.6") * persons + amount("0", "1.4", "water", *key)).quantize(Decimal("0.1")),
        "hot_water_forecast": (Decimal("1.3") * persons + amount("0", "0.8", "hot", *key)).quantize(Decimal("0.1")),
        "water_meters": Decimal(2 if rooms < 4 else 4),
    }


def _groups(house: House, index: int, kind: str) -> frozenset[str]:
    if house.community:
        return frozenset({"community"})
    if kind == "garage":
        return frozenset({"garage"})
    groups = {"metered", kind}
    if kind == "dwelling":
        groups |= {"lived_in"} | ({"lift"} if index % 3 == 1 else set()) | ({"loan"} if index % 8 == 6 else set())
    return frozenset(groups)


def _settle(unit: Unit, house: House, index: int, place: int) -> None:
    """Who holds the premises, from when, and whether they change hands in the two years."""
    key = (house.code, place)
    since = dt.date(whole(1994, 2022, "since", *key), whole(1, 12, "month", *key), 1)
    kind = _title_kind(unit, house, *key)
    member = kind == "coop_tenancy" or (not house.community and draw("member", *key) < 0.78)
    sold = draw("sold", *key) < 0.05 and unit.kind == "dwelling"
    month = whole(4, MONTHS - 3, "sale", *key) if sold else None
    unit.holdings.append(Holding(kind, member, _holders(unit, 0, *key), since=since, last_month=month))
    if month is not None:
        later = kind == "coop_tenancy" or (not house.community and draw("joined", *key) < 0.6)
        unit.holdings.append(Holding(kind, later, _holders(unit, 1, *key), first_month=month))


def _title_kind(unit: Unit, house: House, *key: object) -> str:
    if house.community:
        return "ownership"
    if unit.kind == "commercial":
        return "lease"
    chance = draw("title", *key)
    if "loan" in unit.groups:
        return "coop_tenancy" if chance < 0.7 else "coop_ownership"
    return "coop_ownership" if chance < 0.55 else "freehold" if chance < 0.9 else "coop_tenancy"


def _holders(unit: Unit, turn: int, *key: object) -> tuple[tuple[Person, int, int], ...]:
    if unit.kind == "commercial":
        return ((make_company(*key, turn), 1, 1),)
    first = make_person(*key, turn, 1)
    chance = draw("holders", *key, turn)
    if unit.kind == "dwelling" and chance < 0.34:
        return ((first, 1, 2), (make_person(*key, turn, 2), 1, 2))
    if unit.kind == "dwelling" and chance < 0.37:
        return ((first, 1, 2), (make_person(*key, turn, 2), 1, 4), (make_person(*key, turn, 3), 1, 4))
    return ((first, 1, 1),)


def _changes(unit: Unit, *key: object) -> list[Change]:
    """Somebody is born, moves in or out: persons and water change with a month."""
    changes = []
    persons = int(unit.facts["persons"])
    for turn, month in enumerate(sorted({whole(2, MONTHS - 1, "when", *key, turn) for turn in (1, 2)})):
        if draw("moves", *key, turn) >= 0.16:
            continue
        step = 1 if persons == 1 or draw("in", *key, turn) < 0.5 else -1
        persons += step
        source = f"Oświadczenie o liczbie osób {whole(100, 999, 'paper', *key, turn)}"
        changes.append(Change("persons", Decimal(persons), month, source))
        water = (Decimal("2.8") * persons).quantize(Decimal("0.1"))
        changes.append(Change("cold_water_forecast", water, month, source))
        changes.append(Change("hot_water_forecast", (Decimal("1.5") * persons).quantize(Decimal("0.1")), month, source))
    return changes


def _share_people(houses: list[House]) -> None:
    """Garages belong to people of the house; some owners of the community also live in the cooperative."""
    for house in houses:
        dwellings = [unit for unit in house.units if unit.kind == "dwelling"]
        for place, unit in enumerate(one for one in house.units if one.kind == "garage"):
            if dwellings:
                _take_over(unit, dwellings[place * 5 % len(dwellings)])
    community = houses[-1]
    neighbours = [unit for unit in houses[0].units if unit.kind == "dwelling"]
    for place, unit in enumerate(community.units[: len(neighbours) // 3]):
        if len(unit.holdings) == 1:
            _take_over(unit, neighbours[place * 3])


def _take_over(unit: Unit, other: Unit) -> None:
    """`unit` is held by whoever held `other` first."""
    old, source = unit.holdings[0], other.holdings[0]
    person = source.holders[0][0]
    unit.holdings = [Holding(old.kind, old.member, ((person, 1, 1),), since=old.since)]
