"""Money by cashier, every book by the same filters, and what every copy of a report says about itself."""

import csv
import datetime as dt
import io
import subprocess
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from openpyxl import load_workbook

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.reports import declaration
from lokum.core.reports.declaration import report_named, reports
from lokum.core.reports.running import run_report
from lokum.money.arrears import proof_places
from lokum.money.deposits.factories import make_deposit, make_deposit_kind
from lokum.money.documents.services import issue_statements, order_statements
from lokum.money.ledger.models import Account, Entry
from lokum.money.ledger.services import post_batch
from lokum.money.ledger.tests.test_posting import payment
from lokum.money.ledger.tests.world import World, make_world
from lokum.money.payments.models import Payment
from lokum.property.estates.factories import make_group_member, make_premises_group
from lokum.property.estates.models import Premises
from lokum.property.occupancy.models import Agreement

pytestmark = pytest.mark.usefixtures("as_system")

JANUARY = dt.date(2026, 1, 15)
PLACE_FILTERS = {"entity", "estate", "building", "stock", "premises_kind", "district"}


@pytest.fixture
def clerk(as_system: Any) -> Any:
    user = make_user(display_name="Clara Clerk")
    make_grant(user, ["*:*"])
    return user


@pytest.fixture
def world(as_system: Any) -> World:
    """A flat and a shop."""
    made = make_world(2, actor=as_system, tag="TK")
    shop = Agreement.objects.get(pk=made.agreements[1]).premises_id
    Premises.objects.filter(pk=shop).update(kind="commercial")
    return made


def run(code: str, user: Any, **asked: Any) -> Any:
    report = report_named(code)
    assert report is not None
    return run_report(report, user, {name: str(value) for name, value in asked.items()})


def take(
    world: World, place: int, amount: str, number: int, by: str, channel: str = "cash", day: dt.date = JANUARY
) -> None:
    """A payment of a payer, booked by somebody."""
    account, money = world.accounts[place], D(amount)
    entry = payment(world, account, amount, number, booked_on=day)
    batch = post_batch(world.entity.pk, "payments", f"{by}{number}", day, [entry], actor=Actor(user_id=None, label=by))
    Payment.objects.create(
        entity=world.entity, account_id=account, entry=Entry.objects.get(batch=batch), channel=channel, booked_on=day,
        value_on=day, channel_reference=f"{by}-{number}", amount=money,
    )  # fmt: skip


@pytest.mark.req("RPT-07")
def test_each_cashier_and_the_payments_behind_it(world: World, clerk: Any, as_system: Any) -> None:
    take(world, 0, "100.00", 1, "Kamila")
    take(world, 1, "50.00", 2, "Kamila")
    take(world, 0, "20.00", 3, "Kamila", channel="online")
    take(world, 0, "7.00", 4, "Piotr")
    asked = {"start": "2026-01", "end": "2026-01"}
    result = run("cashiers", clerk, **asked)
    assert [(row["cashier"], row["method"], row["payments"], row["kept"]) for row in result.rows] == [
        ("Kamila", "cash", 2, D("150.00")), ("Kamila", "online", 1, D("20.00")), ("Piotr", "cash", 1, D("7.00")),
    ]  # fmt: skip
    assert result.totals[0]["kept"] == D("177.00") == run("receipts", clerk, **asked).totals[0]["kept"]
    client = Client()
    client.force_login(clerk)
    page = client.get("/office/reports/cashiers/", asked).content.decode()
    link = result.columns[0].url(result.rows[0], result.values)
    assert link.replace("&", "&amp;") in page
    behind = client.get(link)
    assert behind.status_code == 200 and behind.context["result"].totals[0]["kept"] == D("150.00")
    for stock, kept in (("residential", D("127.00")), ("commercial", D("50.00"))):
        for code in ("cashiers", "takings", "receipts", "methods"):
            assert run(code, clerk, stock=stock, **asked).totals[0]["kept"] == kept, (code, stock)
    assert run("takings", clerk, cashier="Piotr", channel="online", **asked).totals == []
    assert list(proof_places.takings_are_the_ledger()) == []


