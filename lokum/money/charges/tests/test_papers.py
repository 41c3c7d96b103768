"""The notice on paper: equal to the ledger, scannable, kept unchanged from the first rendering."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.db.models import Sum

from lokum.core.annex.models import StoredFile
from lokum.core.base.context import Actor
from lokum.core.organisation.legal_data import record_change
from lokum.core.organisation.models import LEGAL_FIELDS, Entity
from lokum.core.organisation.queries import issuer_of
from lokum.core.papers import batches
from lokum.core.papers.models import DocumentFile, IssuedDocument
from lokum.core.papers.services import pdf_of
from lokum.money.charges.models import Notice
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import Line
from lokum.money.payments.factories import make_bank_account, make_pool
from lokum.money.payments.services import issue_missing_numbers


@pytest.mark.req("CHG-13", "PAY-01", "POR-08")
def test_the_paper_equals_the_ledger_and_never_changes(as_system: Actor, settings: Any, tmp_path: Any) -> None:
    settings.FILE_STORE = tmp_path
    world = make_charged_world(2, actor=as_system)
    pool = make_pool(bank_account=make_bank_account(entity=world.entity), mask="0007")
    issue_missing_numbers(pool.pk, actor=as_system)
    posted_run(world, actor=as_system)
    notice = Notice.objects.select_related("document", "entry").order_by("pk").first()
    assert notice is not None
    pdf = pdf_of(notice.document, actor=as_system)
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        text = document[0].get_textpage().get_text_bounded().replace("\u00a0", " ")
        codes = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    receivable = Line.objects.filter(entry=notice.entry, account__isnull=False).aggregate(n=Sum("debit_amount"))["n"]
    assert receivable == notice.total_amount == Decimal(notice.document.data["total"])
    assert f"{notice.total_amount:.2f}".replace(".", ",") in text.replace(" ", "")
    assert notice.number in text
    number = notice.document.data["account"]["number"]
    assert len(number) == 26
    fields = codes[0].text.split("|")
    assert (fields[1], fields[2], int(fields[3])) == ("PL", number, int(Decimal(notice.document.data["to_pay"]) * 100))
    assert pdf_of(notice.document, actor=as_system) == pdf


@pytest.mark.req("CHG-13", "PLT-20")
def test_a_batch_renders_each_paper_once_and_in_order(
    as_system: Actor, settings: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    settings.FILE_STORE = tmp_path
    world = make_charged_world(5, actor=as_system)
    posted_run(world, actor=as_system)
    documents = [one.document for one in Notice.objects.select_related("document__entity").order_by("document__serial")]
    single = pdf_of(documents[2], actor=as_system)  # somebody opened one before the batch
    told: list[int] = []
    monkeypatch.setattr(batches, "PORTION", 2)
    made = list(batches.papers_in_order([one.pk for one in documents], actor=as_system, done=told.append))
    assert told == [0, 2, 4, 5]
    assert made[2] == single
    assert [pdf_of(one, actor=as_system) for one in documents] == made
    assert DocumentFile.objects.count() == StoredFile.objects.count() == 5
    for document, pdf in zip(documents, made, strict=True):
        with pypdfium2.PdfDocument(io.BytesIO(pdf)) as paper:
            assert document.number in paper[0].get_textpage().get_text_bounded()


def test_a_builder_that_reads_the_database_fails_the_batch(
    as_system: Actor, settings: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    settings.FILE_STORE = tmp_path
    world = make_charged_world(1, actor=as_system)
    posted_run(world, actor=as_system)
    monkeypatch.setattr(batches, "paper_of", lambda template: lambda document: bytes(Notice.objects.count()))
    with pytest.raises(RuntimeError, match="from the data of its document alone"):
        list(batches.papers_in_order([Notice.objects.get().document_id], actor=as_system))
    assert not DocumentFile.objects.exists()


def _text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        text: str = document[0].get_textpage().get_text_bounded()
        return text.replace("\u00a0", " ")


@pytest.mark.req("REG-14")
def test_a_document_prints_the_legal_data_of_its_date(as_system: Actor, settings: Any, tmp_path: Any) -> None:
    """A new name from 1 April: the notice of March keeps the old one, byte for byte, also when it is made later."""
    settings.FILE_STORE = tmp_path
    world = make_charged_world(2, actor=as_system)
    entity = Entity.objects.get(pk=world.entity.pk)
    posted_run(world, dt.date(2026, 3, 1), actor=as_system)
    first, second = Notice.objects.select_related("document").order_by("pk")
    before = pdf_of(first.document, actor=as_system)
    old = {name: getattr(entity, name) for name in LEGAL_FIELDS}
    change = {"legal_name": "Spółdzielnia Pod Nową Nazwą", "street": "ul. Zmieniona 9"}
    Entity.objects.filter(pk=entity.pk).update(**change)
    record_change(entity, old, change, dt.date(2026, 4, 1))
    assert pdf_of(IssuedDocument.objects.get(pk=first.document_id), actor=as_system) == before
    late = _text_of(pdf_of(IssuedDocument.objects.get(pk=second.document_id), actor=as_system))
    assert old["legal_name"] in late and "Nową Nazwą" not in late
    posted_run(world, dt.date(2026, 4, 1), actor=as_system)
    april = Notice.objects.filter(period=dt.date(2026, 4, 1)).select_related("document").first()
    assert april is not None
    text = _text_of(pdf_of(april.document, actor=as_system))
    assert "Spółdzielnia Pod Nową Nazwą" in text and "ul. Zmieniona 9" in text
    # A month of the past that is posted only now is dated in the past, and so is what it prints.
    assert issuer_of(Entity.objects.get(pk=entity.pk), dt.date(2026, 3, 31))["legal_name"] == old["legal_name"]
