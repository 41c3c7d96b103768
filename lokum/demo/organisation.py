"""The cooperative, its branches and offices, the owners' community it manages, their banks and books."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.organisation.legal_data import record_change
from lokum.core.organisation.models import (
    LEGAL_FIELDS,
    Entity,
    EntityBankAccount,
    EntityFund,
    ManagementContract,
    Mandate,
    Node,
    NodePlacement,
)
from lokum.demo.names import CITY, POSTAL_CODE
from lokum.demo.plan import House
from lokum.money.banking.formats.account_number import nrb_check_digits
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.services import prepare_books
from lokum.money.payments.models import VirtualAccountPool

FOUNDED_ON = dt.date(1959, 5, 1)
SORT_CODE = "99900009"  # no bank has it
ESTATES_PER_OFFICE = 3
TAX_NUMBER = "9990001232"  # numbers that begin with 999 are given to nobody; its check digit is right


@dataclass
class Books:
    """What the other steps need to know of one entity."""

    entity: Entity
    bank_account: EntityBankAccount
    funds: dict[str, EntityFund]
    chart: dict[str, LedgerAccount]


@dataclass
class Organisation:
    company: Node
    offices: dict[str, Node] = field(default_factory=dict)  # by code of estate
    cooperative: Books | None = None
    community: Books | None = None

    @property
    def books(self) -> tuple[Books, Books]:
        if self.cooperative is None or self.community is None:
            raise RuntimeError("the books are not open yet")
        return self.cooperative, self.community


def bank_number(serial: int, sort_code: str = SORT_CODE) -> str:
    """A formally right account number of a bank that does not exist."""
    body = f"{sort_code}{serial:016d}"
    return nrb_check_digits(body) + body


def _node(code: str, name: str, kind: str, parent: Node | None) -> Node:
    node = Node.objects.create(code=code, name=name, kind=kind, opened_on=FOUNDED_ON, address=f"{POSTAL_CODE} {CITY}")
    if parent is not None:
        NodePlacement.objects.create(node=node, parent=parent, valid=DateRange(FOUNDED_ON, None))
    return node


def build_organisation(houses: list[House], *, actor: Actor) -> Organisation:
    company = _node("LW", "SM „Lipowe Wzgórze”", Node.Kind.COMPANY, None)
    branches = [_node(f"LW-{name[0]}", name, Node.Kind.BRANCH, company) for name in ("Północ", "Wschód")]
    made = Organisation(company)
    estates = sorted({house.estate for house in houses})
    office = company
    for index, estate in enumerate(estates):
        if index % ESTATES_PER_OFFICE == 0:
            number = index // ESTATES_PER_OFFICE + 1
            branch = branches[number % 2]
            office = _node(f"ADM{number:02d}", f"Administracja nr {number}", Node.Kind.OFFICE, branch)
        made.offices[estate] = office
    last = houses[-1]
    name = f"Wspólnota Mieszkaniowa {last.street} {last.house_number}"
    home = _node("WM01", name, Node.Kind.ESTATE, office)
    made.cooperative = _entity(
        company, "SMLW", "Spółdzielnia Mieszkaniowa „Lipowe Wzgórze”", "SM Lipowe Wzgorze", 1, actor
    )
    made.community = _entity(home, "WM01", name, f"WM {last.street[4:]} {last.house_number}"[:20], 2, actor)
    entity = made.community.entity
    ManagementContract.objects.create(
        entity=entity, manager=office, number="WM/1/2015", signed_on=dt.date(2015, 3, 2), starts_on=dt.date(2015, 4, 1)
    )
    return made


def _moved(entity: Entity) -> None:
    """The cooperative moved its seat a year ago, and takes another web address with the coming year."""
    first = clock.first_of_month(clock.today(entity.time_zone))
    moved_on, begins_on = clock.add_months(first, -12), first.replace(month=1, year=first.year + 1)
    present = {name: getattr(entity, name) for name in LEGAL_FIELDS}
    before = present | {"street": "pl. Dawny 7"}
    record_change(entity, before, {"street": entity.street}, moved_on, document="uchwała zarządu 31")
    planned = {"website": "https://sm.lipowe-wzgorze.example"}
    record_change(entity, present, planned, begins_on, document="uchwała zarządu 58")


def _entity(node: Node, code: str, name: str, short: str, serial: int, actor: Actor) -> Books:
    community = serial == 2
    entity = Entity.objects.create(
        code=code,
        name=name,
        short_name=short,
        kind=Entity.Kind.COMMUNITY if community else Entity.Kind.COOPERATIVE,
        node=node,
        legal_name=name,
        tax_number="" if community else TAX_NUMBER,
        street="ul. Lipowa 1",
        postal_code=POSTAL_CODE,
        city=CITY,
        email=f"{code.lower()}@lipowe-wzgorze.example",
        website="https://lipowe-wzgorze.example",
        opened_on=dt.date(2015, 4, 1) if community else FOUNDED_ON,
        due_day=10 if community else 15,
    )
    if not community:
        _moved(entity)
    for person, position in (("Barbara Lipińska", "Prezes zarządu"), ("Tomasz Grabarczyk", "Członek zarządu")):
        Mandate.objects.create(
            entity=entity, person_name=person, body=Mandate.Body.BOARD, position=position, starts_on=dt.date(2022, 6, 1)
        )
    funds = {
        key: EntityFund.objects.create(entity=entity, code=key.upper(), name=title)
        for key, title in (("running", "Eksploatacja"), ("repair", "Fundusz remontowy"), ("loan", "Kredyty"))
    }
    account, _repairs = (
        EntityBankAccount.objects.create(
            entity=entity,
            number=bank_number(serial * 1000 + place),
            bank_name="Bank Lipowy S.A. (zmyślony)",
            fund=funds[fund],
            opened_on=entity.opened_on,
        )
        for place, fund in enumerate(("running", "repair"))
    )
    VirtualAccountPool.objects.create(bank_account=account, sort_code=SORT_CODE, mask=f"1234000{serial}")
    chart = {one.purpose: one for one in prepare_books(entity.pk, actor=actor) if one.purpose}
    return Books(entity, account, funds, chart)
