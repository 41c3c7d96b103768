"""The interest note as a PDF in every language of the house."""

from decimal import Decimal

import pytest

from lokum.core.papers.models import IssuedDocument
from lokum.money.interest.factories import make_interest_note
from lokum.money.interest.papers import build_interest, interest_paper


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
