"""Joint payers get own addressed copies of statements, invoices and letters; registers count each paper once."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_user
from lokum.core.annex.models import Attachment
from lokum.core.annex.services import read_file
from lokum.core.papers.models import IssuedDocument, NumberSeries
from lokum.core.papers.proofs import proof_code, proof_of
from lokum.core.papers.queries import series_pages
from lokum.core.papers.services import pdf_of, void_numbers
from lokum.core.papers.tests.test_rendering import text_of
from lokum.money.charges.models import Component, Notice
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.documents.models import AccountStatement, Invoice
from lokum.money.documents.services import (
    issue_invoice,
    issue_statement,
    issue_statements,
    order_statements,
    produce_batch,
)
from lokum.money.ledger.addressees import E_DOCUMENTS
from lokum.money.ledger.models import Account, CoPayer
from lokum.money.ledger.proof import prove
from lokum.property.parties.factories import make_consent, make_party, make_party_address
from lokum.property.parties.models import Party

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("DOC-01", "DOC-07")]
MARCH = dt.date(2026, 3, 1)
RANGE = {"start": MARCH, "end": dt.date(2026, 3, 31)}


@pytest.fixture
def world(as_system: Any) -> Any:
    """Two payers; the first owes together with Jan Nowak, who reads Chinese and lives elsewhere."""
    world = make_charged_world(2, actor=as_system)
    type(world.entity).objects.filter(pk=world.entity.pk).update(tax_number="5252248481")
    Component.objects.filter(code="WATER").update(vat_kind="reduced")
    world.friend = make_party(first_name="Jan", last_name="Nowak", language="zh-hant")
    make_party_address(party=world.friend, street="ul. Krótka 2", city="Opole", postal_code="45-001")
    CoPayer.objects.create(account_id=world.accounts[0], party=world.friend, valid=(dt.date(2020, 1, 1), None))
    posted_run(world, MARCH, actor=as_system)
    return world


def invoiced(world: Any, actor: Any) -> Invoice:
    notice = Notice.objects.get(account=world.accounts[0])
    return issue_invoice(notice=notice, requested_on=dt.date(2026, 3, 9), exempt_reason="art. 43", actor=actor)


def test_a_statement_is_written_to_each_in_the_own_language(world: Any, as_system: Any) -> None:
    original = issue_statement(world.accounts[0], actor=as_system, **RANGE).document
    [copy] = IssuedDocument.objects.filter(kind="statement_copy")
    assert (copy.number, copy.data["copy_of"], copy.party_key) == (
        f"{original.number}/2",
        original.number,
        world.friend.pk,
    )
    assert (copy.data["title"], copy.language, copy.data["payer"]["street"]) == ("對帳單", "zh-hant", "ul. Krótka 2")
    assert copy.data["amount"] == original.data["amount"]
    assert "Anna Kowalska 1" in copy.data["paragraphs"][-1] and "Jan Nowak" in original.data["paragraphs"][-1]
    assert len(copy.data["tables"][0]["rows"]) == len(original.data["tables"][0]["rows"])
    assert AccountStatement.objects.count() == 1
    alone = issue_statement(world.accounts[1], actor=as_system, **RANGE).document
    assert not IssuedDocument.objects.filter(kind="statement_copy", account_key=alone.account_key).exists()
    page = series_pages(NumberSeries.objects.get(entity=world.entity, kind="statement"))[0]
    assert (page.taken, page.issued, page.odd) == (2, 2, [])


def test_a_batch_has_an_envelope_for_each_the_way_each_chose(world: Any, as_system: Any) -> None:
    owner = Account.objects.get(pk=world.accounts[0]).payer
    Party.objects.filter(pk=owner.pk).update(user=make_user(user_class="resident"))
    make_consent(party=owner, purpose=E_DOCUMENTS)
    batch = order_statements(entity=world.entity, kind="statement", actor=as_system, **RANGE)
    issue_statements(batch.pk, actor=as_system)
    issue_statements(batch.pk, actor=as_system)
    produce_batch(batch.pk, actor=as_system)
    ways = dict(batch.items.values_list("document__party_key", "way"))
    assert len(ways) == 3 and ways[owner.pk] == "electronic" and ways[world.friend.pk] == "paper"
    post = Attachment.objects.get(object_label="documents.deliverybatch", object_id=batch.pk, kind="post")
    lines = list(csv.reader(io.StringIO(read_file(post.file).decode("utf-8-sig"))))[1:]
    assert next(line[3:5] for line in lines) == ["Jan Nowak", "ul. Krótka 2"] and len(lines) == 2


@pytest.mark.req("DOC-02", "DOC-08")
def test_an_invoice_has_one_number_and_marked_copies(world: Any, as_system: Any) -> None:
    invoice = invoiced(world, as_system)
    original = invoice.document
    [copy] = IssuedDocument.objects.filter(kind="invoice_copy")
    assert Invoice.objects.count() == 1 and not [one for one in prove(["D3"]) if one.count]
    same = ("number", "title", "paragraphs", "tables", "facts", "amount", "rates", "buyer_tax_number")
    assert {name: copy.data[name] for name in same} == {name: original.data[name] for name in same}
    assert copy.language == original.language == "pl" and copy.data["payer"]["name"] == "Jan Nowak"
    assert copy.data["subject"] == ["Egzemplarz dla współpłatnika: Jan Nowak", *original.data["subject"]]
    page = series_pages(NumberSeries.objects.get(entity=world.entity, kind="invoice"))[0]
    assert (page.taken, page.issued, page.odd) == (1, 1, [])
    proof = proof_of(proof_code(copy.content_hash))
    assert proof is not None and (proof.number, proof.amount, proof.replaced) == (
        invoice.number, invoice.total_amount, False,
    )  # fmt: skip
    assert pdf_of(copy, actor=as_system).startswith(b"%PDF")
    void_numbers([original.pk], "wrong", actor=as_system)
    later = proof_of(proof_code(copy.content_hash))
    assert later is not None and later.replaced


@pytest.mark.req("POR-08", "DOC-02")
def test_each_joint_payer_reads_the_own_copy_in_the_portal(world: Any, as_system: Any) -> None:
    owner = Account.objects.get(pk=world.accounts[0]).payer
    clients = {}
    for party in (owner, world.friend):
        Party.objects.filter(pk=party.pk).update(user=make_user(user_class="resident"))
        party.refresh_from_db()
        make_consent(party=party, purpose=E_DOCUMENTS)
        clients[party.pk] = Client()
        clients[party.pk].force_login(party.user)
    statement = issue_statement(world.accounts[0], actor=as_system, **RANGE).document
    for original in (
        statement,
        invoiced(world, as_system).document,
        Notice.objects.get(account=world.accounts[0]).document,
    ):
        copy = IssuedDocument.objects.get(kind=f"{original.kind}_copy")
        lists = {pk: client.get("/portal/documents/").content.decode() for pk, client in clients.items()}
        assert [f"/portal/documents/{one.pk}/" in lists[owner.pk] for one in (original, copy)] == [True, False]
        assert [f"/portal/documents/{one.pk}/" in lists[world.friend.pk] for one in (original, copy)] == [False, True]
        assert clients[owner.pk].get(f"/portal/documents/{copy.pk}/").status_code == 404
        # A link to the document itself, as beside an entry of the sheet, leads the joint payer to the own copy.
        shown = clients[world.friend.pk].get(f"/portal/documents/{original.pk}/")
        assert shown.content == pdf_of(copy, actor=as_system)
    # Whoever reads the portal in large print gets papers so: the same words, longer pages.
    asked = clients[world.friend.pk]
    asked.cookies["print"] = "large"
    large = text_of(asked.get(f"/portal/documents/{statement.pk}/").content)
    small = text_of(pdf_of(IssuedDocument.objects.get(kind="statement_copy"), actor=as_system))
    assert set("".join(large.split())) == set("".join(small.split())) and "對帳單" in large
    # What is printed on the spot is written to whoever asks.
    for path in (
        f"/portal/money/{statement.account_key}/form/2026-03.pdf",
        f"/portal/money/{statement.account_key}/pdf/",
    ):
        assert "Jan Nowak" in text_of(asked.get(path).content)
        assert "Anna Kowalska 1" in text_of(clients[owner.pk].get(path).content)
