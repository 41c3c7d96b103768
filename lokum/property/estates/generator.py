"""Planning a whole estate from a few parameters. Plain data in, plain data out; no database.

A plan lists every building, entrance, storey and premises that the parameters describe. Compared with what exists,
it says what is missing, what is there already, and which numbers are taken by something else.
"""

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

MOST_PREMISES = 50_000
_TOKEN = re.compile(r"\{(n|estate|building|entrance|storey|position)(?::(\d{1,2}))?\}")


class PlanError(ValueError):
    """A parameter that cannot be planned. `name`: the parameter; `code`: what is wrong with it."""

    def __init__(self, name: str, code: str, value: str = "") -> None:
        super().__init__(f"{name}: {code}")
        self.name = name
        self.code = code
        self.value = value


@dataclass(frozen=True)
class Position:
    """One place on a storey: the kind of premises there and their facts by kind; `levels` empty = every storey."""

    kind: str
    facts: Mapping[str, Decimal] = field(default_factory=dict)
    levels: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Parameters:
    """What the estate looks like.

    building_mask, number_mask: text with {n} (counter), {estate}, {building}, {entrance}, {storey}, {position}; {n:3}
    pads with zeros. entrance_names: "1" counts in digits, "A" in letters, "" makes no entrances.
    counting: where the counter of numbers starts again ("building", "entrance" or "storey").
    skipped: counter values left out; skipped_digits: digits no counter value may contain ("4").
    """

    estate_code: str
    street: str
    positions: Sequence[Position]
    city: str = ""
    postal_code: str = ""
    building_mask: str = "{estate}-{n}"
    first_building: int = 1
    building_count: int = 1
    first_house_number: int = 1
    house_number_step: int = 1
    entrance_names: str = "1"
    entrance_count: int = 1
    lowest_level: int = 0
    highest_level: int = 0
    skipped_levels: frozenset[int] = frozenset()
    number_mask: str = "{n}"
    first_number: int = 1
    counting: str = "building"
    skipped: frozenset[int] = frozenset()
    skipped_digits: str = ""


@dataclass(frozen=True)
class PlannedPremises:
    number: str
    entrance: str
    level: int
    kind: str
    facts: Mapping[str, Decimal]


@dataclass(frozen=True)
class PlannedBuilding:
    code: str
    street: str
    house_number: str
    postal_code: str
    city: str
    entrances: tuple[str, ...]
    levels: tuple[int, ...]
    premises: tuple[PlannedPremises, ...]


def parse_numbers(text: str) -> frozenset[int]:
    """Whole numbers and ranges: "4, 13-15" -> {4, 13, 14, 15}; "-1" is a number. Raises ValueError."""
    found: set[int] = set()
    for piece in re.split(r"[\s,;]+", text.strip()):
        if not piece:
            continue
        match = re.fullmatch(r"(-?\d{1,6})(?:(?:-|–|\.\.)(-?\d{1,6}))?", piece)
        if match is None:
            raise ValueError(piece)
        first = int(match[1])
        last = int(match[2]) if match[2] is not None else first
        if last < first or last - first > 10_000:
            raise ValueError(piece)
        found.update(range(first, last + 1))
    return frozenset(found)


def entrance_name(style: str, index: int) -> str:
    """Name of entrance `index` (from 0) in the style of `style`: digits, or letters as in sheets (A ... Z, AA)."""
    if style.isdigit():
        return str(int(style) + index)
    number, name = index + 1, ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = string.ascii_uppercase[rest] + name
    return name


def expand(mask: str, values: Mapping[str, object]) -> str:
    """Fill in a mask; {n:3} pads a number with zeros to three places."""

    def one(match: re.Match[str]) -> str:
        text = str(values[match[1]])
        return text.zfill(int(match[2])) if match[2] else text

    return _TOKEN.sub(one, mask)


def _check(parameters: Parameters) -> None:
    for name in ("building_mask", "number_mask"):
        mask = getattr(parameters, name)
        if re.search(r"[{}]", _TOKEN.sub("", mask)) or not mask.strip():
            raise PlanError(name, "mask", mask)
    if "{n" not in parameters.number_mask and "{position" not in parameters.number_mask:
        raise PlanError("number_mask", "mask_without_counter", parameters.number_mask)
    if "{n" not in parameters.building_mask and parameters.building_count > 1:
        raise PlanError("building_mask", "mask_without_counter", parameters.building_mask)
    if parameters.highest_level < parameters.lowest_level:
        raise PlanError("highest_level", "below_lowest")
    if not parameters.positions:
        raise PlanError("positions", "none")
    if parameters.counting not in ("building", "entrance", "storey"):
        raise PlanError("counting", "unknown", parameters.counting)
    if len(set(string.digits) & set(parameters.skipped_digits)) == 10:
        raise PlanError("skipped_digits", "all")
    levels = parameters.highest_level - parameters.lowest_level + 1
    size = parameters.building_count * max(parameters.entrance_count, 1) * levels * len(parameters.positions)
    if size > MOST_PREMISES:
        raise PlanError("building_count", "too_many", str(size))


