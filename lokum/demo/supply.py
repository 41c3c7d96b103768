"""Customers without premises: a school that takes heat, a bakery that takes water, a garage on ground let out.

Prices and quantities are made up, of the size tariffs of heat and water usually have.
"""

import datetime as dt
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation

from lokum.core.base.context import Actor
from lokum.demo.names import CITY, POSTAL_CODE
from lokum.demo.organisation import Books
from lokum.money.charges.models import Component, Package, PackageComponent
from lokum.money.charges.services import approve_tariff, propose_tariff
from lokum.money.charges.supply import sign
from lokum.money.payments.models import VirtualAccountPool
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.models import Building, Estate
from lokum.property.parties.models import Party

SOURCE = "Uchwała Rady Nadzorczej: ceny dla odbiorców bez lokali"
# code, class, basis, VAT, price, names: English, Polish, Chinese traditional, Chinese simplified
COMPONENTS = (
    ("MOC", "heating", "contracted_power", "standard", "12.48",
     ("Contracted heating power", "Moc zamówiona", "約定熱功率", "约定热功率")),
    ("ABONAMENT", "other", "amount", "standard", "25.00",
     ("Standing charge", "Opłata abonamentowa", "基本費", "基本费")),
    ("WODA-ODB", "cold_water", "contracted_volume", "reduced", "11.98",
     ("Water for customers", "Woda dla odbiorców", "客戶用水", "客户用水")),
    ("GRUNT", "rent", "ground_area", "standard", "2.10",
     ("Use of ground", "Dzierżawa gruntu", "土地租金", "土地租金")),
    ("OBSLUGA", "service", "amount", "standard", "8.00",
     ("Service of the heat node", "Obsługa węzła cieplnego", "熱交換站維護", "热力站维护")),
)  # fmt: skip


def build_supply(books: Books, first_month: dt.date, today: dt.date, *, actor: Actor) -> None:
    """Networks, components, a package and three signed agreements, charged from the first month on."""
    known = {one[0]: _component(books, position, one, first_month, actor) for position, one in enumerate(COMPONENTS)}
    package = Package.objects.create(
        entity=books.entity, code="CIEPLO", name="Odbiorcy ciepła", note="Moc zamówiona i abonament"
    )
    for code in ("MOC", "ABONAMENT"):
        PackageComponent.objects.create(package=package, component=known[code], valid=DateRange(first_month, None))
    estate = Estate.objects.exclude(code="WM01").earliest("code")
    heat, water, ground = (
        Building.objects.create(
            estate=estate, code=code, name=name, kind=kind, street=street, postal_code=POSTAL_CODE, city=CITY,
        )
        for code, name, kind, street in (
            ("SIEC-C", "Sieć ciepłownicza", Building.Kind.NETWORK, "ul. Ciepłownicza"),
            ("SIEC-W", "Sieć wodociągowa", Building.Kind.NETWORK, "ul. Wodna"),
            ("TEREN", "Tereny osiedla", Building.Kind.GROUND, "ul. Lipowa"),
        )
    )  # fmt: skip
    with translation.override("pl"):  # words that are kept are those of the staff
        sign(
            actor=actor, valid_from=first_month, place=heat, number="1", resource="heat", address="ul. Szkolna 2",
            contracted=Decimal(180), party=_customer(books, 1, "Szkoła Podstawowa nr 5"), packages=[package],
            entity=books.entity,
        )  # fmt: skip
        sign(
            actor=actor, valid_from=first_month, place=water, number="1", resource="water",
            address="ul. Piekarska 11", contracted=Decimal(14), components=[known["WODA-ODB"]],
            party=_customer(books, 2, "Piekarnia Rumiany Bochen"), entity=books.entity,
        )  # fmt: skip
        sign(
            actor=actor, valid_from=first_month, place=ground, number="G1", resource="ground",
            address="ul. Lipowa, garaż 7", contracted=Decimal("18.50"), components=[known["GRUNT"]],
            party=_customer(books, 3, "Zieliński", "Hubert"), entity=books.entity,
        )  # fmt: skip
    for pool in VirtualAccountPool.objects.filter(bank_account__entity=books.entity):
        issue_missing_numbers(pool.pk, actor=actor)
    # From this month on the package holds one component more: the difference waits to be applied.
    since = today.replace(day=1)
    PackageComponent.objects.create(package=package, component=known["OBSLUGA"], valid=DateRange(since, None))


def _component(
    books: Books, position: int, one: tuple[str, str, str, str, str, tuple[str, str, str, str]], since: dt.date,
    actor: Actor,
) -> Component:  # fmt: skip
    code, kind, basis, vat, price, (english, polish, traditional, simplified) = one
    component = Component.objects.create(
        entity=books.entity, code=code, name=english, name_pl=polish, name_zh_hant=traditional,
        name_zh_hans=simplified, component_class=kind, basis=basis, vat_kind=vat, fund=books.funds["running"],
        income_account=books.chart["income"], position=700 + position, valid=DateRange(since, None),
    )  # fmt: skip
    tariff = propose_tariff(component.pk, Decimal(price), (since, None), actor=actor, source=SOURCE)
    approve_tariff(tariff.pk, actor=actor)
    return component


def _customer(books: Books, number: int, last_name: str, first_name: str = "") -> Party:
    return Party.objects.create(
        code=f"ODB{number:03d}", kind=Party.Kind.PERSON if first_name else Party.Kind.COMPANY, last_name=last_name,
        first_name=first_name, country="PL", language="pl", home_node=books.entity.node,
    )  # fmt: skip