@pytest.mark.req("RPT-07")
def test_a_report_as_known_then_repeats(world: World, clerk: Any) -> None:
    take(world, 0, "100.00", 1, "Kamila")
    moment = timezone.now()
    asked = {"start": "2026-01", "end": "2026-01"}
    year = {"year": "2026-01"}
    codes = (("cashiers", asked), ("takings", asked), ("receipts", asked), ("methods", asked), ("receivables", asked),
             ("fees", asked), ("waivers", asked), ("ledger_book", year))  # fmt: skip
    before = {code: run(code, clerk, **given).totals for code, given in codes}
    take(world, 0, "30.00", 2, "Kamila")
    known = timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M:%S.%f")
    for code, given in codes:
        assert run(code, clerk, known=known, **given).totals == before[code], code
    assert run("takings", clerk, **asked).totals[0]["kept"] == D("130.00")
    assert run("ledger_book", clerk, **year).totals[0]["closing"] == D("-130.00")


@pytest.mark.req("RPT-07")
def test_every_report_on_money_has_the_same_filters_of_place(clerk: Any) -> None:
    by_code = {one.code: {asked.name for asked in one.filters} for one in reports()}
    wanted = {"receivables", "receipts", "ledger_book", "ageing", "waivers", "deposits", "deposits_held", "methods",
              "cashiers", "takings", "fees", "balances", "open_items", "arrears", "collection", "progress",
              "allowances", "allowance_arrears", "invoice_register", "vat_register", "vat_documents",
              "allowance_lines", "invoice_documents"}  # fmt: skip
    assert wanted <= set(by_code)
    assert {code: PLACE_FILTERS - by_code[code] for code in wanted if PLACE_FILTERS - by_code[code]} == {}
    for code in sorted(wanted):  # each filter is understood by the statement behind it
        for stock in ("residential", "commercial"):
            run(code, clerk, stock=stock, premises_kind="dwelling")


@pytest.mark.req("RPT-07", "LED-21")
def test_deposits_by_stock_are_together_the_ledger(world: World, clerk: Any) -> None:
    kind = make_deposit_kind(entity=world.entity)
    for place in (0, 1):
        make_deposit(account=Account.objects.get(pk=world.accounts[place]), kind=kind)
    whole = run("deposits", clerk).totals[0]["closing"]
    parts = [run("deposits", clerk, stock=stock).totals[0]["closing"] for stock in ("residential", "commercial")]
    assert whole == sum(parts) > 0 and parts[0] == parts[1]
    held = [run("deposits_held", clerk, stock=stock).totals[0]["held"] for stock in ("residential", "commercial")]
    assert held == parts
    assert list(proof_places.stocks_are_the_whole()) == []


@pytest.mark.req("RPT-11", "RPT-07")
def test_a_stock_that_is_left_out_is_found(world: World, clerk: Any, monkeypatch: Any) -> None:
    last_month = timezone.localdate().replace(day=1) - dt.timedelta(days=1)
    take(world, 1, "50.00", 1, "Kamila", day=last_month)
    assert list(proof_places.stocks_are_the_whole()) == []
    report = report_named("takings")
    right = report.sql  # type: ignore[union-attr]
    wrong = lambda values: right(values) + (" AND m.channel = 'online'" if values.get("stock") else "")  # noqa: E731
    monkeypatch.setitem(declaration._reports, "takings", replace(report, sql=wrong))  # type: ignore[type-var]
    assert [one.object_label for one in proof_places.stocks_are_the_whole()] == ["report takings"]


@pytest.mark.req("RPT-11")
@pytest.mark.parametrize("day", ["0001-01", "1899-12", "2200-01", "9999-12"])
def test_days_that_no_books_have_are_refused(clerk: Any, day: str) -> None:
    client = Client()
    client.force_login(clerk)
    asked = (("collection", {"start": day, "end": day}), ("ledger_book", {"year": day}), ("progress", {"start": day}),
             ("ageing", {"on": f"{day}-01"}), ("takings", {"known": f"{day}-01T00:00:00"}))  # fmt: skip
    for code, given in asked:
        assert client.get(f"/office/reports/{code}/", given).status_code == 422, code
        assert client.get(f"/api/v1/reports/{code}", given).status_code == 422, code