def _counter(parameters: Parameters) -> Iterator[int]:
    number = parameters.first_number
    banned = set(parameters.skipped_digits)
    while True:
        if number not in parameters.skipped and not banned & set(str(number)):
            yield number
        number += 1


def plan_estate(parameters: Parameters) -> tuple[PlannedBuilding, ...]:
    """Every building with all its parts. Raises PlanError naming the parameter that makes no sense."""
    _check(parameters)
    return tuple(_plan_building(parameters, index) for index in range(parameters.building_count))


def _plan_building(parameters: Parameters, index: int) -> PlannedBuilding:
    code = expand(
        parameters.building_mask,
        {
            "n": parameters.first_building + index,
            "estate": parameters.estate_code,
            "building": "",
            "entrance": "",
            "storey": "",
            "position": "",
        },
    )
    entrances = tuple(
        entrance_name(parameters.entrance_names, number)
        for number in range(parameters.entrance_count if parameters.entrance_names else 0)
    )
    levels = tuple(
        level
        for level in range(parameters.lowest_level, parameters.highest_level + 1)
        if level not in parameters.skipped_levels
    )
    return PlannedBuilding(
        code=code,
        street=parameters.street,
        house_number=str(parameters.first_house_number + index * parameters.house_number_step),
        postal_code=parameters.postal_code,
        city=parameters.city,
        entrances=entrances,
        levels=levels,
        premises=tuple(_plan_premises(parameters, code, entrances or ("",), levels)),
    )


def _plan_premises(
    parameters: Parameters, code: str, entrances: Sequence[str], levels: Sequence[int]
) -> Iterator[PlannedPremises]:
    counter = _counter(parameters)
    for entrance in entrances:
        if parameters.counting == "entrance":
            counter = _counter(parameters)
        for level in levels:
            if parameters.counting == "storey":
                counter = _counter(parameters)
            place = 0
            for position in parameters.positions:
                if position.levels and level not in position.levels:
                    continue
                place += 1
                values = {
                    "n": next(counter),
                    "estate": parameters.estate_code,
                    "building": code,
                    "entrance": entrance,
                    "storey": level,
                    "position": place,
                }
                number = expand(parameters.number_mask, values)
                yield PlannedPremises(number, entrance, level, position.kind, position.facts)


@dataclass(frozen=True)
class ExistingBuilding:
    """What is there: the estate it belongs to, its parts, and its premises by number (entrance, level, kind)."""

    estate_code: str
    entrances: frozenset[str]
    levels: frozenset[int]
    premises: Mapping[str, tuple[str, int | None, str]]


@dataclass(frozen=True)
class Conflict:
    """Something planned that cannot be made; `code`: number_taken, number_twice, building_elsewhere, too_long."""

    building: str
    number: str
    code: str
    detail: str = ""


@dataclass
class Outcome:
    """What a run would do now."""

    buildings: list[PlannedBuilding] = field(default_factory=list)
    entrances: list[tuple[str, str]] = field(default_factory=list)
    levels: list[tuple[str, int]] = field(default_factory=list)
    premises: list[tuple[str, PlannedPremises]] = field(default_factory=list)
    present_count: int = 0
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "buildings": len(self.buildings),
            "entrances": len(self.entrances),
            "storeys": len(self.levels),
            "premises": len(self.premises),
        }

    @property
    def is_empty(self) -> bool:
        return not any(self.counts.values())


def compare(plan: Sequence[PlannedBuilding], existing: Mapping[str, ExistingBuilding], estate_code: str) -> Outcome:
    """What of the plan is missing, what is there, and what is in the way."""
    outcome = Outcome()
    for building in plan:
        there = existing.get(building.code)
        if there is not None and there.estate_code != estate_code:
            outcome.conflicts.append(Conflict(building.code, "", "building_elsewhere", there.estate_code))
            continue
        if len(building.code) > 20:
            outcome.conflicts.append(Conflict(building.code, "", "too_long"))
            continue
        if there is None:
            outcome.buildings.append(building)
            there = ExistingBuilding(estate_code, frozenset(), frozenset(), {})
        outcome.entrances += [(building.code, name) for name in building.entrances if name not in there.entrances]
        outcome.levels += [(building.code, level) for level in building.levels if level not in there.levels]
        _compare_premises(outcome, building, there)
    return outcome


def _compare_premises(outcome: Outcome, building: PlannedBuilding, there: ExistingBuilding) -> None:
    seen: set[str] = set()
    for premises in building.premises:
        number = premises.number
        if number in seen:
            outcome.conflicts.append(Conflict(building.code, number, "number_twice"))
        elif len(number) > 20:
            outcome.conflicts.append(Conflict(building.code, number, "too_long"))
        elif number not in there.premises:
            outcome.premises.append((building.code, premises))
        elif there.premises[number] == (premises.entrance, premises.level, premises.kind):
            outcome.present_count += 1
        else:
            entrance, level, kind = there.premises[number]
            detail = ", ".join(str(part) for part in (entrance, level, kind) if part not in ("", None))
            outcome.conflicts.append(Conflict(building.code, number, "number_taken", detail))
        seen.add(number)
