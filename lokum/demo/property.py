"""Houses, premises, facts, people and titles: master data by bulk inserts, titles through their service."""

import datetime as dt
from collections.abc import Iterator

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.demo.draws import draw, whole
from lokum.demo.names import CITY, POSTAL_CODE
from lokum.demo.organisation import Organisation
from lokum.demo.plan import House, Person, Unit
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import open_accounts
from lokum.money.payments.models import VirtualAccountPool
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.models import (
    Building,
    Entrance,
    Estate,
    OwnershipShare,
    Premises,
    PremisesEntity,
    Storey,
)
from lokum.property.estates.services import FactRow, record_facts
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.services import AgreementTerms, TitleRow, open_titles
from lokum.property.parties.models import Party, PartyContact

SINCE = dt.date(1990, 1, 1)
BATCH = 5000

Placed = list[tuple[House, Unit, Premises]]


def build_houses(houses: list[House], organisation: Organisation) -> Placed:
    """Estates, buildings, entrances, storeys and premises with their facts; returns every unit with its premises."""
    cooperative, community = organisation.books
    estates = {
        code: Estate.objects.create(code=code, name=f"Osiedle {street[4:]}", node=organisation.offices[code])
        for code, street in {house.estate: house.street for house in houses if not house.community}.items()
    }
    own = Estate.objects.create(code="WM01", name=community.entity.name[:150], node=community.entity.node)
    buildings = Building.objects.bulk_create(
        [
            Building(
                estate=own if house.community else estates[house.estate],
                code=house.code,
                street=house.street,
                house_number=house.house_number,
                postal_code=POSTAL_CODE,
                city=CITY,
                built_year=house.built_year,
                opened_on=SINCE,
            )
            for house in houses
        ],
        batch_size=BATCH,
    )
    placed = _build_units(list(zip(houses, buildings, strict=True)))
    PremisesEntity.objects.bulk_create(
        [
            PremisesEntity(
                premises=premises,
                entity=community.entity if house.community else cooperative.entity,
                valid=DateRange(SINCE, None),
            )
            for house, _unit, premises in placed
        ],
        batch_size=BATCH,
    )
    _copy_facts(placed)
    _share_property(placed)
    return placed


def _build_units(pairs: list[tuple[House, Building]]) -> Placed:
    entrances = {
        (one.building_id, one.code): one
        for one in Entrance.objects.bulk_create(
            [
                Entrance(building=building, code=code, opened_on=SINCE)
                for house, building in pairs
                for code in sorted({unit.entrance for unit in house.units})
            ],
            batch_size=BATCH,
        )
    }
    storeys = {
        (one.building_id, one.level): one
        for one in Storey.objects.bulk_create(
            [
                Storey(building=building, level=level, opened_on=SINCE)
                for house, building in pairs
                for level in sorted({unit.level for unit in house.units})
            ],
            batch_size=BATCH,
        )
    }
    units = [(house, building, unit) for house, building in pairs for unit in house.units]
    made = Premises.objects.bulk_create(
        [
            Premises(
                building=building,
                entrance=entrances[building.pk, unit.entrance],
                storey=storeys[building.pk, unit.level],
                code=f"{building.code}/{unit.number}",
                number=unit.number,
                kind=unit.kind,
                opened_on=SINCE,
            )
            for _house, building, unit in units
        ],
        batch_size=BATCH,
    )
    return [(house, unit, premises) for (house, _building, unit), premises in zip(units, made, strict=True)]


def _copy_facts(placed: Placed) -> None:
    """First facts as of the survey; they were believed ever since."""
    rows = [(premises.pk, kind, value) for _house, unit, premises in placed for kind, value in unit.facts.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO estates_premisesfact (premises_id, kind, value, valid, recorded, source, actor_label) "
            "SELECT premises_id, kind, value, daterange(%(since)s, NULL), tstzrange(%(since)s::date, NULL), "
            "'Inwentaryzacja', 'demo' "
            "FROM unnest(%(premises)s::bigint[], %(kinds)s::text[], %(values)s::numeric[]) "
            "  AS f(premises_id, kind, value)",
            {
                "since": SINCE,
                "premises": [row[0] for row in rows],
                "kinds": [row[1] for row in rows],
                "values": [row[2] for row in rows],
            },
        )


