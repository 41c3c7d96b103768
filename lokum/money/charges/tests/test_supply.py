"""A customer without premises from the signed agreement to the paid notice, as office and customer see it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.models import User
from lokum.core.base.context import Actor
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_pko_mt940
from lokum.money.arrears.queries import balances_by_ageing
from lokum.money.banking.services import post_statement, receive_file
from lokum.money.charges.models import ChargeLine, Component, ComponentAssignment, Notice, Package, PackageComponent
from lokum.money.charges.queries.missing import missing_charges
from lokum.money.charges.tests.world import MONTH, make_charged_world, make_component, make_tariff, posted_run
from lokum.money.ledger.models import Account, AccountBalance
from lokum.money.payments.factories import make_bank_account, make_pool
from lokum.money.payments.models import VirtualAccount
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.models import Building, Estate
from lokum.property.occupancy.models import Agreement

BANK = "98111122220000000000990001"
NIP = "5260250274"  # a number with a right check digit, that of the Ministry of Finance


@pytest.fixture
def world(as_system: Actor, settings: Any, tmp_path: Any) -> Any:
    """Three dwellings, and a heat network whose prices are those of a heat tariff: per kW and month, and a fixed fee.

    6.03 PLN per kW a month is 72,360 PLN per MW a year, of the order the published heat tariffs of Polish towns have.
    """
    settings.FILE_STORE = tmp_path
    world = make_charged_world(3, actor=as_system)
    world.network = Building.objects.create(
        estate=Estate.objects.get(code="W1"), code="SIEC", name="Sieć Północ", kind="network", street="ul. Cieplna"
    )
    world.power = make_component(world, "MOC", "contracted_power", component_class="heating", vat_kind="standard")
    make_tariff(world.power, "6.03")
    world.fee = make_component(world, "ABON", "amount", component_class="heating", vat_kind="standard")
    make_tariff(world.fee, "12.50")
    return world


def office(*rights: str, **over: Any) -> Client:
    user = make_user()
    make_grant(user, rights or ("*",), **over)
    client = Client()
    client.force_login(user)
    return client


def signing(world: Any, **over: Any) -> dict[str, Any]:
    return {
        "party_kind": "company", "last_name": "Szkoła Podstawowa nr 5", "tax_number": NIP, "email": "sp5@example.com",
        "place": world.network.pk, "number": "7", "resource": "heat", "address": "ul. Szkolna 2", "contracted": "180",
        "valid_from": "2026-01-01", "due_day": "20", "components": [world.power.pk, world.fee.pk],
    } | over  # fmt: skip


def signed(world: Any, **over: Any) -> Agreement:
    address = reverse("desk:collection", args=["supply", "supplypoint", "sign"])
    answer = office().post(address, signing(world, **over))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return Agreement.objects.get(kind="supply")


@pytest.mark.req("PPL-06")
def test_one_form_makes_customer_point_agreement_account_and_components(world: Any) -> None:
    agreement = signed(world)
    point = agreement.premises
    assert point is not None and point.is_supply_point and point.code == "SIEC/7"
    assert point.facts.get().value == 180 and point.facts.get().kind == "contracted_power"
    assert str(agreement.payer) == "Szkoła Podstawowa nr 5" and agreement.due_day == 20
    assert agreement.payer.contacts.get().value == "sp5@example.com"
    account = Account.objects.get(agreement=agreement)
    assert account.building_key == world.network.pk and account.payer == agreement.payer
    attached = ComponentAssignment.objects.filter(premises=point)
    assert {row.component.code for row in attached} == {"MOC", "ABON"}
    assert all(row.valid.lower == dt.date(2026, 1, 1) for row in attached)
    # The card of the point says all of it, and the list finds it by customer and by supply.
    client = office()
    card = client.get(reverse("desk:detail", args=["supply", "supplypoint", point.pk]) + "?tab=components")
    assert "Moc" in card.content.decode() and "1 Jan 2026" in card.content.decode()
    shown = client.get("/office/supply/supplypoint/?person=szkola&resource=heat").content.decode()
    assert "SIEC/7" in shown and "180 kW" in shown and "Szkoła Podstawowa nr 5" in shown
    assert "SIEC/7" not in client.get("/office/supply/supplypoint/?resource=water").content.decode()


@pytest.mark.req("PPL-06", "CHG-04")
def test_a_package_is_signed_with_and_the_second_customer_has_a_form_at_the_point(world: Any) -> None:
    package = Package.objects.create(entity=world.entity, code="HEAT", name="Heat consumers")
    PackageComponent.objects.create(package=package, component=world.power, valid=(dt.date(2026, 1, 1), None))
    agreement = signed(world, components=[world.fee.pk], packages=[package.pk], valid_to="2026-06-30")
    rows = ComponentAssignment.objects.filter(premises=agreement.premises).order_by("component__code")
    assert [(row.component.code, str(row.package or ""), row.valid.upper) for row in rows] == [
        ("ABON", "", dt.date(2026, 7, 1)), ("MOC", "Heat consumers", dt.date(2026, 7, 1)),
    ]  # fmt: skip
    here = reverse("desk:action", args=["supply", "supplypoint", agreement.premises_id, "sign_here"])
    client = office()
    assert "Known supply point" not in client.get(here).content.decode()
    answer = client.post(here, {"last_name": "Przedszkole", "party_kind": "company", "valid_from": "2026-07-01",
                                "packages": [package.pk]})  # fmt: skip
    assert answer.status_code == 302
    second = Agreement.objects.latest("pk")
    assert second.premises == agreement.premises and str(second.payer) == "Przedszkole"


@pytest.mark.req("PPL-06")
def test_the_form_asks_for_one_customer_one_point_and_refuses_a_taken_one(world: Any) -> None:
    agreement = signed(world)
    client = office()
    address = reverse("desk:collection", args=["supply", "supplypoint", "sign"])
    neither = client.post(address, {"valid_from": "2026-01-01"})
    assert neither.status_code == 422
    text = neither.content.decode()
    assert "Choose a known customer or write the name of a new one." in text
    assert "Choose a known supply point, or the network of a new one." in text
    again = client.post(
        address, {"last_name": "Inny", "party_kind": "company", "point": agreement.premises_id,
                  "valid_from": "2026-05-01"},
    )  # fmt: skip
    assert "runs at this point; end it first" in again.content.decode()
    double = client.post(address, signing(world, number="8"))
    assert "Probably known already" in double.content.decode()
    assert Agreement.objects.filter(kind="supply").count() == 1


@pytest.mark.req("PPL-06")
def test_components_of_another_entity_leave_nothing_behind(world: Any, as_system: Actor) -> None:
    other = make_charged_world(1, actor=as_system, tag="W2")
    foreign = Component.objects.filter(entity=other.entity).first()
    assert foreign is not None
    address = reverse("desk:collection", args=["supply", "supplypoint", "sign"])
    answer = office().post(address, signing(world, components=[foreign.pk]))
    assert "belongs to another entity" in answer.content.decode()
    assert not Agreement.objects.filter(kind="supply").exists()
    assert world.network.premises.count() == 0


@pytest.mark.req("PPL-06")
def test_the_customer_is_charged_sees_everything_and_pays(world: Any, as_system: Actor) -> None:
    """180 kW x 6.03 = 1085.40 net, + 12.50 = 1097.90 net; 23 % of each line: 249.64 + 2.88; 1350.42 to pay."""
    agreement = signed(world)
    bank = make_bank_account(entity=world.entity, number=BANK)
    issue_missing_numbers(make_pool(bank_account=bank, mask="0007").pk, actor=as_system)
    posted_run(world, actor=as_system)
    account = Account.objects.get(agreement=agreement)
    notice = Notice.objects.get(account=account)
    assert notice.total_amount == Decimal("1350.42") and notice.due_on.day == 20
    lines = {line.component.code: line for line in ChargeLine.objects.filter(notice=notice)}
    assert lines["MOC"].amount == Decimal("1335.04") and lines["ABON"].amount == Decimal("15.38")
    assert lines["MOC"].snapshot["inputs"][0]["value"] == "180.0000" and lines["MOC"].snapshot["unit"] == "kW"
    data = notice.document.data
    assert data["premises"] == {"code": "SIEC/7", "address": "ul. Szkolna 2", "city": ""}
    assert data["payer"]["street"] == "ul. Szkolna 2"
    assert not missing_charges(world.entity.pk, MONTH), "the neighbours' components are not expected of a heat customer"

    user = User.objects.create(username="odbiorca", display_name="SP 5", user_class="resident", language="en")
    agreement.payer.user = user
    agreement.payer.save(update_fields=["user"])
    portal = Client()
    portal.force_login(user)
    home = portal.get("/portal/").content.decode()
    number = VirtualAccount.objects.get(account=account).number
    assert "Heat: ul. Szkolna 2" in home and number[-4:] in home and "1,350.42" in home
    money = portal.get("/portal/money/").content.decode()
    assert "1,350.42" in money
    line = portal.get(f"/portal/money/line/{lines['MOC'].pk}/").content.decode()
    assert "180" in line and "kW" in line and "6.03" in line
    assert notice.number in portal.get("/portal/documents/").content.decode()
    pdf = portal.get(f"/portal/documents/{notice.document_id}/")
    assert pdf.status_code == 200 and b"".join(pdf)[:5] == b"%PDF-"
    mine = portal.get("/portal/me/").content.decode()
    assert "Heat: ul. Szkolna 2" in mine and "Contracted power" in mine
    assert portal.get("/portal/persons/").status_code == 404, "nobody declares persons at a supply point"
    calculator = f"/portal/money/{account.pk}/calculator/"
    assert calculator not in money and portal.get(calculator).status_code == 404
    form = portal.get(f"/portal/money/{account.pk}/form/2026-03.pdf")
    assert form.status_code == 200 and form["Content-Type"] == "application/pdf"

    day = dt.date(2026, 9, 14)
    entry = DemoEntry(
        booked_on=day, amount=Decimal("1350.42"), counter_account="19111000010000000000000021",
        counter_name="SP 5", title="CIEPLO", bank_reference="REF1", virtual_account=number,
    )  # fmt: skip
    assert arrears_of(account) == Decimal("1350.42")
    file = receive_file(write_pko_mt940(DemoStatement(BANK, 1, day, day, Decimal(0), (entry,))), "d.sta",
                        actor=as_system)  # fmt: skip
    post_statement(file.statements.get().pk, actor=as_system)
    assert AccountBalance.objects.get(account=account).amount == 0
    assert arrears_of(account) == 0
    assert "1,350.42" in portal.get("/portal/money/").content.decode()


def arrears_of(account: Account) -> Decimal:
    return balances_by_ageing([account.pk]).get(account.pk, Decimal(0))
