"""Advance invoices: tax on receipt, taken off the invoice of the supply, corrected when the money goes back.

Figures by hand. Account 1 has 47.19 m2: management 1.98 x 47.19 = 93.4362, net 93.44, tax at 23 % 21.49, gross 114.93.
Account 2 has 66.38 m2: 131.4324, net 131.43, tax 30.23, gross 161.66.
"""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.papers.models import NumberSeries
from lokum.core.papers.queries import series_pages
from lokum.core.papers.services import pdf_of
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import run_report
from lokum.money.arrears.proof import totals
from lokum.money.charges.models import Component
from lokum.money.charges.services import undo_run
from lokum.money.charges.tests.world import posted_run
from lokum.money.documents.advances import Sums, of_gross, part_of
from lokum.money.documents.models import Advance, AdvanceUse, Invoice
from lokum.money.documents.services import issue_advance, issue_invoice, issue_run_invoices, return_advance
from lokum.money.documents.services.advances import free_of, settle_advance
from lokum.money.documents.tests.test_invoices import MARCH, NIP, REASON, notice_of, tax_booked
from lokum.money.documents.tests.test_invoices import actor as actor
from lokum.money.documents.tests.test_invoices import world as world
from lokum.money.documents.wiring import advances_without_money
from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Account, Entry, Line
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import close_period, reverse_entry
from lokum.money.payments.factories import make_payment
from lokum.money.payments.models import Payment
from lokum.property.parties.models import Consent, Party

pytestmark = pytest.mark.usefixtures("as_system")
FEBRUARY = dt.date(2026, 2, 10)


def paid(world: Any, place: int = 0, amount: str = "123.00", on: dt.date = FEBRUARY) -> Payment:
    account = Account.objects.get(pk=world.accounts[place])
    return make_payment(entry=make_entry(account=account, amount=-D(amount), booked_on=on), title="Zaliczka luty")


def service(code: str = "MANAGE") -> Component:
    return Component.objects.get(code=code)


def advance_of(payment: Payment, actor: Any, **over: Any) -> Advance:
    return issue_advance(**({"payment": payment, "component": service(), "actor": actor} | over))


