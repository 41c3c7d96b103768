"""The resident's pages: own rows only, equal to the books, open down to the source."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from lokum.core.access.factories import make_user
from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting, system_actor
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_pko_mt940
from lokum.money.banking.services import post_statement, receive_file
from lokum.money.charges.models import ChargeLine, Component, Notice
from lokum.money.charges.services import check_run, compute_run
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import Account, Entry
from lokum.money.ledger.queries import sheet
from lokum.money.payments.factories import make_bank_account, make_pool
from lokum.money.payments.models import VirtualAccount
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.models import Agreement, Declaration
from lokum.property.occupancy.queries import agreement_histories
from lokum.property.occupancy.services import accept_declaration, set_persons_source

BANK = "98111122220000000000990001"


@pytest.fixture
def world(as_system: Actor, settings: Any, tmp_path: Any) -> Any:
    settings.FILE_STORE = tmp_path
    world = make_charged_world(3, actor=as_system)
    bank = make_bank_account(entity=world.entity, number=BANK)
    issue_missing_numbers(make_pool(bank_account=bank, mask="0007").pk, actor=as_system)
    posted_run(world, actor=as_system)
    return world


def sign_in(account: Account, name: str = "anna") -> Client:
    user = User.objects.create(
        username=name, display_name=name.title(), user_class=User.UserClass.RESIDENT, language="en"
    )
    user.set_password("correct horse battery")
    user.save()
    account.payer.user = user
    account.payer.save(update_fields=["user"])
    client = Client()
    client.force_login(user)
    return client


def account_of(world: Any, index: int) -> Account:
    return Account.objects.select_related("payer").get(pk=world.accounts[index])


def pay(world: Any, account: Account, amount: str, actor: Actor) -> None:
    number = VirtualAccount.objects.get(account=account).number
    entry = DemoEntry(
        booked_on=dt.date(2026, 9, 14),
        amount=Decimal(amount),
        counter_account="19111000010000000000000021",
        counter_name="Wzorcowa Anna",
        title="OPLATY",
        bank_reference="REF1",
        virtual_account=number,
    )
    day = dt.date(2026, 9, 14)
    file = receive_file(write_pko_mt940(DemoStatement(BANK, 1, day, day, Decimal(0), (entry,))), "d.sta", actor=actor)
    post_statement(file.statements.get().pk, actor=actor)


@pytest.mark.req("POR-01")
def test_the_entrance_is_public_and_everything_else_leads_to_sign_in(db: None) -> None:
    client = Client()
    for address in ("/", "/help/", "/accessibility/", "/manifest.webmanifest"):
        assert client.get(address).status_code == 200, address
    for address in ("/portal/", "/portal/money/", "/portal/documents/", "/portal/me/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/?next=/portal/")


@pytest.mark.req("POR-05", "POR-06", "POR-20", "LED-02")
def test_home_and_money_show_the_books(world: Any, as_system: Actor) -> None:
    account = account_of(world, 0)
    client = sign_in(account)
    owed = account.entries.get().amount
    home = client.get("/portal/").content.decode()
    assert "You owe" in home
    assert f"{owed:,.2f}" in home
    number = VirtualAccount.objects.get(account=account).number
    assert f'data-copy="{number}"' in home
    pay(world, account, "10.00", as_system)
    assert f"{owed - 10:,.2f}" in client.get("/portal/").content.decode(), "visible at the next page view"
    money = client.get("/portal/money/")
    rows = [row for month in money.context["sheet"].months for row in month.rows]
    assert rows == sheet(account.pk).rows
    assert money.context["sheet"].closing == owed - 10


@pytest.mark.req("POR-06", "LED-03", "CHG-07")
def test_every_row_opens_to_its_source(world: Any, as_system: Actor) -> None:
    account = account_of(world, 0)
    client = sign_in(account)
    pay(world, account, "10.00", as_system)
    for entry in Entry.objects.filter(account=account):
        page = client.get(f"/portal/money/entry/{entry.pk}/")
        assert page.status_code == 200
    charge = Entry.objects.get(account=account, kind="charge")
    page = client.get(f"/portal/money/entry/{charge.pk}/").content.decode()
    for line in ChargeLine.objects.filter(notice_id=charge.pk):
        assert f"/portal/money/line/{line.pk}/" in page
        explained = client.get(f"/portal/money/line/{line.pk}/")
        assert explained.status_code == 200
        assert f"{line.net_amount:,.2f}" in explained.content.decode()
    payment = Entry.objects.get(account=account, kind="payment")
    shown = client.get(f"/portal/money/entry/{payment.pk}/").content.decode()
    assert "REF1" in shown
    assert "Wzorcowa" not in shown, "the sender is shown masked"


@pytest.mark.req("POR-06", "POR-08", "DOC-01")
def test_rows_and_files_of_others_are_not_found(world: Any) -> None:
    client = sign_in(account_of(world, 0))
    other = account_of(world, 1)
    charge = Entry.objects.get(account=other)
    line = ChargeLine.objects.filter(notice_id=charge.pk).first()
    document = Notice.objects.get(pk=charge.pk).document_id
    assert line is not None
    for address in (
        f"/portal/money/?account_id={other.pk}",
        f"/portal/money/{other.pk}/xlsx/",
        f"/portal/money/{other.pk}/pdf/",
        f"/portal/money/entry/{charge.pk}/",
        f"/portal/money/line/{line.pk}/",
        f"/portal/documents/{document}/",
        "/portal/documents/999999/",
    ):
        assert client.get(address).status_code == 404, address


@pytest.mark.req("POR-08", "LED-02")
def test_own_files_equal_the_sheet(world: Any) -> None:
    account = account_of(world, 0)
    client = sign_in(account)
    notice = Notice.objects.get(account=account)
    first = client.get(f"/portal/documents/{notice.document_id}/")
    assert first.content.startswith(b"%PDF")
    assert client.get(f"/portal/documents/{notice.document_id}/").content == first.content
    assert client.get(f"/portal/money/{account.pk}/pdf/").content.startswith(b"%PDF")
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/portal/money/{account.pk}/xlsx/").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + len(sheet(account.pk).rows)
    assert Decimal(str(rows[1][3])) == notice.total_amount


@pytest.mark.req("CHG-05", "POR-20")
def test_a_draft_is_never_seen(world: Any, as_system: Actor) -> None:
    account = account_of(world, 0)
    client = sign_in(account)

    def seen() -> tuple[Any, Any]:
        money, documents = client.get("/portal/money/"), client.get("/portal/documents/")
        return money.context["sheet"], list(documents.context["documents"])

    before = seen()
    run = compute_run(world.entity.pk, dt.date(2026, 12, 1), actor=as_system)
    check_run(run.pk, actor=as_system)
    assert seen() == before


@pytest.mark.req("POR-04")
def test_one_sign_in_shows_the_premises_of_two_entities_and_their_sum(world: Any, as_system: Actor) -> None:
    second = make_charged_world(1, actor=as_system, tag="W2")
    posted_run(second, actor=as_system)
    account, other = account_of(world, 0), account_of(second, 0)
    Agreement.objects.filter(pk=other.agreement_id).update(payer=account.payer)
    Account.objects.filter(pk=other.pk).update(payer=account.payer)
    client = sign_in(account)
    home = client.get("/portal/")
    assert [place.account.pk for place in home.context["places"]] == [account.pk, other.pk]
    sums = sum(place.balance.total for place in home.context["places"])
    assert home.context["totals"][0].total == sums
    assert f"{sums:,.2f}" in home.content.decode()


def test_staff_and_residents_find_their_own_side(world: Any) -> None:
    client = sign_in(account_of(world, 0))
    assert client.get("/")["Location"] == "/portal/"
    assert client.get("/office/").status_code in (403, 404)


@pytest.mark.req("PPL-04")
def test_changes_of_own_data_are_listed(world: Any) -> None:
    page = sign_in(account_of(world, 0)).get("/portal/me/")
    assert page.status_code == 200
    assert page.context["histories"]


@pytest.mark.req("PPL-03", "POR-20")
def test_persons_are_declared_only_where_no_register_is_kept(world: Any, as_system: Actor) -> None:
    account, kept = account_of(world, 0), account_of(world, 1)
    client = sign_in(account)
    assert "/portal/persons/" in client.get("/portal/me/").content.decode()
    flat = account.agreement.premises
    answer = client.post("/portal/persons/", {"premises": flat.pk, "count": "4", "month": "2027-01"})
    assert answer.status_code == 200 and "has been received" in answer.content.decode()
    row = Declaration.objects.get()
    assert (row.premises, row.value, row.valid_from, row.party) == (flat, 4, dt.date(2027, 1, 1), account.payer)
    assert client.post("/portal/persons/", {"premises": flat.pk, "count": "5", "month": "2027-01"}).status_code == 422
    foreign = {"premises": kept.agreement.premises_id, "count": "5", "month": "2027-01"}
    assert client.post("/portal/persons/", foreign).status_code == 422

    set_persons_source([kept.agreement.premises_id], "register", dt.date(2026, 1, 1), actor=as_system)
    other = sign_in(kept, "beata")
    assert "/portal/persons/" not in other.get("/portal/me/").content.decode()
    assert other.get("/portal/persons/").status_code == 404


@pytest.mark.req("CHG-10")
def test_a_resident_declares_an_advance_norm_and_follows_it_to_the_charge(world: Any, as_system: Actor) -> None:
    account = account_of(world, 0)
    flat = account.agreement.premises
    record_fact(flat.pk, "persons", Decimal(2), dt.date(2024, 1, 1), source="card", actor=as_system)
    client = sign_in(account)
    assert "/portal/norms/" in client.get("/portal/me/").content.decode()
    page = client.get("/portal/norms/")
    assert [norm.kind for norm in page.context["norms"]] == ["cold_water_forecast"]  # no charge rests on the others
    assert "not declared anything yet" in client.get("/portal/declarations/").content.decode()
    asked = {"what": f"{flat.pk}-cold_water_forecast", "value": "4.5", "per": "person", "month": "2026-04"}
    refused = client.post("/portal/norms/", asked | {"value": "51"})
    assert refused.status_code == 422 and "more than 50 is not possible" in refused.content.decode()
    foreign = {"what": f"{account_of(world, 1).agreement.premises_id}-cold_water_forecast"}
    assert client.post("/portal/norms/", asked | foreign).status_code == 422
    assert not Declaration.objects.exists()
    assert "has been received" in client.post("/portal/norms/", asked).content.decode()
    row = Declaration.objects.get()
    assert (row.value, row.valid_from, row.party, row.remarks) == (9, dt.date(2026, 4, 1), account.payer, [])
    assert "waits for a decision" in client.get("/portal/norms/").content.decode()

    accept_declaration(row.pk, actor=as_system)
    posted_run(world, dt.date(2026, 4, 1), actor=as_system)
    line = ChargeLine.objects.get(notice__account=account, component__code="WATER", period=dt.date(2026, 4, 1))
    assert (line.quantity, line.amount) == (9, Decimal("100.41"))  # 9 x 11.1564
    shown = client.get(f"/portal/money/line/{line.pk}/").content.decode()
    assert f"/portal/declarations/#declaration-{row.pk}" in shown and f"Your declaration {row.pk}" in shown
    assert "accepted" in client.get("/portal/declarations/").content.decode()
    other = sign_in(account_of(world, 1), "beata")
    assert f"declaration-{row.pk}" not in other.get("/portal/declarations/").content.decode()


@pytest.mark.req("CHG-01")
def test_a_component_that_is_not_shown_in_the_portal_stays_in_the_sum_only(world: Any) -> None:
    """Neither its line, nor its price in history or calculator; the notice on paper has it all the same."""
    account = account_of(world, 0)
    client = sign_in(account)
    notice = Notice.objects.get(account=account)
    hidden = ChargeLine.objects.get(notice=notice, component__code="WASTE")
    assert client.get(f"/portal/money/line/{hidden.pk}/").status_code == 200
    Component.objects.filter(pk=hidden.component_id).update(in_portal=False)
    page = client.get(f"/portal/money/entry/{notice.pk}/").content.decode()
    assert "Waste" not in page and "Other charges" in page and "Gas" in page
    assert client.get(f"/portal/money/line/{hidden.pk}/").status_code == 404
    address = f"/portal/money/{account.pk}/calculator/"
    form = client.get(address).context["form"]
    found = client.get(address, {name: str(form[name].value()) for name in form.fields} | {"persons": "6"})
    tried = {row.name: row.after for row in found.context["result"].components}
    assert "Waste" not in tried and tried["Other charges"] == Decimal("180.00")
    keys = [account.agreement_id]
    labels = [[one.label for one in agreement_histories(keys, portal=way)[keys[0]]] for way in (False, True)]
    assert [any(label.startswith("Waste") for label in one) for one in labels] == [True, False]
    assert "Waste" in str(notice.document.data["lines"])


@pytest.mark.req("CHG-20")
def test_a_resident_tries_other_persons(world: Any) -> None:
    account = account_of(world, 0)
    client = sign_in(account)
    address = f"/portal/money/{account.pk}/calculator/"
    page = client.get(address)
    assert page.status_code == 200 and "result" not in page.context
    assert address in client.get("/portal/money/").content.decode()
    values = {name: str(page.context["form"][name].value()) for name in page.context["form"].fields}
    found = client.get(address, values | {"persons": "6"}).context["result"]
    assert found.payer_count == 1 and found.problem_count == 0
    assert {row.name: row.after for row in found.components}["Waste"] == Decimal("180.00")
    assert "result" not in client.get(address, values | {"persons": "-1"}).context
    many = client.get(address, values | {"persons": "60"}).content.decode()  # a declaration of more than 50 is refused
    assert "more than 50 is not possible. Such a declaration would be refused." in many
    assert client.get(f"/portal/money/{account_of(world, 1).pk}/calculator/").status_code == 404
    with acting(system_actor("test")):  # who moved out has nothing to try any more, but keeps the account
        agreement = account.agreement
        ended = (agreement.valid.lower, clock.today())
        type(agreement).objects.filter(pk=agreement.pk).update(valid=ended)
        type(agreement.title).objects.filter(pk=agreement.title_id).update(valid=ended)
    page = client.get("/portal/money/")
    assert page.context["account"] == account and address not in page.content.decode()
    assert client.get(address).status_code == 404


@pytest.mark.req("PLT-32")
def test_large_print_is_kept_on_the_device_for_every_page(as_system: Actor) -> None:
    client = Client()
    user = make_user(user_class="resident")
    client.force_login(user)
    assert "data-print" not in client.get("/portal/more/").content.decode()
    assert client.get("/portal/more/print/").status_code == 405
    assert client.post("/portal/more/print/", {"size": "large"}).status_code == 302
    assert client.cookies["print"].value == "large"
    for page in ("/portal/more/", "/portal/", "/help/"):
        assert 'data-print="large"' in client.get(page).content.decode()
    client.post("/portal/more/print/", {"size": "normal"})
    assert "data-print" not in client.get("/portal/").content.decode()
