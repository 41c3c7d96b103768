"""Shares of third parties: claimed once, split to the cent, taken back with dates; equal to their ledger account."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.core.desk.desk import registry
from lokum.core.desk.importing.services import check_batch, map_columns, receive_sheet, run_batch, undo_batch
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.core.papers.services import pdf_of
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import run_report
from lokum.money.allowances.models import Allowance, AllowanceBreak, BodyPayment, Claim, ClaimLine
from lokum.money.allowances.queries import own_part
from lokum.money.allowances.services import (
    claim_due,
    claim_month,
    end_allowance,
    grant_allowance,
    lift_suspension,
    receive_payment,
    reclaim_allowance,
    suspend_allowance,
)
from lokum.money.charges.models import Notice
from lokum.money.charges.papers import notice_paper
from lokum.money.charges.services import undo_run
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Account, AccountBalance, Entry, LedgerAccount, Line, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import NewEntry, NewLine, allocate_oldest_first, post_batch
from lokum.property.estates.models import Premises
from lokum.property.parties.factories import make_party
from lokum.property.parties.models import Party

pytestmark = pytest.mark.usefixtures("as_system")
FEBRUARY, MARCH, APRIL, MAY = (dt.date(2026, month, 1) for month in (2, 3, 4, 5))


@pytest.fixture
def actor(as_system: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 4, 20))
    return as_system


@pytest.fixture
def world(actor: Any) -> Any:
    return make_charged_world(4, actor=actor)


@pytest.fixture
def body(world: Any) -> Party:
    return make_party(kind="company", last_name="Gmina Lipogóra", first_name="", language="pl")


def granted(world: Any, body: Party, actor: Any, place: int = 0, amount: str = "150.00", **over: Any) -> Allowance:
    values: dict[str, Any] = {
        "account": Account.objects.get(pk=world.accounts[place]), "kind": "housing", "body": body,
        "decision_number": f"DM.{place + 1}/2026", "decided_on": dt.date(2026, 2, 20), "first_month": MARCH,
        "last_month": dt.date(2026, 8, 1), "monthly_amount": D(amount),
    } | over  # fmt: skip
    return grant_allowance(actor=actor, **values)


def booked(world: Any) -> D:
    """Balance of the ledger account for shares of third parties."""
    rows = Line.objects.filter(ledger_account__entity=world.entity, ledger_account__purpose="allowance")
    return sum((line.debit_amount - line.credit_amount for line in rows), D(0))


def owed(world: Any, place: int = 0) -> D:
    return AccountBalance.objects.get(pk=world.accounts[place]).amount


def proven() -> None:
    assert not {one.code: [str(found) for found in one.findings] for one in prove() if one.count}


def refused(code: str, act: Any, *values: Any, **more: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(*values, **more)
    assert caught.value.code == code
    return caught.value


@pytest.mark.req("LED-22")
def test_a_notice_shows_the_own_and_the_third_partys_part(world: Any, body: Party, actor: Any) -> None:
    granted(world, body, actor)
    run = posted_run(world, MARCH, actor=actor)
    notice, other = (Notice.objects.select_related("document__entity").get(account=world.accounts[n]) for n in (0, 1))
    assert notice.document.data["shares"] == [
        {"kind": "housing", "decision": "DM.1/2026", "body": "Gmina Lipogóra", "amount": "150.00", "open": "150.00"}
    ]
    assert "shares" not in other.document.data
    assert D(notice.document.data["to_pay"]) == notice.total_amount - 150 == owed(world)
    paper = notice_paper(notice.document)
    assert ("Dopłaty osób trzecich", D("-150.00")) in paper.balance and paper.to_pay == notice.total_amount - 150
    own = f"{notice.total_amount - 150:.2f}".replace(".", ",")
    assert any("DM.1/2026" in one and "150,00" in one for one in paper.notes) and own in paper.notes[1]
    part = own_part(notice.account, MARCH)
    assert (part.charged_amount, part.third_amount, part.own_amount) == (
        notice.total_amount, D(150), notice.total_amount - 150,
    )  # fmt: skip
    assert pdf_of(notice.document, actor=actor).startswith(b"%PDF")
    assert (booked(world), Claim.objects.get().month) == (D(150), MARCH)
    proven()
    undo_run(run.pk, "by mistake", actor=actor)  # the share stays claimed; the month posted anew shows it again
    posted_run(world, MARCH, actor=actor)
    assert Claim.objects.count() == 1 and owed(world) == notice.total_amount - 150
    assert own_part(notice.account, MARCH).own_amount == notice.total_amount - 150
    proven()


@pytest.mark.req("LED-22")
def test_claiming_a_month_twice_adds_nothing(world: Any, body: Party, actor: Any) -> None:
    for place, amount in enumerate(("150.00", "99.99", "0.01")):
        granted(world, body, actor, place, amount)
    claim = claim_month(entity=world.entity, month=dt.date(2026, 3, 17), actor=actor)[0]
    assert (claim.total_amount, claim.line_count, claim.number) == (D("250.00"), 3, "AL/2026/04/001")
    again = {"entity": world.entity, "month": MARCH, "actor": actor}
    assert "month" in refused("allowance.nothing", claim_month, **again).fields
    assert claim_due(world.entity, MARCH, actor=actor) == []
    posted_run(world, MARCH, actor=actor)
    assert (ClaimLine.objects.count(), booked(world)) == (3, D(250))
    data = claim.document.data
    assert data["title"] == "Wykaz dopłat osób trzecich do przekazania" and len(data["tables"][0]["rows"]) == 3
    assert data["payer"]["name"] == "Gmina Lipogóra" and pdf_of(claim.document, actor=actor).startswith(b"%PDF")
    made = claim_month(entity=world.entity, month=MAY, body=body, actor=actor)[0]
    assert (made.line_count, made.total_amount) == (6, D(500))  # April had been forgotten
    proven()


@pytest.mark.req("LED-22")
def test_a_batch_of_the_body_is_split_to_the_accounts_exactly(world: Any, body: Party, actor: Any) -> None:
    for place, amount in enumerate(("100.00", "100.00", "100.00")):
        granted(world, body, actor, place, amount)
    first, second = (claim_due(world.entity, month, actor=actor)[0] for month in (MARCH, APRIL))
    exact = {"received_on": dt.date(2026, 4, 9), "actor": actor}
    paid = receive_payment(first.pk, amount=D(300), **exact)
    assert list(paid.lines.values_list("amount", flat=True)) == [D(100)] * 3 and booked(world) == 300
    refused("claim.settled", receive_payment, first.pk, amount=D(1), **exact)
    assert (
        "amount"
        in refused("claim.too_much", receive_payment, second.pk, amount=D("300.01"), reason="x", **exact).fields
    )
    told = refused("claim.direction", receive_payment, second.pk, amount=D(-1), reason="x", **exact)
    assert "above zero" in told.fields["amount"][0]
    assert "reason" in refused("claim.difference", receive_payment, second.pk, amount=D(200), **exact).fields
    refused("claim.future", receive_payment, second.pk, amount=D(300), received_on=dt.date(2026, 5, 1), actor=actor)
    # 200 over three lines of 100: 66.67, 66.67, 66.66 by largest remainder; later the rest, exactly.
    part = receive_payment(second.pk, amount=D(200), reason="Przelew częściowy", **exact)
    shares = part.lines.order_by("line_id").values_list("amount", flat=True)
    assert list(shares) == [D("66.67"), D("66.67"), D("66.66")] and booked(world) == 100
    lines = list(second.lines.order_by("pk"))
    named = {lines[0].pk: D("33.33"), lines[1].pk: D("33.34")}
    refused("claim.part", receive_payment, second.pk, amount=D("66.67"), parts=named, reason="by decision", **exact)
    named[lines[1].pk] = D("33.30")
    refused("claim.parts", receive_payment, second.pk, amount=D("66.67"), parts=named, reason="by decision", **exact)
    receive_payment(second.pk, amount=D("66.63"), parts=named, reason="by decision", **exact)
    rest = receive_payment(second.pk, amount=D("33.37"), **exact)
    assert dict(rest.lines.values_list("line_id", "amount")) == {lines[1].pk: D("0.03"), lines[2].pk: D("33.34")}
    assert booked(world) == 0 and BodyPayment.objects.count() == 4
    proven()


@pytest.mark.req("LED-22")
def test_suspended_and_paid_again(world: Any, body: Party, actor: Any) -> None:
    one = granted(world, body, actor)
    claim_due(world.entity, MARCH, actor=actor)
    made = suspend_allowance(one.pk, first_month=APRIL, reason="Zaległość dwóch miesięcy", actor=actor)
    assert isinstance(made, AllowanceBreak) and claim_due(world.entity, APRIL, actor=actor) == []
    lift_suspension(one.pk, first_month=MAY, reason="Spłacono zaległość", actor=actor)
    assert claim_due(world.entity, MAY, actor=actor)[0].lines.get().month == MAY
    refused("allowance.not_suspended", lift_suspension, one.pk, first_month=MAY, reason="x", actor=actor)
    refused("allowance.months", suspend_allowance, one.pk, first_month=FEBRUARY, reason="x", actor=actor)
    refused("allowance.no_reason", suspend_allowance, one.pk, first_month=MAY, reason=" ", actor=actor)
    assert booked(world) == 300
    proven()


@pytest.mark.req("LED-22")
def test_what_was_claimed_is_taken_back_by_two_people(world: Any, body: Party, actor: Any) -> None:
    clerk, chief = make_user(), make_user()
    for user in (clerk, chief):
        make_grant(user, ["*:*"])
    one = granted(world, body, actor)
    posted_run(world, MARCH, actor=actor)
    march = Claim.objects.get()
    receive_payment(march.pk, amount=D(150), received_on=dt.date(2026, 4, 9), actor=actor)
    refused("allowance.nothing_claimed", reclaim_allowance, one.pk, first_month=APRIL, reason="x", actor=actor)
    before = owed(world)
    asked = reclaim_allowance(one.pk, first_month=MARCH, reason="Decyzja o zwrocie", actor=_acting(clerk))
    assert isinstance(asked, ApprovalRequest) and not AllowanceBreak.objects.exists() and owed(world) == before
    approve(asked.pk, actor=_acting(chief))
    back = Claim.objects.exclude(pk=march.pk).get()
    assert (back.total_amount, back.month, owed(world), booked(world)) == (D(-150), APRIL, before + 150, D(-150))
    stop = AllowanceBreak.objects.get()
    assert (stop.kind, stop.proposed_by, stop.made_by) == ("reclaimed", str(clerk), str(chief))
    entry = back.lines.get().entry
    assert (entry.amount, entry.due_on, entry.kind) == (D(150), dt.date(2026, 4, 20), "allowance")
    for wrong in (D(150), D(-100), D(0)):
        told = refused("claim.direction", receive_payment, back.pk, amount=wrong, received_on=APRIL, actor=actor)
        assert "below zero" in told.fields["amount"][0] and "urplus" not in told.fields["amount"][0]
    facts = dict(back.document.data["facts"])
    assert facts["Cofnięto"] == "150,00\u00a0zł" and "Do przekazania" not in facts and "Rachunek bankowy" not in facts
    receive_payment(back.pk, amount=D(-150), received_on=dt.date(2026, 4, 19), reference="zwrot", actor=actor)
    assert booked(world) == 0 and own_part(Account.objects.get(pk=world.accounts[0]), MARCH).shares == []
    proven()


def _acting(user: Any) -> Any:
    from lokum.core.base.context import Actor, Reach

    return Actor(user_id=user.pk, label=str(user), reach=Reach(everything=True))


@pytest.mark.req("LED-22")
def test_an_end_back_in_time_is_a_difference_of_the_next_claim(world: Any, body: Party, actor: Any) -> None:
    clerk, chief = make_user(), make_user()
    for user in (clerk, chief):
        make_grant(user, ["*:*"])
    one, other = granted(world, body, actor), granted(world, body, actor, 1, "80.00")
    for month in (MARCH, APRIL):
        claim_due(world.entity, month, actor=actor)
    asked = end_allowance(one.pk, first_month=APRIL, reason="Śmierć uprawnionego", actor=_acting(clerk))
    approve(asked.pk, actor=_acting(chief))
    assert booked(world) == D(150) + 80 + 80 and Claim.objects.filter(total_amount=-150).count() == 1
    made = claim_due(world.entity, MAY, actor=actor)[0]
    assert list(made.lines.values_list("allowance_id", "amount")) == [(other.pk, D(80))]
    anew = granted(world, body, actor, 0, "60.00", decision_number="DM.9/2026", first_month=MAY)
    assert claim_due(world.entity, MAY, actor=actor)[0].lines.get().allowance_id == anew.pk
    proven()


@pytest.mark.req("LED-22")
def test_what_cannot_be_granted_is_refused(world: Any, body: Party, actor: Any) -> None:
    granted(world, body, actor)
    refused("allowance.twice", granted, world, body, actor)
    more = {"decision_number": "DM.7/2026"}
    refused("allowance.overlap", granted, world, body, actor, **more)
    refused("allowance.months", granted, world, body, actor, **more, last_month=FEBRUARY)
    refused("allowance.body", granted, world, Account.objects.get(pk=world.accounts[0]).payer, actor, **more)
    Account.objects.filter(pk=world.accounts[1]).update(closed_on=dt.date(2026, 1, 31))
    refused("allowance.closed_account", granted, world, body, actor, 1)
    granted(world, body, actor, kind="energy", **more)
    LedgerAccount.objects.filter(entity=world.entity, purpose="allowance").update(purpose="")
    refused("allowance.chart", claim_due, world.entity, MARCH, actor=actor)


@pytest.mark.req("LED-22")
def test_the_proof_finds_money_on_the_account_that_nobody_claimed(world: Any, body: Party, actor: Any) -> None:
    granted(world, body, actor)
    claim = claim_due(world.entity, MARCH, actor=actor)[0]
    proven()
    chart = dict(LedgerAccount.objects.filter(entity=world.entity).exclude(purpose="").values_list("purpose", "pk"))
    lines = [NewLine(chart["bank"], debit_amount=D(7)), NewLine(chart["allowance"], credit_amount=D(7))]
    stray = NewEntry(kind="collective", amount=D(0), lines=lines, source_kind="stray", source_id=1)
    post_batch(world.entity.pk, "collective", "stray:1", dt.date(2026, 4, 20), [stray], actor=actor)
    found = prove(["A1"])[0]
    assert (found.count, "150.00" in str(found.findings[0]), "143.00" in str(found.findings[0])) == (1, True, True)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE allowances_claimline SET amount = 1")
    with pytest.raises(DatabaseError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).delete()
    assert Entry.objects.get(pk=claim.lines.get().entry_id).amount == -150


@pytest.mark.req("LED-22")
def test_the_report_adds_up_to_the_ledger_account(world: Any, body: Party, actor: Any) -> None:
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    granted(world, body, actor)
    granted(world, body, actor, 1, "80.50")
    first = claim_due(world.entity, MARCH, actor=actor)[0]
    claim_due(world.entity, APRIL, actor=actor)
    receive_payment(first.pk, amount=D(200), received_on=APRIL, reason="bez jednej decyzji", actor=actor)
    report = report_named("allowances")
    assert report is not None
    found = run_report(report, clerk, {"entity": str(world.entity.pk)})
    assert [(row["claimed"], row["received"], row["open"]) for row in found.rows] == [
        (D("230.50"), D(0), D("230.50")), (D("230.50"), D(200), D("30.50")),
    ]  # fmt: skip
    assert sum(row["open"] for row in found.rows) == booked(world) == D(261)
    # Every sum opens to its lines, also where a filter of place is set: the second payer's premises are a shop.
    shop = Account.objects.select_related("agreement").get(pk=world.accounts[1]).agreement
    assert shop is not None
    Premises.objects.filter(pk=shop.premises_id).update(kind="commercial")
    client = Client()
    client.force_login(clerk)
    for stock, open_sum, lines in (("", D(261), 2), ("commercial", D("80.50") + D("10.65"), 1)):
        found = run_report(report, clerk, {"entity": str(world.entity.pk), "stock": stock})
        assert sum(row["open"] for row in found.rows) == open_sum
        for row in found.rows:
            page = client.get(found.columns[0].url(row, found.values))
            behind = page.context["result"]
            names = ("claimed", "taken_back", "received", "open")
            assert [behind.totals[0][name] for name in names] == [row[name] for name in names]
            assert len(behind.rows) == row["payers"] == lines and "DM.2/2026" in page.content.decode()


@pytest.mark.req("LED-22")
def test_staff_grant_claim_and_receive_on_pages_and_payers_see_their_part(world: Any, body: Party, actor: Any) -> None:
    clerk, user = make_user(), make_user(user_class="resident")
    make_grant(clerk, ["*:*"])
    account = Account.objects.get(pk=world.accounts[0])
    Party.objects.filter(pk=account.payer_id).update(user=user)
    client = Client()
    client.force_login(clerk)
    asked = {
        "account": account.pk, "kind": "housing", "body": body.pk, "decision_number": "DM.1/2026",
        "decided_on": "2026-02-20", "first_month": "2026-03-01", "last_month": "2026-08-31", "monthly_amount": "150",
    }  # fmt: skip
    answer = client.post("/office/allowances/allowance/add/", asked)
    assert answer.status_code == 302, answer.content.decode()
    posted_run(world, MARCH, actor=actor)
    answer = client.post("/office/allowances/claim/do/claim/", {"entity": world.entity.pk, "month": "2026-03-05"})
    assert answer.status_code in (200, 409, 422) and "claimed before" in answer.content.decode()
    claim = Claim.objects.get()
    for tab in ("paper", "lines", "payments"):
        assert client.get(f"/office/allowances/claim/{claim.pk}/?tab={tab}").status_code == 200
    answer = client.post(
        f"/office/allowances/claim/{claim.pk}/do/receive/", {"amount": "150", "received_on": "2026-04-09"}
    )
    assert answer.status_code == 302 and BodyPayment.objects.get().amount == 150
    page = client.get(f"/office/ledger/account/{account.pk}/?tab=allowances").content.decode()
    assert "DM.1/2026" in page and "Own part" in page
    client.force_login(user)
    page = client.get("/portal/money/").content.decode()
    assert "150.00" in page and "Gmina Lipogóra" in page
    entry = Notice.objects.get(account=account).entry_id
    assert "Gmina Lipogóra" in client.get(f"/portal/money/entry/{entry}/").content.decode()


@pytest.mark.req("LED-22")
def test_decisions_come_from_a_sheet_with_errors_by_line_and_go_back(world: Any, body: Party, actor: Any) -> None:
    """Two good rows, one unknown account, one overlap inside the sheet, one against a decision known before."""
    clerk = make_user(language="en")
    make_grant(clerk, ["*:*"])
    desk = registry.desks["allowances.allowance"]
    one, two, three = (Account.objects.get(pk=pk) for pk in world.accounts[:3])
    granted(world, body, actor, place=2)
    head = "Account;Kind;Payer body;Decision number;Decided on;First month;Last month;Monthly amount"
    row = "{};Housing allowance;{};{};2026-03-20;2026-04-01;2026-09-30;{}"
    lines = [row.format(f"{world.entity.code} / {account}", body.code, number, amount) for account, number, amount in (
        (one.code, "DM.7/2026", "150,50"), (two.code, "DM.8/2026", "90"), ("nobody", "DM.9/2026", "90"),
        (one.code, "DM.10/2026", "10"), (three.code, "DM.11/2026", "10"),
    )]  # fmt: skip
    data = "\n".join([head, *lines]).encode()
    batch = receive_sheet(desk, data=data, name="decisions.csv", user=clerk, actor=actor)
    assert len(batch.mapping["fields"]) == 8, "every heading is known"
    map_columns(batch, desk, batch.mapping["fields"], "good", user=clerk)
    batch = check_batch(desk, batch.pk, user=clerk, actor=actor)
    assert (batch.created_count, batch.error_count, Allowance.objects.count()) == (2, 3, 1)
    batch = run_batch(desk, batch.pk, user=clerk, actor=actor)
    wrong = {one.number: list(one.errors) for one in batch.rows.filter(outcome="error")}
    assert wrong == {4: ["account"], 5: ["first_month"], 6: ["first_month"]}
    made = Allowance.objects.get(decision_number="DM.7/2026")
    assert (made.first_month, made.last_month) == (dt.date(2026, 4, 1), dt.date(2026, 9, 1))
    assert (made.monthly_amount, made.body_name) == (D("150.50"), str(body))
    undo_batch(desk, batch.pk, user=clerk, actor=actor)
    assert Allowance.objects.count() == 1


@pytest.mark.req("LED-22")
def test_payers_two_full_months_in_arrears_are_listed_for_the_authority(world: Any, body: Party, actor: Any) -> None:
    """Own part 300.00 a month; two months open: listed from the day after the second due day, told within 14 days."""
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    for place in (0, 1):
        granted(world, body, actor, place)
    for month in (MARCH, APRIL):
        posted_run(world, month, actor=actor)
    first, second = (Account.objects.get(pk=pk) for pk in world.accounts[:2])
    notices = {one.period: one for one in Notice.objects.filter(account=first)}
    april = notices[APRIL].due_on
    make_entry(account=second, amount=D("-1.00"), booked_on=april)
    allocate_oldest_first(world.entity.pk, actor=actor)
    owed = sum(one.open_amount for one in OpenItem.objects.filter(account=first, side="debit"))
    report = report_named("allowance_arrears")
    assert report is not None
    listed = lambda day: {  # noqa: E731
        row["account_id"]: row for row in run_report(report, clerk, {"on": day.isoformat()}).rows
    }
    assert not listed(april)
    found = listed(dt.date(2026, 4, 21))  # the day after both months were claimed
    assert first.pk in found and second.pk not in found, "a part of the second month was paid"
    row = found[first.pk]
    assert (row["months"], row["overdue"], row["own_month"]) == (2, owed, owed / 2)
    assert (row["since"], row["tell_by"]) == (april + dt.timedelta(days=1), april + dt.timedelta(days=14))