def refused(code: str, call: Any, **values: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(**values)
    assert caught.value.code == code
    return caught.value


def proven() -> None:
    assert not {one.code: one.findings for one in prove(["I1", "I4", "I13", "D1", "D2", "D3", "D4"]) if one.count}


def held(world: Any) -> D:
    rows = Line.objects.filter(ledger_account=world.chart["advance_vat"])
    return sum((line.debit_amount - line.credit_amount for line in rows), D(0))


def vat_due(world: Any) -> D:
    rows = Line.objects.filter(ledger_account=world.chart["vat"])
    return sum((line.credit_amount - line.debit_amount for line in rows), D(0))


@pytest.mark.req("DOC-02")
def test_tax_lies_within_the_gross_and_parts_never_exceed_it() -> None:
    assert of_gross(D("123.00"), D(23)) == Sums(D("100.00"), D("23.00"))
    assert of_gross(D("100.00"), D(23)) == Sums(D("81.30"), D("18.70"))  # 2300 / 123 = 18.699
    assert of_gross(D("100.00"), D(8)) == Sums(D("92.59"), D("7.41"))  # 800 / 108 = 7.407
    assert of_gross(D(105), D(5), 0) == Sums(D(100), D(5))
    left = Sums(D("100.00"), D("23.00"))
    assert part_of(left, Sums(D("200.00"), D("46.00"))) == left
    assert part_of(left, Sums(D("93.44"), D("21.49"))) == Sums(D("93.44"), D("21.49"))
    # Rounded lines may sum to more tax than is left, or leave more tax than money: the rest stays a possible amount.
    assert part_of(Sums(D("8.13"), D("1.87")), Sums(D("8.14"), D("1.85"))) == Sums(D("8.13"), D("1.86"))
    assert part_of(Sums(D("8.13"), D("1.87")), Sums(D("8.10"), D("1.88"))) == Sums(D("8.11"), D("1.87"))


@pytest.mark.req("DOC-02", "CHG-16", "LED-01")
def test_the_tax_of_an_advance_is_due_on_receipt_and_the_final_invoice_takes_it_off(actor: Any, world: Any) -> None:
    payment = paid(world, amount="61.50")
    balance = Account.objects.get(pk=world.accounts[0]).balance.amount
    advance = advance_of(payment, actor, order_amount=D("114.93"))
    assert (advance.net_amount, advance.tax_amount, advance.total_amount) == (D("50.00"), D("11.50"), D("61.50"))
    assert advance.entry.booked_on == FEBRUARY == advance.received_on and advance.entry.account_id is None
    assert (vat_due(world), held(world)) == (D("11.50"), D("11.50"))
    assert Account.objects.get(pk=world.accounts[0]).balance.amount == balance
    data = advance.invoice.document.data
    assert data["title"] == "Faktura zaliczkowa" and NIP in data["paragraphs"][0]
    assert data["tables"][0]["rows"][0][2:] == ["93,44", "21,49", "114,93"]
    assert data["tables"][1]["rows"][0][2:] == ["50,00", "11,50", "61,50"]
    proven()
    posted_run(world, MARCH, actor=actor)
    final = issue_invoice(notice=notice_of(world, 0), exempt_reason=REASON, actor=actor)
    notice = notice_of(world, 0)
    assert final.total_amount == notice.total_amount - D("61.50")
    rate = final.rates.get(rate="23")
    assert (rate.net_amount, rate.tax_amount) == (D("43.44"), D("9.99"))
    use = AdvanceUse.objects.get(invoice=final)
    assert (use.net_amount, use.tax_amount) == (D("50.00"), D("11.50")) and use.entry.booked_on == MARCH
    assert held(world) == 0 and advance.tax_amount + final.tax_amount == vat_due(world) - tax_booked(world, 1, 2)
    table = next(one for one in final.document.data["tables"] if one["headings"][0] == "Rozliczone faktury zaliczkowe")
    assert advance.invoice.number in table["rows"][0][0] and table["rows"][0][3:] == ["−50,00", "−11,50", "−61,50"]
    facts = dict(final.document.data["facts"])
    assert facts["Pozostało do zapłaty"].startswith(f"{final.total_amount}".replace(".", ","))
    assert all(pdf_of(one.document, actor=actor).startswith(b"%PDF") for one in (advance.invoice, final))
    proven()


@pytest.mark.req("DOC-02")
def test_a_final_invoice_of_nothing_and_an_advance_over_two_months(actor: Any, world: Any) -> None:
    """114.93 twice: the first month takes all it can, the second what is left, to the cent."""
    Component.objects.exclude(code="MANAGE").update(valid=(dt.date(2020, 1, 1), dt.date(2026, 1, 1)))
    advance = advance_of(paid(world, amount="200.00"), actor)
    assert (advance.net_amount, advance.tax_amount) == (D("162.60"), D("37.40"))  # 4600 / 123 = 37.398
    run = posted_run(world, MARCH, actor=actor)
    first = next(one for one in issue_run_invoices(run=run, actor=actor) if one.account_id == world.accounts[0])
    assert (first.net_amount, first.tax_amount, first.total_amount) == (0, 0, 0)
    assert first.document.data["amount"] == "0.00"
    posted_run(world, dt.date(2026, 4, 1), actor=actor)
    second = issue_invoice(notice=notice_of(world, 0, period=dt.date(2026, 4, 1)), actor=actor)
    # Left: 162.60 - 93.44 = 69.16 and 37.40 - 21.49 = 15.91, together 85.07; to pay 114.93 - 85.07 = 29.86.
    assert (second.net_amount, second.tax_amount, second.total_amount) == (D("24.28"), D("5.58"), D("29.86"))
    third = refused("advance.settled", settle_advance, pk=advance.pk, notice=first.notice, actor=actor)
    assert first.number in str(third.message) and second.number in str(third.message)
    assert held(world) == 0
    proven()


@pytest.mark.req("DOC-02", "LED-18")
def test_a_reversed_notice_gives_the_advance_back(actor: Any, world: Any) -> None:
    advance = advance_of(paid(world, amount="61.50"), actor)
    run = posted_run(world, MARCH, actor=actor)
    final = settle_advance(advance.pk, notice=notice_of(world, 0), exempt_reason=REASON, actor=actor)
    undo_run(run.pk, "by mistake", actor=actor)
    back = issue_invoice(notice=notice_of(world, 0), exempt_reason=REASON, actor=actor)
    assert back.total_amount == -final.total_amount and held(world) == D("11.50") == vat_due(world)
    again = return_advance(advance.pk, reason="Zwrot zaliczki", actor=actor)
    assert (again.net_amount, again.tax_amount, again.corrects) == (D("-50.00"), D("-11.50"), advance.invoice)
    assert held(world) == vat_due(world) == 0
    proven()


@pytest.mark.req("DOC-02")
def test_a_part_that_goes_back_corrects_the_advance_invoice(actor: Any, world: Any) -> None:
    payment = paid(world)
    advance = advance_of(payment, actor)
    assert free_of(payment) == 0
    made = return_advance(advance.pk, amount=D("50.00"), reason="Zwrot części zaliczki", actor=actor)
    assert (made.net_amount, made.tax_amount, made.total_amount) == (D("-40.65"), D("-9.35"), D("-50.00"))
    assert made.number.startswith("INVAC/") and made.document.data["corrects"] == advance.invoice.number
    assert "Zwrot części zaliczki" in made.document.data["paragraphs"][2] and held(world) == D("13.65")
    assert pdf_of(made.document, actor=actor).startswith(b"%PDF")
    values = {"pk": advance.pk, "reason": "x", "actor": actor}
    assert refused("advance.left", return_advance, amount=D("73.01"), **values).details == {"left": "73.00"}
    refused("advance.amount", return_advance, amount=D("0"), **values)
    return_advance(**values)
    refused("advance.settled", return_advance, **values)
    assert held(world) == 0
    pages = {
        kind: series_pages(NumberSeries.objects.get(entity=world.entity, kind=kind))[0]
        for kind in ("advance_invoice", "advance_correction")
    }
    assert {kind: (page.taken, page.odd) for kind, page in pages.items()} == {
        "advance_invoice": (1, []), "advance_correction": (2, []),
    }  # fmt: skip
    proven()


@pytest.mark.req("DOC-02")
def test_what_is_no_advance_is_refused(actor: Any, world: Any) -> None:
    payment = paid(world)
    values = {"call": issue_advance, "payment": payment, "actor": actor}
    assert refused("advance.free", amount=D("123.01"), component=service(), **values).details == {"free": "123.00"}
    refused("advance.order", order_amount=D("100.00"), component=service(), **values)
    refused("advance.amount", amount=D("-1"), component=service(), **values)
    refused("advance.untaxed", component=service("EXPL"), **values)
    refused("advance.taxed_when_invoiced", component=service("WATER"), **values)
    refused("invoice.no_tax_number", call=issue_advance, payment=paid(world, 2), component=service(), actor=actor)
    advance_of(payment, actor, amount=D("100.00"))
    assert refused("advance.free", amount=D("23.01"), component=service(), **values).details == {"free": "23.00"}
    entry = make_entry(account=Account.objects.get(pk=world.accounts[1]), amount=-D("50.00"), booked_on=FEBRUARY)
    unclear = make_payment(entry=entry, account_id=None)
    refused("advance.payment", call=issue_advance, payment=unclear, component=service(), actor=actor)
    close_period(world.entity.pk, dt.date(2026, 2, 1), actor=actor)
    refused("ledger.period_closed", component=service(), **values)
    assert Advance.objects.count() == 1 == Invoice.objects.count()
    proven()


@pytest.mark.req("DOC-02")
def test_a_buyer_of_exempt_supplies_gets_no_advance_invoice(actor: Any, world: Any) -> None:
    Component.objects.exclude(code="MANAGE").update(vat_kind="exempt")
    Component.objects.filter(code="MANAGE").update(valid=(dt.date(2020, 1, 1), dt.date(2026, 3, 1)))
    posted_run(world, MARCH, actor=actor)
    payment = paid(world, amount="1000.00", on=dt.date(2026, 3, 20))
    refused("advance.exempt_buyer", issue_advance, payment=payment, component=service(), actor=actor)


@pytest.mark.req("DOC-02")
def test_two_final_invoices_take_nothing_twice_and_notices_of_others_are_refused(actor: Any, world: Any) -> None:
    advance = advance_of(paid(world), actor)
    posted_run(world, MARCH, actor=actor)
    values = {"exempt_reason": REASON, "actor": actor, "pk": advance.pk}
    refused("advance.other_account", settle_advance, notice=notice_of(world, 1), **values)
    settle_advance(notice=notice_of(world, 0), **values)
    refused("invoice.twice", settle_advance, notice=notice_of(world, 0), **values)
    use = AdvanceUse.objects.get()
    assert use.total_amount == D("114.93")
    with pytest.raises(DatabaseError), transaction.atomic():
        other = issue_invoice(notice=notice_of(world, 1), exempt_reason=REASON, actor=actor)
        AdvanceUse.objects.create(advance=advance, invoice=other, net_amount=10, tax_amount=2, total_amount=12)
    with pytest.raises(DatabaseError), transaction.atomic():
        Advance.objects.update(net_amount=1)
    refused("advance.by_correction", reverse_entry, entry_id=advance.entry_id, reason="x", actor=actor)


@pytest.mark.req("DOC-02", "CHG-16", "LED-18")
def test_registers_of_tax_end_in_the_account_for_tax_due(actor: Any, world: Any, monkeypatch: Any) -> None:
    """February: 100.00 and 23.00 of the advance. March: the supply of all payers less 93.44 and 21.49."""
    advance = advance_of(paid(world), actor)
    run = posted_run(world, MARCH, actor=actor)
    february = {"start": dt.date(2026, 2, 1), "end": dt.date(2026, 2, 28)}
    march = {"start": MARCH, "end": dt.date(2026, 3, 31)}
    for code in ("vat_register", "vat_documents"):
        assert totals(code, "tax", **february)["PLN"] == D("23.00") and totals(code, "net", **february)["PLN"] == 100
    before = {name: totals("vat_register", name, **march)["PLN"] for name in ("net", "tax")}
    made = issue_run_invoices(run=run, exempt_reason=REASON, actor=actor)
    after = {name: totals("vat_register", name, **march)["PLN"] for name in ("net", "tax")}
    assert (before["net"] - after["net"], before["tax"] - after["tax"]) == (D("93.44"), D("21.49"))
    assert totals("vat_documents", "tax", **march)["PLN"] == after["tax"]
    monkeypatch.setattr("lokum.money.arrears.proof.days_asked", lambda: [february["end"], march["end"]])
    assert not prove(["R3"])[0].findings
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    report = report_named("invoice_register")
    assert report is not None
    found = run_report(report, clerk, {"start": f"{made[0].issued_on:%Y-%m}", "entity": str(world.entity.pk)})
    assert sum(row["tax"] for row in found.rows) == vat_due(world) - tax_booked(world, 2)
    assert {row["kind"] for row in found.rows} == {"advance", "invoice"}
    source = Entry.objects.get(pk=advance.entry_id)
    client = Client()
    client.force_login(clerk)
    page = client.get(f"/office/ledger/entry/{source.pk}/").content.decode()
    assert advance.invoice.number in page


@pytest.mark.req("DOC-02")
def test_the_closing_of_a_month_names_advances_whose_payment_was_taken_back(actor: Any, world: Any) -> None:
    payment = paid(world)
    advance = advance_of(payment, actor)
    february = dt.date(2026, 2, 1)
    assert advances_without_money(world.entity.pk, february) == []
    reverse_entry(payment.entry_id, reason="returned by the bank", actor=actor)
    assert len(advances_without_money(world.entity.pk, february)) == 1
    return_advance(advance.pk, reason="Zwrot zaliczki", actor=actor)
    assert advances_without_money(world.entity.pk, february) == []


@pytest.mark.req("DOC-02")
def test_staff_issue_by_page_and_api_and_the_payer_downloads(actor: Any, world: Any) -> None:
    payment = paid(world)
    clerk, user = make_user(), make_user(user_class="resident")
    make_grant(clerk, ["*:*"])
    party = Party.objects.get(pk=payment.account.payer_id)
    Party.objects.filter(pk=party.pk).update(user=user)
    client = Client()
    client.force_login(clerk)
    page = client.get(f"/office/payments/payment/{payment.pk}/?tab=advances").content.decode()
    assert f"/office/documents/advance-of/{payment.pk}/" in page
    address = f"/office/documents/advance-of/{payment.pk}/"
    shown = client.get(address).content.decode()
    assert "Manage" in shown and "Expl" not in shown
    answer = client.post(address, {"component": service().pk, "amount": "200"})
    assert "123.00" in answer.content.decode() and not Advance.objects.exists()
    answer = client.post(address, {"component": service().pk, "amount": "61.50", "subject": "Zarządzanie, luty"})
    assert answer.status_code == 302
    advance = Advance.objects.get()
    assert "61.50" in client.get(answer["Location"]).content.decode()
    posted = client.post(
        "/api/v1/documents/advance/actions/issue",
        {"payment": payment.pk, "component": service().pk},
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="advance-1",
    )
    assert posted.status_code in (200, 201), posted.content
    assert Advance.objects.filter(total_amount=D("61.50")).count() == 2
    answer = client.post(f"/office/documents/advance/{advance.pk}/do/return/", {"reason": "Zwrot"})
    assert answer.status_code == 302 and Invoice.objects.filter(kind="return").count() == 1
    document = advance.invoice.document
    client.force_login(user)
    assert client.get(f"/portal/documents/{document.pk}/").status_code == 404
    Consent.objects.create(party=party, purpose="electronic documents", text_version="1", given_at=clock.now())
    listed = client.get("/portal/documents/").content.decode()
    assert "Advance invoice" in listed and document.number in listed
    assert client.get(f"/portal/documents/{document.pk}/").status_code == 200


def _offered(page: Any, name: str) -> set[int]:
    return set(page.context["form"].fields[name].queryset.values_list("pk", flat=True))


@pytest.mark.req("DOC-02")
def test_forms_offer_only_what_would_be_taken(actor: Any, world: Any) -> None:
    """The final invoice: own notices without an invoice at the rate of the advance; payments with free money."""
    payment, spent = paid(world), paid(world, 1)
    advance = advance_of(payment, actor)
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    client = Client()
    client.force_login(clerk)
    page = client.get("/office/documents/advance/do/issue/")
    assert _offered(page, "payment") == {spent.pk} and free_of(payment) == 0 < free_of(spent)
    assert all(one.vat_kind not in ("exempt", "outside") for one in page.context["form"].fields["component"].queryset)
    settle = f"/office/documents/advance/{advance.pk}/do/settle/"
    assert _offered(client.get(settle), "notice") == set()
    run = posted_run(world, MARCH, actor=actor)
    mine, other = notice_of(world, 0), notice_of(world, 1)
    assert _offered(client.get(settle), "notice") == {mine.pk}
    everybody = client.get("/office/documents/invoice/do/issue/")
    assert _offered(everybody, "notice") == set(run.notices.values_list("pk", flat=True))
    refusal = client.post(settle, {"notice": other.pk, "exempt_reason": REASON})
    assert refusal.status_code == 422 and not AdvanceUse.objects.exists()
    assert client.post(settle, {"notice": mine.pk, "exempt_reason": REASON}).status_code == 302
    assert _offered(client.get(settle), "notice") == set()
    assert mine.pk not in _offered(client.get("/office/documents/invoice/do/issue/"), "notice")
    undo_run(run.pk, "by mistake", actor=actor)
    # The invoiced notice is open for its correction to zero, the others were taken back before anybody invoiced them.
    assert _offered(client.get("/office/documents/invoice/do/issue/"), "notice") == {mine.pk}