def _share_property(placed: Placed) -> None:
    """Shares of the community's owners in the common property, by area in thousandths of a square metre."""
    own = [(unit, premises) for house, unit, premises in placed if house.community]
    areas = [int(unit.facts["usable_area"] * 100) for unit, _premises in own]
    OwnershipShare.objects.bulk_create(
        OwnershipShare(premises=premises, numerator=area, denominator=sum(areas), valid=DateRange(SINCE, None))
        for (_unit, premises), area in zip(own, areas, strict=True)
    )


def change_facts(placed: Placed, first_month: dt.date, *, actor: Actor) -> int:
    """What changed in the two years, recorded by the service that keeps both times."""
    rows: list[FactRow] = []
    for _house, unit, premises in placed:
        by_fact: dict[str, list[tuple[dt.date, FactRow]]] = {}
        for change in unit.changes:
            day = clock.add_months(first_month, change.month)
            by_fact.setdefault(change.fact, []).append(
                (day, FactRow(premises.pk, change.fact, change.value, day, None, change.source))
            )
        for entries in by_fact.values():
            # Two rows of one fact in one call must not overlap: the first ends where the second begins.
            for (_day, row), later in zip(entries, [*entries[1:], None], strict=True):
                until = later[0] - dt.timedelta(days=1) if later else None
                rows.append(FactRow(row.owner_id, row.name, row.value, row.valid_from, until, row.source))
    for start in range(0, len(rows), BATCH):
        record_facts(rows[start : start + BATCH], actor=actor)
    return len(rows)


def _people(houses: list[House]) -> Iterator[Person]:
    seen = set()
    for house in houses:
        for unit in house.units:
            for holding in unit.holdings:
                for person, _numerator, _denominator in holding.holders:
                    if person.key not in seen:
                        seen.add(person.key)
                        yield person


def build_people(houses: list[House], organisation: Organisation) -> dict[str, Party]:
    """Every person once; returns parties by key."""
    home = organisation.company
    people = list(_people(houses))
    parties = Party.objects.bulk_create(
        [
            Party(
                code=f"K{number:06d}",
                kind=Party.Kind.COMPANY if person.company else Party.Kind.PERSON,
                last_name=person.last_name,
                first_name=person.first_name,
                home_node=home,
            )
            for number, person in enumerate(people, start=1)
        ],
        batch_size=BATCH,
    )
    PartyContact.objects.bulk_create(
        [
            PartyContact(party=party, kind=kind, value=value, preferred=kind == "email")
            for person, party in zip(people, parties, strict=True)
            for kind, value in _contacts(person, party)
        ],
        batch_size=BATCH,
    )
    return {person.key: party for person, party in zip(people, parties, strict=True)}


def _contacts(person: Person, party: Party) -> Iterator[tuple[str, str]]:
    if draw("phone", person.key) < 0.8:
        yield "phone", f"+4850{whole(1_000_000, 9_999_999, 'number', person.key)}"
    if draw("mail", person.key) < 0.55:
        yield "email", f"{party.code.lower()}@example.org"


def open_holdings(placed: Placed, parties: dict[str, Party], first_month: dt.date, *, actor: Actor) -> None:
    """Titles with their agreements, through the service; then every payer's account and bank account number."""
    rows = []
    for _house, unit, premises in placed:
        for holding in unit.holdings:
            start = holding.since or clock.add_months(first_month, holding.first_month)
            end = None
            if holding.last_month is not None:
                end = clock.add_months(first_month, holding.last_month) - dt.timedelta(days=1)
            rows.append(
                TitleRow(
                    premises.pk,
                    holding.kind,
                    [(parties[person.key].pk, n, d) for person, n, d in holding.holders],
                    start,
                    end,
                    holding.member,
                    f"Akt {whole(1000, 9999, 'deed', premises.code, start)}/{start.year}",
                    AgreementTerms(),
                )
            )
    for begin in range(0, len(rows), BATCH):
        open_titles(rows[begin : begin + BATCH], actor=actor)
    known = Account.objects.values("agreement_id")
    missing = Agreement.objects.exclude(pk__in=known).values_list("pk", flat=True)
    open_accounts(list(missing), actor=actor)
    for pool in VirtualAccountPool.objects.order_by("pk"):
        issue_missing_numbers(pool.pk, actor=actor)
