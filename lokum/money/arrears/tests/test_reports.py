"""Reports on money: their totals are those of the ledger on any day, as known at any moment."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.organisation.factories import make_pack_rule
from lokum.core.reports.declaration import report_named, reports
from lokum.core.reports.running import run_report
from lokum.money.arrears import proof
from lokum.money.arrears.factories import make_arrears_policy, make_limitation_event, make_payer_contact
from lokum.money.arrears.seams import limitation_of
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.deposits.factories import make_deposit_kind
from lokum.money.deposits.services import apply_use, call_deposit, take_from_account
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Account, Allocation
from lokum.money.ledger.queries import balances
from lokum.money.ledger.services import allocate_oldest_first, allocate_pairs, reverse_entry, undo_allocation

pytestmark = pytest.mark.usefixtures("as_system")


@pytest.fixture
def actor(as_system: Any) -> Any:
    return as_system


@pytest.fixture
def clerk(as_system: Any) -> Any:
    user = make_user()
    make_grant(user, ["*:*"])
    return user


def run(code: str, user: Any, **asked: Any) -> Any:
    report = report_named(code)
    assert report is not None
    return run_report(report, user, {name: str(value) for name, value in asked.items()})


@pytest.mark.req("LED-11")
def test_ageing_of_the_published_example(clerk: Any) -> None:
    """Domain of Chinese property management, 7.13: 400, 300 and 120 stand in three bands, 150 beside them."""
    account = make_account()
    for day, amount in ((dt.date(2025, 6, 5), 400), (dt.date(2025, 4, 15), 300), (dt.date(2024, 3, 1), 120)):
        make_entry(account=account, amount=D(amount), booked_on=day)
    make_entry(account=account, amount=D(-150), booked_on=dt.date(2025, 6, 20))
    row = run("ageing", clerk, on="2025-06-30", group="contract").rows[0]
    assert (row["band_0"], row["band_2"], row["band_5"]) == (400, 300, 120)
    assert (row["owed"], row["credit"], row["balance"]) == (820, 150, 670)
    assert row["balance"] == balances([account.pk], dt.date(2025, 6, 30))[account.pk].total


@pytest.mark.req("LED-11", "LED-10", "RPT-06", "RPT-07", "RPT-11", "LED-04")
def test_totals_of_reports_are_those_of_the_ledger(actor: Any, clerk: Any, frozen: Any) -> None:
    world = make_charged_world(6, actor=actor)
    for month in (dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)):
        posted_run(world, month, actor=actor)
        accounts = Account.objects.filter(pk__in=world.accounts).order_by("pk")
        for place, account in enumerate(accounts):
            if place % 3:
                make_entry(account=account, amount=D(-100 * place), booked_on=month.replace(day=12))
        allocate_oldest_first(world.entity.pk, actor=actor)
    assert list(proof.balance_reports()) == []
    assert list(proof.filtered_reports()) == []
    assert list(proof.turnover_reports()) == []


@pytest.mark.req("RPT-06", "RPT-07", "LED-21")
def test_deposits_are_no_turnover_and_no_debt_to_collect(actor: Any, clerk: Any, frozen: Any) -> None:
    """Charged 300. Paid 1,000 for a deposit and 100 for charges; 50 of the deposit used: 150 of 300 collected, half."""
    entry = make_entry(amount=D(300), booked_on=dt.date(2026, 3, 2), due_on=dt.date(2026, 3, 10))
    account = entry.account
    kind = make_deposit_kind(entity=account.entity)
    day = {"called_on": dt.date(2026, 3, 2), "due_on": dt.date(2026, 3, 20)}
    deposit = call_deposit(account.pk, kind.pk, amount=D(1000), actor=actor, **day)
    for amount in (1000, 100):
        make_entry(account=account, amount=D(-amount), booked_on=dt.date(2026, 3, 12))
    take_from_account(deposit.pk, amount=D(1000), actor=actor)
    allocate_oldest_first(account.entity_id, actor=actor)
    apply_use(deposit.pk, amount=D(50), reason="arrears", actor=actor)

    [row] = run("receivables", clerk, start="2026-03", end="2026-03", group="account").rows
    assert (row["net"], row["corrected"], row["receivable"], row["deposits"]) == (300, 0, 300, 950)
    row = run("collection", clerk, start="2026-03", end="2026-03").rows[0]
    assert (row["receivable"], row["current_paid"], row["current_owed"]) == (300, 150, 150)
    assert (row["received"], row["recovered"], row["prepaid"], row["amount_rate"]) == (150, 0, 0, 50)
    book = run("ledger_book", clerk, year="2026-01").rows[0]
    assert (book["charged"], book["received"], book["closing"]) == (300, 150, 150)
    assert list(proof.balance_reports()) == []
    assert list(proof.turnover_reports()) == []


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> dt.date:
    day = dt.date(2026, 3, 31)
    monkeypatch.setattr("lokum.core.base.clock.today", lambda time_zone="": day)
    return day


@pytest.mark.req("RPT-11", "LED-18")
def test_the_proof_names_a_report_that_does_not_add_up(actor: Any, frozen: Any, monkeypatch: Any) -> None:
    make_entry(amount=D(100), booked_on=dt.date(2026, 1, 5))
    monkeypatch.setattr(proof, "totals", lambda code, column, **values: {"PLN": D(99)})
    found = [str(one) for one in proof.balance_reports()]
    assert found and "99" in found[0] and "100" in found[0] and "ageing" in found[0]
    assert ["198" in str(one) or "99" in str(one) for one in proof.filtered_reports()] == [True, True]


@pytest.mark.req("LED-11", "LED-10")
def test_as_of_and_as_known_repeat_what_was_shown_then(actor: Any, clerk: Any) -> None:
    account = make_account()
    charge = make_entry(account=account, amount=D(300), booked_on=dt.date(2026, 1, 2))
    shown = []
    moments = []

    def show() -> None:
        result = run("open_items", clerk, on="2026-01-31")
        shown.append([(row["entry_id"], row["open_amount"]) for row in result.rows])
        moments.append(timezone.now())

    show()
    paid = make_entry(account=account, amount=D(-100), booked_on=dt.date(2026, 1, 20))
    show()
    made = allocate_pairs([(paid.pk, charge.pk, D(100))], rule="by_hand", actor=actor)[0]
    show()
    undo_allocation(made.pk, "wrong", actor=actor)
    show()
    allocate_oldest_first(account.entity_id, [account.pk], actor=actor)
    make_entry(account=account, amount=D(50), booked_on=dt.date(2026, 1, 25))
    for then, moment in zip(shown, moments, strict=True):
        result = run("open_items", clerk, on="2026-01-31", known=moment.isoformat())
        assert [(row["entry_id"], row["open_amount"]) for row in result.rows] == then
    assert run("open_items", clerk, on="2026-01-10").rows[0]["open_amount"] == 300
    assert Allocation.objects.filter(undone_at__isnull=False).count() == 1


@pytest.mark.req("LED-10")
def test_the_last_payment_is_the_last_one_that_stands(actor: Any, clerk: Any) -> None:
    """Paid 60 and 40, the 40 reversed on 5 March: named until then and as known before, not since."""
    account = make_entry(amount=D(300), booked_on=dt.date(2026, 1, 2), due_on=dt.date(2026, 1, 10)).account
    make_entry(account=account, amount=D(-60), booked_on=dt.date(2026, 1, 20))
    bounced = make_entry(account=account, amount=D(-40), booked_on=dt.date(2026, 2, 10))
    before = timezone.now()
    reverse_entry(bounced.pk, "bounced", actor=actor, booked_on=dt.date(2026, 3, 5))

    def last(on: str, **asked: Any) -> Any:
        [row] = run("arrears", clerk, on=on, **asked).rows
        return row["paid_on"], row["paid"]

    assert last("2026-03-31") == (dt.date(2026, 1, 20), 60)
    assert last("2026-03-31", known=before.isoformat()) == last("2026-03-04") == (dt.date(2026, 2, 10), 40)


@pytest.mark.req("LED-11")
def test_open_amounts_by_component_add_up_to_the_cent(actor: Any, clerk: Any) -> None:
    world = make_charged_world(3, actor=actor)
    posted_run(world, actor=actor)
    account = Account.objects.get(pk=world.accounts[0])
    make_entry(account=account, amount=D("-33.37"), booked_on=dt.date(2026, 3, 20))
    allocate_oldest_first(world.entity.pk, actor=actor)
    by_component = run("ageing", clerk, on="2026-03-31", group="component")
    by_building = run("ageing", clerk, on="2026-03-31", group="building")
    assert len(by_component.rows) == 8
    assert by_component.totals[0]["owed"] == by_building.totals[0]["owed"] == sum(r["owed"] for r in by_component.rows)
    assert all(row["owed"] == row["owed"].quantize(D("0.01")) for row in by_component.rows)
    one = by_component.rows[0]
    items = run("open_items", clerk, on="2026-03-31", component=one["key"], side="debit")
    assert items.totals[0]["open_amount"] == one["owed"]


@pytest.mark.req("LED-11", "LED-16")
def test_limitation_of_three_years_ends_with_the_year(clerk: Any) -> None:
    """Article 118 of the Polish civil code: due in 2023 means claimable until the last day of 2026."""
    account = make_account()
    make_entry(account=account, amount=D(100), booked_on=dt.date(2023, 2, 10))
    make_entry(account=account, amount=D(70), booked_on=dt.date(2024, 2, 10))
    rows = run("open_items", clerk, on="2026-11-01").rows
    assert [(row["limitation_on"], row["warned"]) for row in rows] == [
        (dt.date(2026, 12, 31), True),
        (dt.date(2027, 12, 31), False),
    ]
    make_limitation_event(account=account, on=dt.date(2025, 5, 5))
    rows = run("open_items", clerk, on="2026-11-01").rows
    assert {row["limitation_on"] for row in rows} == {dt.date(2028, 12, 31)}
    assert run("ageing", clerk, on="2026-11-01").rows[0]["limited"] == 0


@pytest.mark.req("PLT-05", "LED-16")
def test_a_new_limitation_period_counts_for_debts_due_from_its_day(clerk: Any) -> None:
    account = make_account()
    make_entry(account=account, amount=D(100), booked_on=dt.date(2025, 12, 10))
    make_entry(account=account, amount=D(70), booked_on=dt.date(2026, 1, 10))
    make_pack_rule(
        key="arrears.limitation", valid_from=dt.date(2026, 1, 1), value={"years": 2, "year_end": False},
        source="Act of 1 October 2025",
    )  # fmt: skip
    rows = run("open_items", clerk, on="2026-11-01").rows
    assert [row["limitation_on"] for row in rows] == [dt.date(2028, 12, 31), dt.date(2028, 1, 10)]
    early, later = (limitation_of("pl", dt.date(year, 6, 1)) for year in (2025, 2026))
    assert early is not None and later is not None
    assert (early.years, later.years, later.source) == (3, 2, "Act of 1 October 2025")


@pytest.mark.req("LED-10")
def test_arrears_with_months_part_payments_contacts_and_marks(actor: Any, clerk: Any) -> None:
    account = make_account()
    for month in (1, 2, 3):
        make_entry(account=account, amount=D(100), booked_on=dt.date(2026, month, 10))
    make_entry(account=account, amount=D(-130), booked_on=dt.date(2026, 3, 15))
    allocate_oldest_first(account.entity_id, actor=actor)
    make_payer_contact(account=account, promised_on=dt.date(2026, 4, 5))
    row = run("arrears", clerk, on="2026-03-31").rows[0]
    assert (row["months"], row["overdue"], row["part_paid"], row["balance"]) == (2, 170, 30, 170)
    assert (row["stage"], row["paid"], row["contact"], row["promised_on"]) == (
        "marked", 130, "phone", dt.date(2026, 4, 5))  # fmt: skip
    make_arrears_policy(entity=account.entity, warn_amount=D(500), warn_months=3)
    assert run("arrears", clerk, on="2026-03-31").rows[0]["stage"] == "overdue"
    assert run("arrears", clerk, on="2026-03-31", least_amount="170.01").rows == []


@pytest.mark.req("LED-04", "RPT-07")
def test_balances_of_accounts_are_those_of_the_sheet(actor: Any, clerk: Any) -> None:
    """By hand: 300 due on 10 March, 50 and 20 paid ahead and used, 40 due on 1 April."""
    account, other = make_account(), make_account()
    for month, day, amount in ((2, 20, -50), (3, 10, 300), (3, 12, -20)):
        make_entry(account=account, amount=D(amount), booked_on=dt.date(2026, month, day))
    allocate_oldest_first(account.entity_id, actor=actor)
    moment = timezone.now()
    make_entry(account=account, amount=D(40), booked_on=dt.date(2026, 3, 31), due_on=dt.date(2026, 4, 1))
    for day in (dt.date(2026, 3, 1), dt.date(2026, 3, 10), dt.date(2026, 3, 11), dt.date(2026, 3, 31)):
        rows = {row["account_id"]: row for row in run("balances", clerk, on=day, settled="1").rows}
        for pk, expected in balances([account.pk, other.pk], day).items():
            shown = tuple(rows[pk][name] for name in ("balance", "due", "not_due", "overdue", "credit"))
            wanted = (expected.total, expected.due, expected.not_yet_due, expected.overdue, expected.credit)
            assert shown == wanted, day
        known = run("balances", clerk, on=day, known=moment.isoformat()).rows
        assert [row["balance"] for row in known] == [-50 if day.day == 1 else 250 if day.day < 12 else 230]
    row = run("balances", clerk, on="2026-03-31").rows[0]
    assert (row["balance"], row["due"], row["not_due"], row["credit"]) == (270, 230, 40, 0)
    assert account.payer.last_name in row["payer"] and row["premises_code"] == account.agreement.premises.code
    assert len(run("balances", clerk, on="2026-03-31").rows) == 1 and other.pk != account.pk


@pytest.mark.req("RPT-07")
@pytest.mark.parametrize(("year", "opening", "moved"), [(2018, 0, 7), (2019, 7, 100), (2025, 107, -30), (2026, 77, 10)])
def test_the_ledger_book_of_any_year(clerk: Any, frozen: Any, year: int, opening: int, moved: int) -> None:
    """Years far back are told from the first entry on, near ones from the present balance."""
    account = make_account()
    booked = ((2018, 12, 7), (2019, 1, 150), (2019, 2, -50), (2025, 12, -30), (2026, 1, 10))
    for at, month, amount in booked:
        make_entry(account=account, amount=D(amount), booked_on=dt.date(at, month, 28))
    row = run("ledger_book", clerk, year=f"{year}-01").rows[0]
    assert (row["opening"], row["charged"] - row["received"], row["closing"]) == (opening, moved, opening + moved)
    months = range(1, 13)
    assert (
        row["charged"]
        == sum(row[f"charged_{month}"] for month in months)
        == sum(amount for at, _month, amount in booked if at == year and amount > 0)
    )
    assert row["received"] == sum(row[f"received_{month}"] for month in months)
    assert row["payer"].endswith(account.payer.last_name)


@pytest.mark.req("LED-10")
def test_the_version_for_display_names_nobody(clerk: Any) -> None:
    entry = make_entry(amount=D(100), booked_on=dt.date(2026, 1, 5))
    account = entry.account
    client = Client()
    client.force_login(clerk)
    for kind in ("", "csv"):
        body = client.get(f"/office/reports/arrears/?on=2026-03-31&display=1&format={kind}").content.decode()
        main = body.partition('class="table-scroll"')[2] or body
        assert account.payer.last_name not in main
        assert account.code not in main
        assert account.agreement.premises.code not in main
        assert "100" in main


@pytest.mark.req("RPT-06")
def test_collection_figures_of_the_published_example(actor: Any, clerk: Any) -> None:
    """Domain of Chinese property management, 7.12: rates of 85 % and 20 %, received 39,500, owed 18,000."""
    account = make_account()
    old = make_entry(account=account, amount=D(15000), booked_on=dt.date(2025, 12, 1))
    now = make_entry(account=account, amount=D(40000), booked_on=dt.date(2026, 1, 1))
    first = make_entry(account=account, amount=D(-3000), booked_on=dt.date(2026, 1, 10))
    second = make_entry(account=account, amount=D(-34000), booked_on=dt.date(2026, 1, 11))
    make_entry(account=account, amount=D(-2500), booked_on=dt.date(2026, 1, 12))
    allocate_pairs([(first.pk, old.pk, D(3000)), (second.pk, now.pk, D(34000))], rule="by_hand", actor=actor)
    row = run("collection", clerk, start="2026-01", end="2026-01").rows[0]
    assert (row["history_owed"], row["receivable"], row["current_paid"]) == (12000, 40000, 34000)
    assert (row["recovered"], row["prepaid"], row["received"], row["owed"]) == (3000, 2500, 39500, 18000)
    assert (row["amount_rate"], row["clearing_rate"]) == (D("85.00"), D("20.00"))


@pytest.mark.req("RPT-06")
def test_progress_of_a_house_opens_its_premises(actor: Any, clerk: Any) -> None:
    world = make_charged_world(3, actor=actor)
    run_ = posted_run(world, actor=actor)
    totals = dict(run_.notices.values_list("account_id", "total_amount"))
    accounts = list(Account.objects.filter(pk__in=world.accounts).order_by("pk"))
    make_entry(account=accounts[0], amount=-totals[accounts[0].pk], booked_on=dt.date(2026, 3, 10))
    make_entry(account=accounts[1], amount=D(-5), booked_on=dt.date(2026, 3, 10))
    allocate_oldest_first(world.entity.pk, actor=actor)
    result = run("progress", clerk, start="2026-03", end="2026-03")
    assert sorted(row["state"] for row in result.rows) == ["paid", "part", "unpaid"]
    client = Client()
    client.force_login(clerk)
    body = client.get("/office/reports/progress/?start=2026-03&end=2026-03").content.decode()
    assert f"/office/estates/premises/{accounts[0].agreement.premises_id}/" in body
    assert "paid in part" in body
    row = run("collection", clerk, start="2026-03", end="2026-03").rows[0]
    assert (row["households"], row["owing"], row["household_rate"]) == (3, 2, D("33.33"))


@pytest.mark.req("RPT-11", "PLT-11")
def test_reports_know_rights_scopes_and_wrong_input(clerk: Any) -> None:
    entry = make_entry(amount=D(100), booked_on=dt.date(2026, 1, 5))
    stranger = make_user()
    with pytest.raises(NotAllowed):
        run("ageing", stranger)
    other = make_entry(amount=D(70), booked_on=dt.date(2026, 1, 5))
    narrow = make_user()
    make_grant(narrow, ["*:view"], {"building": [other.account.agreement.premises.building_id]})
    assert run("ageing", narrow, on="2026-02-01").totals[0]["owed"] == 70
    assert run("ageing", clerk, on="2026-02-01").totals[0]["owed"] == 170
    assert entry.account_id != other.account_id
    for asked in ({"bands": "60,30"}, {"bands": "x"}, {"on": "yesterday"}, {"building": "99999999"}):
        with pytest.raises(Refusal):
            run("ageing", clerk, **asked)
    with pytest.raises(Refusal):
        run("collection", clerk, start="2026-05", end="2026-01")


@pytest.mark.req("RPT-11")
@pytest.mark.parametrize("language", ["en", "pl", "zh-hant", "zh-hans"])
def test_every_report_says_what_it_is_in_every_language_and_format(clerk: Any, language: str) -> None:
    make_entry(amount=D("1234.50"), booked_on=dt.date(2026, 1, 5))
    clerk.language = language
    clerk.save()
    client = Client()
    client.force_login(clerk)
    for report in reports():
        page = client.get(f"/office/reports/{report.code}/")
        assert page.status_code == 200, report.code
        assert str(clerk) in page.content.decode()
        for kind in ("xlsx", "csv"):
            answer = client.get(f"/office/reports/{report.code}/?format={kind}")
            assert answer.status_code == 200 and answer.content, (report.code, kind)
        told = client.get(f"/api/v1/reports/{report.code}")
        assert told.status_code == 200, told.content
        assert len(told.json()["facts"]) == 4
    pdf = client.get("/office/reports/ageing/?format=pdf")
    assert pdf.content.startswith(b"%PDF")
    assert client.get("/api/v1/reports").json()[0]["filters"]
    assert client.get("/api/v1/reports/nothing").status_code == 404
    assert client.get("/api/v1/reports/ageing?wrong=1").status_code == 422


@pytest.mark.req("RPT-11")
def test_views_of_reports_are_kept_and_removed(clerk: Any) -> None:
    client = Client()
    client.force_login(clerk)
    answer = client.post("/office/reports/ageing/views/", {"name": "My houses", "query": "group=estate&on=2026-01-31"})
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "My houses" in page and 'value="2026-01-31"' in page
    number = answer["Location"].rpartition("=")[2]
    client.post("/office/reports/ageing/views/", {"remove": number})
    assert "My houses" not in client.get("/office/reports/ageing/").content.decode()
