"""Pages of the books: correcting a document in the browser and through the API."""

import json
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Entry


@pytest.fixture
def staff(db) -> Client:
    with acting(system_actor("test")):
        user = make_user()
        make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def document(db) -> Entry:
    with acting(system_actor("test")):
        return make_entry(amount=Decimal("100.00"), document_number="N/2026/1")


@pytest.mark.req("LED-05")
def test_a_document_is_corrected_line_by_line_in_the_browser(staff, document):
    url = reverse("ledger:correct", args=[document.pk])
    trail = staff.get(reverse("desk:detail", args=["ledger", "entry", document.pk]), {"tab": "trail"})
    assert url in trail.content.decode()
    page = staff.get(url)
    assert page.status_code == 200 and 'value="100.00"' in page.content.decode()
    with acting(system_actor("test")):
        line = document.lines.get(account__isnull=True).pk
    refused = staff.post(url, {f"line_{line}": "-1", "reason": "no"})
    assert refused.status_code == 409 and "than is left" in refused.content.decode()
    answer = staff.post(url, {f"line_{line}": "70.50", "reason": "Fewer persons"})
    with acting(system_actor("test")):
        made = Entry.objects.get(corrects=document)
    assert made.amount == Decimal("-29.50") and answer["Location"].endswith(f"/{made.pk}/")
    shown = staff.get(reverse("desk:detail", args=["ledger", "entry", made.pk]), {"tab": "trail"}).content.decode()
    assert "N/2026/1" in shown and "Fewer persons" in shown and url not in shown


@pytest.mark.req("LED-05")
def test_a_document_is_corrected_through_the_api_within_the_right(staff, document):
    url = f"/api/v1/ledger/entry/{document.pk}/correct"
    body = {"change_amount": "-10.00", "reason": "Lift stood still"}
    answer = staff.post(url, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    with acting(system_actor("test")):
        assert Entry.objects.get(corrects=document).amount == -10
        user = make_user()
        make_grant(user, ["ledger.*:view"])
    reader = Client()
    reader.force_login(user)
    assert reader.post(url, json.dumps(body), content_type="application/json").status_code == 403
    assert reader.get(reverse("ledger:correct", args=[document.pk])).status_code == 403


@pytest.mark.req("PLT-29")
def test_tables_write_as_many_digits_as_the_currency_has(staff):
    with acting(system_actor("test")):
        entity = make_entity(country_pack="tw", kind="community", currency="TWD")
        entry = make_entry(account=make_account(entity=entity), amount=Decimal("1200.00"))
    paths = [
        reverse("desk:detail", args=["ledger", "entry", entry.pk]) + "?tab=trail",
        reverse("ledger:correct", args=[entry.pk]),
        reverse("desk:detail", args=["ledger", "account", entry.account_id]) + "?tab=matching",
        reverse("ledger:trial_balance") + f"?entity={entity.pk}",
    ]
    for path in paths:
        shown = staff.get(path).content.decode()
        assert ">1,200<" in shown and ">1,200.00<" not in shown, path
