"""Interest in the portal: accrued to today on home and money, open down to spans; foreign accounts are not found."""

from decimal import Decimal

import pytest
from django.urls import reverse

from lokum.core.base import clock
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.interest.factories import make_interest_note
from lokum.money.interest.models import InterestLine
from lokum.money.interest.queries import accrued_of
from lokum.money.ledger.factories import make_account
from lokum.portal.tests.test_portal import sign_in


@pytest.mark.req("LED-09")
def test_a_resident_sees_accrued_interest_and_how_it_is_counted(as_system):
    account = make_interest_note().account
    client = sign_in(account)
    amount = accrued_of([account], clock.today())[account.pk].amount
    assert amount > 0
    shown = amount_text(amount, account.currency)
    url = reverse("portal:interest", args=[account.pk])
    for address in (reverse("portal:home"), reverse("portal:money"), url):
        text = client.get(address).content.decode()
        assert shown in text.replace("&nbsp;", "\u00a0"), address
    page = client.get(url).content.decode()
    assert "11.25" in page and "300.00" in page


@pytest.mark.req("LED-09")
def test_a_noted_line_opens_to_its_spans_and_paper(as_system, settings, tmp_path):
    settings.FILE_STORE = tmp_path
    note = make_interest_note()
    client = sign_in(note.account)
    line = InterestLine.objects.get()
    page = client.get(reverse("portal:entry", args=[line.entry_id])).content.decode()
    paper = reverse("portal:document", args=[note.document_id])
    assert paper in page and "81 days" in page
    assert client.get(paper)["Content-Type"] == "application/pdf"
    assert line.amount == Decimal("7.49")


def test_foreign_interest_is_not_found(as_system):
    account = make_interest_note().account
    client = sign_in(make_account())
    assert client.get(reverse("portal:interest", args=[account.pk])).status_code == 404
