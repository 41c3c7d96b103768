"""The books of an entity are kept in its currency, in whole units of it: said on page and API, held by the database."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.core.organisation.bank_accounts import propose_account
from lokum.core.organisation.factories import make_entity, make_entity_bank_account
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account, Entry, Line
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import NewEntry, NewLine, correct_entry, correct_lines, post_batch, reverse_entry
from lokum.money.ledger.tests.world import World, make_world

pytestmark = [pytest.mark.database, pytest.mark.req("LED-01", "LED-05")]
D = Decimal
DAY = dt.date(2026, 3, 1)


@pytest.fixture
def taiwan(as_system) -> World:
    return make_world(1, actor=as_system, currency="TWD")


@pytest.fixture
def client(db: None) -> Client:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


def notice(world: World, actor, *parts: str, number: int = 1) -> Entry:
    total = sum(map(D, parts), D(0))
    lines = [NewLine(world.chart["receivable"].pk, debit_amount=total, of_payer=True)]
    lines += [
        NewLine(world.chart["income"].pk, credit_amount=D(one), component_key=key)
        for key, one in enumerate(parts, start=1)
    ]
    entry = NewEntry("charge", total, lines, "test", number, world.accounts[0], document_number=f"N/{number}")
    return post_batch(world.entity.pk, "test", f"n{number}", DAY, [entry], actor=actor).entries.get()


def test_the_database_keeps_accounts_in_the_currency_of_their_entity(taiwan: World) -> None:
    for rows, name in (
        (Account.objects.filter(pk=taiwan.accounts[0]), "account_currency_of_entity"),
        (Entity.objects.filter(pk=taiwan.entity.pk), "account_currency_of_entity"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(currency="PLN")
    with pytest.raises(IntegrityError, match="bank_account_currency_of_entity"), transaction.atomic():
        make_entity_bank_account(entity=taiwan.entity, currency="PLN")
    empty = make_entity(currency="TWD")
    assert Entity.objects.filter(pk=empty.pk).update(currency="PLN") == 1, "nothing is kept in it yet"


def test_page_and_api_refuse_another_currency_of_books_that_exist(taiwan: World, client: Client) -> None:
    entity = taiwan.entity
    path = reverse("desk:edit", args=["organisation", "entity", entity.pk])
    form = client.get(path).context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    answer = client.post(path, values | {"currency": "PLN"})
    assert answer.status_code == 422
    assert "does not change once there are any" in answer.content.decode()
    api = f"/api/v1/organisation/entity/{entity.pk}"
    head = {"If-Match": f'"{entity.version}"'}
    answer = client.patch(api, json.dumps({"currency": "PLN"}), content_type="application/json", headers=head)
    assert (answer.status_code, answer.json()["code"]) == (422, "entity.currency_in_use"), answer.content
    assert "currency" in answer.json()["fields"], answer.json()
    entity.refresh_from_db()
    assert entity.currency == "TWD"


def test_a_bank_account_in_another_currency_is_not_proposed(as_system) -> None:
    number = make_entity_bank_account().number
    with pytest.raises(Refusal) as refused:
        propose_account(
            entity=make_entity(), number=number, opened_on=DAY, reason="euro", currency="EUR", actor=as_system
        )
    assert refused.value.code == "bank_account.invalid", "the number is taken, said first"
    with pytest.raises(Refusal) as refused:
        propose_account(
            entity=make_entity(), number="98111122220000000000990001", opened_on=DAY, reason="euro", currency="EUR",
            actor=as_system,
        )  # fmt: skip
    assert (refused.value.code, list(refused.value.fields)) == ("bank_account.other_currency", ["currency"])


def test_a_correction_of_whole_dollars_stays_whole(taiwan: World, as_system) -> None:
    """100 dollars less over three lines of 100, 100 and 200: 25, 25 and 50; 10 less: 3, 2 and 5, never 2.50."""
    entry = notice(taiwan, as_system, "100", "100", "200")
    made = correct_entry(entry.pk, change_amount=D(-10), reason="too much", actor=as_system)
    shares = (
        Line.objects.filter(entry=made, account=None).order_by("component_key").values_list("debit_amount", flat=True)
    )
    assert list(shares) == [3, 2, 5]
    for act in (
        lambda: correct_entry(entry.pk, change_amount=D("-10.50"), reason="cents", actor=as_system),
        lambda: correct_lines(
            entry.pk, amounts={entry.lines.get(component_key=1).pk: D("90.25")}, reason="cents", actor=as_system
        ),
        lambda: notice(taiwan, as_system, "99.50", number=2),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "ledger.not_whole"
    assert Entry.objects.count() == 2
    assert not [one for one in prove(["I1", "I2", "I4", "I5", "I9", "I13"]) if one.count]


@pytest.mark.req("LED-05")
def test_amounts_larger_than_the_books_can_hold_are_refused(as_system, client: Client) -> None:
    """A correction of 99,999,999,999,999.99 fits one column, but neither its reversal nor the next balance would."""
    world = make_world(1, actor=as_system)
    entry = notice(world, as_system, "100", "40")
    for amount in ("99999999999999.99", "1000000000000.00"):
        body = json.dumps({"change_amount": amount, "reason": "typing error"})
        answer = client.post(f"/api/v1/ledger/entry/{entry.pk}/correct", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (422, "ledger.too_large"), answer.content
        assert list(answer.json()["fields"]) == ["change_amount"]
        page = client.post(reverse("desk:action", args=["ledger", "entry", entry.pk, "correct"]), json.loads(body))
        assert page.status_code == 422 and Entry.objects.count() == 1
    body = json.dumps({"change_amount": "-140.01", "reason": "too much"})
    answer = client.post(f"/api/v1/ledger/entry/{entry.pk}/correct", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "ledger.more_than_left")
    assert list(answer.json()["fields"]) == ["change_amount"]
    made = correct_entry(entry.pk, change_amount=D("999999999859.99"), reason="large", actor=as_system)
    reverse_entry(made.pk, "taken back", actor=as_system)
    assert not [one for one in prove(["I1", "I2", "I4", "I5", "I9", "I13"]) if one.count]
