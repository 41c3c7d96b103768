"""Tax invoices: one a notice, without gaps, equal to the tax lines of the ledger; corrections refer to theirs."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.core.papers.models import IssuedDocument, NumberSeries
from lokum.core.papers.queries import series_pages
from lokum.core.papers.services import pdf_of
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import run_report
from lokum.money.charges.models import Component, Notice
from lokum.money.charges.services import undo_run
from lokum.money.charges.services.correcting import post_correction, request_correction
from lokum.money.charges.tests.test_corrections import area, compared
from lokum.money.charges.tests.test_reductions import approved
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.documents.factories import make_invoice
from lokum.money.documents.models import Invoice, InvoiceRate
from lokum.money.documents.services import issue_invoice, issue_run_invoices
from lokum.money.ledger.addressees import E_DOCUMENTS
from lokum.money.ledger.models import Account, Line
from lokum.money.ledger.proof import prove
from lokum.property.estates.models import Premises
from lokum.property.parties.models import Consent, Party

pytestmark = pytest.mark.usefixtures("as_system")
MARCH = dt.date(2026, 3, 1)
NIP, SELLER = "5260250995", "5252248481"
REASON = "art. 43 ust. 1 pkt 11"


@pytest.fixture
def actor(as_system: Any) -> Any:
    return as_system


@pytest.fixture
def world(actor: Any) -> Any:
    """Three payers, the first two with a tax number; water at 8 %, management at 23 %, the rest exempt."""
    world = make_charged_world(3, actor=actor)
    type(world.entity).objects.filter(pk=world.entity.pk).update(tax_number=SELLER)
    world.entity.refresh_from_db()
    Component.objects.filter(code="WATER").update(vat_kind="reduced")
    Component.objects.filter(code="MANAGE").update(vat_kind="standard")
    buyers = Account.objects.filter(pk__in=world.accounts[:2]).values("payer_id")
    Party.objects.filter(pk__in=buyers).update(tax_number=NIP)
    return world


def notice_of(world: Any, place: int, **over: Any) -> Notice:
    return Notice.objects.get(account=world.accounts[place], corrects=None, **over)


def proven() -> None:
    assert not {one.code: one.findings for one in prove(["I1", "D1", "D2", "D3"]) if one.count}


def tax_booked(world: Any, *places: int) -> D:
    rows = Line.objects.filter(
        ledger_account=world.chart["vat"], entry__account__in=[world.accounts[n] for n in places]
    )
    return sum((line.credit_amount - line.debit_amount for line in rows), D(0))


def refused(code: str, **values: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        issue_invoice(**values)
    assert caught.value.code == code
    return caught.value


@pytest.mark.req("DOC-02")
def test_invoices_of_a_run_equal_the_tax_lines_of_the_ledger(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    made = issue_run_invoices(run=run, exempt_reason=REASON, actor=actor)
    assert [one.account_id for one in made] == world.accounts[:2]
    assert sum(one.tax_amount for one in made) == tax_booked(world, 0, 1) > 0
    assert [one.total_amount for one in made] == [notice_of(world, n).total_amount for n in (0, 1)]
    kinds = set(InvoiceRate.objects.filter(invoice=made[0]).values_list("rate", flat=True))
    assert kinds == {"8", "23", "exempt"}
    proven()
    with pytest.raises(Refusal) as caught:
        issue_run_invoices(run=run, exempt_reason=REASON, actor=actor)
    assert caught.value.code == "invoice.none"
    asked = {"requested_on": dt.date(2026, 3, 9), "exempt_reason": REASON, "actor": actor}
    issue_invoice(notice=notice_of(world, 2), **asked)
    page = series_pages(NumberSeries.objects.get(entity=world.entity, kind="invoice"))[0]
    assert (page.taken, page.issued, page.odd) == (3, 3, [])
    proven()


@pytest.mark.req("DOC-02")
def test_taxed_and_exempt_lines_stand_apart_on_the_paper_of_each_language(actor: Any, world: Any) -> None:
    posted_run(world, MARCH, actor=actor)
    titles = {"pl": "Faktura VAT", "en": "Tax invoice", "zh-hant": "發票"}
    for place, (language, title) in enumerate(titles.items()):
        notice = notice_of(world, place)
        Party.objects.filter(pk=notice.account.payer_id).update(language=language, tax_number=NIP)
        made = issue_invoice(notice=notice, exempt_reason=REASON, actor=actor)
        data = made.document.data
        assert data["title"] == title and NIP in data["paragraphs"][0] and REASON in data["after"][0]
        taxed, exempt, totals = data["tables"]
        assert (len(taxed["rows"]), len(exempt["rows"]), len(totals["rows"])) == (2, 6, 3)
        assert pdf_of(made.document, actor=actor).startswith(b"%PDF")


@pytest.mark.req("DOC-02")
def test_what_cannot_be_invoiced_is_refused(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    values = {"exempt_reason": REASON, "actor": actor}
    assert "exempt_reason" in refused("invoice.exempt_reason", notice=notice_of(world, 0), actor=actor).fields
    assert "requested_on" in refused("invoice.no_tax_number", notice=notice_of(world, 2), **values).fields
    refused("invoice.requested_on", notice=notice_of(world, 2), requested_on=dt.date(2099, 1, 1), **values)
    first = issue_invoice(notice=notice_of(world, 0), **values)
    assert first.number in str(refused("invoice.twice", notice=notice_of(world, 0), **values).message)
    undo_run(run.pk, "by mistake", actor=actor)
    refused("invoice.reversed", notice=notice_of(world, 1), **values)
    with pytest.raises(Refusal) as caught:
        issue_run_invoices(run=type(run).objects.get(pk=run.pk), actor=actor)
    assert caught.value.code == "invoice.not_posted"
    type(world.entity).objects.filter(pk=world.entity.pk).update(tax_number="")
    refused("invoice.seller", notice=notice_of(world, 0), **values)
    assert Invoice.objects.count() == 1
    proven()


@pytest.mark.req("DOC-02")
def test_a_reversed_notice_takes_its_invoice_to_zero(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    first = issue_invoice(notice=notice_of(world, 0), exempt_reason=REASON, actor=actor)
    undo_run(run.pk, "by mistake", actor=actor)
    back = issue_invoice(notice=notice_of(world, 0), exempt_reason=REASON, actor=actor)
    assert (back.kind, back.corrects_id, back.total_amount) == ("reversal", first.pk, -first.total_amount)
    assert back.document.data["corrects"] == first.number and first.number in back.document.data["paragraphs"][1]
    assert first.tax_amount + back.tax_amount == tax_booked(world, 0) == 0
    refused("invoice.twice", notice=notice_of(world, 0), actor=actor)
    proven()


@pytest.mark.req("DOC-02")
def test_a_correction_refers_to_its_invoice(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    area(world, "70.00", MARCH, actor)
    changed = compared(world, actor, since=MARCH, until=MARCH)
    request_correction(changed.pk, actor=actor)
    post_correction(changed.pk, actor=actor, issued_on=dt.date(2026, 4, 3))
    notice = Notice.objects.get(corrects__account=world.accounts[0])
    values = {"exempt_reason": REASON, "actor": actor}
    refused("invoice.original", notice=notice, **values)
    first = issue_invoice(notice=notice_of(world, 0), **values)
    made = issue_run_invoices(run=run, actor=actor, exempt_reason=REASON)
    correction = next(one for one in made if one.corrects_id)
    assert (correction.notice_id, correction.corrects_id, correction.kind) == (notice.pk, first.pk, "correction")
    assert correction.document.data["corrects"] == first.number and correction.total_amount == notice.total_amount
    assert "new survey" in " ".join(correction.document.data["paragraphs"])
    assert first.tax_amount + correction.tax_amount == tax_booked(world, 0)
    assert pdf_of(correction.document, actor=actor).startswith(b"%PDF")
    proven()


@pytest.mark.req("DOC-02")
def test_a_credit_of_the_same_month_corrects_its_invoice(actor: Any, world: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 3, 5))
    approved(world, percent="100", first=MARCH, last=MARCH)
    run = posted_run(world, MARCH, actor=actor)
    credit = Notice.objects.get(account=world.accounts[0], total_amount__lt=0)
    refused("invoice.original", notice=credit, exempt_reason=REASON, actor=actor)
    made = issue_run_invoices(run=run, exempt_reason=REASON, actor=actor)
    correction = next(one for one in made if one.notice_id == credit.pk)
    assert correction.corrects.account_id == world.accounts[0] and correction.total_amount == credit.total_amount
    assert correction.number.startswith("INVC/") and len(made) == 3
    proven()


@pytest.mark.req("DOC-02")
def test_the_books_tell_an_invoice_that_says_something_else(actor: Any, world: Any) -> None:
    posted_run(world, MARCH, actor=actor)
    make_invoice(notice=notice_of(world, 0))
    found = prove(["D3"])[0]
    assert found.count >= 3 and "ledger" in str(found.findings[0])
    made = Invoice.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        Invoice.objects.filter(pk=made.pk).update(net_amount=1, total_amount=24)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_invoice(notice=made.notice)


@pytest.mark.req("DOC-02")
def test_staff_issue_and_payers_open_their_own_after_consent(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    clerk, user = make_user(), make_user(user_class="resident")
    make_grant(clerk, ["*:*"])
    notice, other = notice_of(world, 0), notice_of(world, 2)
    party = Party.objects.get(pk=notice.account.payer_id)
    Party.objects.filter(pk=party.pk).update(user=user)
    client = Client()
    client.force_login(clerk)
    assert (
        f"/office/documents/invoice-of/{notice.pk}/"
        in client.get(f"/office/charges/notice/{notice.pk}/?tab=invoices").content.decode()
    )
    answer = client.post(f"/office/documents/invoice-of/{notice.pk}/", {"exempt_reason": REASON})
    assert answer.status_code == 302
    page = client.get(answer["Location"] + "?tab=rates").content.decode()
    assert "INV/" in page and "exempt" in page
    page = client.get(f"/office/documents/invoice-of/{other.pk}/", follow=True)
    assert page.status_code == 200
    answer = client.post(f"/office/documents/invoice-of/{other.pk}/", {"exempt_reason": REASON})
    assert "no tax number" in answer.content.decode()
    answer = client.post("/office/documents/invoice/do/issue_run/", {"run": run.pk, "exempt_reason": REASON})
    assert answer.status_code == 302 and Invoice.objects.count() == 2
    document = Invoice.objects.get(notice=notice).document
    client.force_login(user)
    assert client.get(f"/portal/documents/{document.pk}/").status_code == 404
    assert "1 invoice waits for you" in client.get("/portal/documents/").content.decode()
    assert client.post("/portal/documents/consent/", {"agree": "yes"}).status_code == 302
    given = Consent.objects.get(party=party, purpose=E_DOCUMENTS, withdrawn_at=None)
    assert given.text_version == "portal/1" and "You agreed" in client.get("/portal/documents/").content.decode()
    assert document.number in client.get("/portal/documents/").content.decode()
    assert client.get(f"/portal/documents/{document.pk}/").status_code == 200
    foreign = IssuedDocument.objects.get(kind="invoice", account_key=world.accounts[1])
    assert client.get(f"/portal/documents/{foreign.pk}/").status_code == 404
    client.post("/portal/documents/consent/", {"agree": "no"})
    assert client.get(f"/portal/documents/{document.pk}/").status_code == 404


@pytest.mark.req("DOC-02")
def test_a_correction_that_moves_a_component_to_another_rate_moves_both_amounts(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    first = issue_invoice(notice=notice_of(world, 0), exempt_reason=REASON, actor=actor)
    Component.objects.filter(code="MANAGE").update(vat_kind="exempt")
    area(world, "70.00", MARCH, actor)
    changed = compared(world, actor, since=MARCH, until=MARCH)
    request_correction(changed.pk, actor=actor)
    post_correction(changed.pk, actor=actor, issued_on=dt.date(2026, 4, 3))
    made = next(one for one in issue_run_invoices(run=run, actor=actor, exempt_reason=REASON) if one.corrects_id)
    before = {one.rate: one for one in first.rates.all()}
    moved = {one.rate: one for one in made.rates.all()}
    assert (moved["23"].net_amount, moved["23"].tax_amount) == (-before["23"].net_amount, -before["23"].tax_amount)
    assert first.tax_amount + made.tax_amount == tax_booked(world, 0)
    proven()


@pytest.mark.req("DOC-02")
def test_the_register_by_rate_adds_up_what_was_issued(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    made = issue_run_invoices(run=run, exempt_reason=REASON, actor=actor)
    clerk, stranger = make_user(), make_user()
    make_grant(clerk, ["*:*"])
    report = report_named("invoice_register")
    assert report is not None
    found = run_report(report, clerk, {"start": f"{made[0].issued_on:%Y-%m}", "entity": str(world.entity.pk)})
    assert {row["rate"] for row in found.rows} == {"8", "23", "exempt"}
    assert sum(row["tax"] for row in found.rows) == tax_booked(world, 0, 1)
    client = Client()
    client.force_login(clerk)
    page = client.get("/office/reports/invoice_register/").content.decode()
    assert "23 %" in page and "/office/reports/invoice_documents/?" in page
    client.force_login(stranger)
    assert client.get("/office/reports/invoice_register/").status_code in (403, 404)
    assert client.get("/office/reports/invoice_documents/").status_code in (403, 404)


@pytest.mark.req("DOC-02", "RPT-07")
@pytest.mark.parametrize("stock", ["", "residential", "commercial"])
def test_each_sum_of_the_register_opens_to_its_invoices(actor: Any, world: Any, stock: str) -> None:
    """Also where a filter of place is set: what a cell leads to adds up to the cell."""
    Premises.objects.filter(pk=premises_of(world, 1)).update(kind="commercial")
    run = posted_run(world, MARCH, actor=actor)
    made = issue_run_invoices(run=run, exempt_reason=REASON, actor=actor)
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    register, client = report_named("invoice_register"), Client()
    assert register is not None
    client.force_login(clerk)
    month = f"{made[0].issued_on:%Y-%m}"
    found = run_report(register, clerk, {"start": month, "end": month, "stock": stock})
    assert {row["rate"] for row in found.rows} == {"8", "23", "exempt"}
    assert {row["documents"] for row in found.rows} == {1 if stock else 2}
    for row in found.rows:
        for column in found.columns[:3:2]:
            page = client.get(column.url(row, found.values))
            behind = page.context["result"]
            assert [behind.totals[0][name] for name in ("net", "tax", "gross")] == [
                row[name] for name in ("net", "tax", "gross")
            ]
            assert len(behind.rows) == row["documents"] and behind.rows[0]["number"] in page.content.decode()


def premises_of(world: Any, place: int) -> int:
    account = Account.objects.select_related("agreement").get(pk=world.accounts[place])
    assert account.agreement is not None and account.agreement.premises_id is not None
    return account.agreement.premises_id
