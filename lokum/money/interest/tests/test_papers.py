"""The interest note as a PDF in every language of the house."""

import datetime as dt
from decimal import Decimal

import pytest

from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.services import is_void
from lokum.money.interest.factories import make_interest_note, make_interest_policy
from lokum.money.interest.models import InterestNote
from lokum.money.interest.papers import build_interest, interest_paper
from lokum.money.interest.services import compute_run, post_run, start_run, undo_run
from lokum.money.interest.tests.world import owe
from lokum.money.ledger.factories import make_account
from lokum.money.ledger.models import CoPayer
from lokum.money.ledger.services import close_period
from lokum.property.parties.factories import make_party, make_party_address


@pytest.mark.req("LED-09")
@pytest.mark.parametrize("language", ["pl", "en", "zh-hant", "zh-hans"])
def test_a_note_renders_with_its_calculation(as_system, language):
    document = make_interest_note().document
    document.language = language
    paper = interest_paper(document)
    (section,) = paper.sections
    assert (section.amount, sum(one.day_count for one in section.spans)) == (Decimal("7.49"), 81)
    assert document.number in paper.transfer.title
    data = build_interest(document)
    assert data.startswith(b"%PDF")
    assert build_interest(document) == data


@pytest.mark.req("LED-09")
def test_a_correction_asks_for_nothing(as_system):
    note = make_interest_note()
    data = note.document.data
    back = {**data["lines"][0], "amount": "-3.88", "computed": "3.61", "booked": "7.49", "corrects": note.number}
    document = IssuedDocument(
        entity=note.account.entity,
        kind="interest_correction",
        number="INC/2026/07/00001",
        issued_on=note.issued_on,
        language="pl",
        template="interest/1",
        data={**data, "kind": "correction", "total": "-3.88", "lines": [back]},
        content_hash="0" * 64,
    )
    paper = interest_paper(document)
    assert (paper.transfer.amount, paper.transfer.code_text) == (0, "")
    assert build_interest(document).startswith(b"%PDF")


@pytest.mark.req("LED-09", "DOC-07")
def test_each_joint_payer_gets_a_copy_of_the_note(as_system):
    account = make_account()
    make_interest_policy(entity=account.entity)
    friend = make_party(first_name="Jan", last_name="Nowak", language="zh-hant")
    make_party_address(party=friend, street="ul. Krótka 2", city="Opole", postal_code="45-001")
    CoPayer.objects.create(account=account, party=friend, valid=(dt.date(2020, 1, 1), None))
    owe(account, 300, dt.date(2026, 4, 10), document_number="N/2026/04/00001")
    close_period(account.entity_id, dt.date(2026, 4, 1), actor=as_system)
    run = start_run(account.entity_id, dt.date(2026, 4, 1), actor=as_system)
    compute_run(run.pk, actor=as_system)
    post_run(run.pk, actor=as_system)
    note = InterestNote.objects.get(account=account).document
    [copy] = IssuedDocument.objects.filter(kind="interest_note_copy")
    assert (copy.number, copy.language, copy.party_key) == (f"{note.number}/2", "zh-hant", friend.pk)
    assert copy.data["payer"]["name"] == "Jan Nowak" and copy.data["payer"]["street"] == "ul. Krótka 2"
    assert note.data["joint"] == ["Jan Nowak"] and copy.data["joint"] == [note.data["payer"]["name"]]
    assert (copy.data["lines"], copy.data["total"]) == (note.data["lines"], note.data["total"])
    papers = [interest_paper(one) for one in (note, copy)]
    assert papers[0].transfer.code_text == papers[1].transfer.code_text or note.number in papers[1].transfer.title
    assert "Jan Nowak" in papers[0].notes[0] and build_interest(copy).startswith(b"%PDF")
    undo_run(run.pk, "wrong", actor=as_system)
    assert is_void(copy)