def _words_of_pdf(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.req("RPT-11")
@pytest.mark.parametrize("language", ["en", "pl", "zh-hant", "zh-hans"])
def test_every_copy_says_definition_filters_moment_and_author(world: World, clerk: Any, language: str) -> None:
    take(world, 0, "1234.50", 1, "Kamila")
    clerk.language = language
    clerk.save()
    client = Client()
    client.force_login(clerk)
    asked = {"start": "2026-01", "end": "2026-01", "stock": "residential"}
    report = report_named("takings")
    assert report is not None
    with translation.override(language):
        definition, title = str(report.definition), str(report.title)
        stock = str(dict(next(one for one in report.filters if one.name == "stock").options())["residential"])
    path = "/office/reports/takings/"
    page = client.get(path, asked)
    moment = page.context["result"].moment.astimezone().strftime("%Y-%m-%d")
    told = client.get("/api/v1/reports/takings", asked).json()
    sheet = load_workbook(io.BytesIO(client.get(path, asked | {"format": "xlsx"}).content), data_only=True).active
    copies = {
        "page": page.content.decode(),
        "api": "\n".join(f"{label} {text}" for label, text in (one.values() for one in told["facts"]))
        if isinstance(told["facts"][0], dict)
        else str(told["facts"]),
        "xlsx": "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None),
        "csv": client.get(path, asked | {"format": "csv"}).content.decode("utf-8-sig"),
    }
    for name, text in copies.items():
        flat = text.replace("&#x27;", "'")
        assert definition in flat and "Clara Clerk" in flat and moment in flat and stock in flat, (language, name)
    for name in ("page", "xlsx", "csv"):
        assert title in copies[name], name
    # The same total everywhere.
    rows = list(csv.reader(io.StringIO(copies["csv"])))
    values = {cell for row in rows for cell in row}
    assert values & {"1234.50", "1234,50"} and "1234.5" in copies["xlsx"]
    assert page.context["result"].totals[0]["kept"] == D("1234.50") == D(told["totals"][0]["kept"])
    words = "".join(_words_of_pdf(client.get(path, asked | {"format": "pdf"}).content).split())
    assert "ClaraClerk" in words and moment in words and "".join(stock.split()) in words
    assert "".join(definition.split())[:40] in words and any(
        text in words for text in ("1,234.50", "1234,50", "1 234,50")
    )


@pytest.mark.req("REG-11", "RPT-07")
def test_a_district_is_a_level_of_reports_and_letters_from_its_day(world: World, clerk: Any, as_system: Any) -> None:
    """The flat leaves the district on 1 February; the shop belongs to it all the time."""
    flat, shop = (Agreement.objects.get(pk=pk).premises for pk in world.agreements)
    district = make_premises_group(kind="free")
    make_group_member(group=district, premises=flat, building=None, valid=(dt.date(2020, 1, 1), dt.date(2026, 2, 1)))
    make_group_member(group=district, premises=shop, building=None, valid=(dt.date(2020, 1, 1), None))
    take(world, 0, "100.00", 1, "Kamila")
    take(world, 1, "50.00", 2, "Kamila", day=dt.date(2026, 1, 20))
    january = {"start": "2026-01", "end": "2026-01", "district": district.pk}
    until_february = january | {"end": "2026-02"}
    for code in ("takings", "cashiers", "receipts", "methods"):
        assert run(code, clerk, **january).totals[0]["kept"] == D("150.00"), code
        assert run(code, clerk, **until_february).totals[0]["kept"] == D("50.00"), code
    for code in ("balances", "ageing", "open_items"):
        column = "open_amount" if code == "open_items" else "balance"
        for day, shown in (("2026-01-31", D("-150.00")), ("2026-02-01", D("-50.00"))):
            assert run(code, clerk, on=day, district=district.pk).totals[0][column] == shown, (code, day)
    for one in reports():
        if any(asked.name == "district" for asked in one.filters):
            run(one.code, clerk, district=district.pk)
    for end, wanted in ((dt.date(2026, 1, 31), world.accounts), (dt.date(2026, 2, 28), world.accounts[1:])):
        batch = order_statements(
            entity=world.entity, kind="confirmation", start=JANUARY, end=end, district=district, actor=as_system
        )
        issue_statements(batch.pk, actor=as_system)
        assert sorted(batch.items.values_list("account_id", flat=True)) == wanted
