"""Names, numbers and addresses of entities with their days: planned, back in time, as of any day."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.tokens import issue_token
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.organisation.factories import (
    make_entity,
    make_entity_bank_account,
    make_legal_data,
    make_management_contract,
    make_mandate,
)
from lokum.core.organisation.legal_data import data_on, history_of, take_effect, take_effect_everywhere
from lokum.core.organisation.models import Entity, LegalData
from lokum.core.organisation.queries import issuer_of

pytestmark = [pytest.mark.req("REG-14")]
OLD = {"name": "SM Stara", "legal_name": "Spółdzielnia Stara", "street": "ul. Lipowa 1", "city": "Wrocław"}


@pytest.fixture
def entity(as_system: Actor) -> Entity:
    return make_entity(**OLD)


@pytest.fixture
def client(as_system: Actor) -> Client:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


def fresh(entity: Entity) -> Entity:
    return Entity.objects.get(pk=entity.pk)


def edit(client: Client, entity: Entity, **over: Any) -> Any:
    """The form as the page sends it, with some values typed anew."""
    now = fresh(entity)
    names = ("code", "name", "short_name", "kind", "legal_name", "tax_number", "statistical_number", "court_number",
             "street", "postal_code", "city", "phone", "email", "website", "currency", "time_zone",
             "fiscal_year_start", "due_day", "opened_on", "country_pack")  # fmt: skip
    data = {name: getattr(now, name) for name in names} | {"node": now.node_id, "version": now.version, **over}
    return client.post(f"/office/organisation/entity/{entity.pk}/edit/", data)


def test_a_planned_change_waits_for_its_day(client: Client, entity: Entity) -> None:
    today = clock.today(entity.time_zone)
    day = today + dt.timedelta(days=40)
    form = client.get(f"/office/organisation/entity/{entity.pk}/edit/").content.decode()
    assert 'name="valid_from"' in form and f'value="{today:%Y-%m-%d}"' in form
    saved = edit(client, entity, legal_name="Spółdzielnia Nowa", street="ul. Nowa 2", valid_from=day,
                 document="uchwała 7/2026")  # fmt: skip
    assert saved.status_code == 302, saved.content.decode()
    assert (fresh(entity).legal_name, fresh(entity).street) == ("Spółdzielnia Stara", "ul. Lipowa 1")
    assert issuer_of(fresh(entity), day - dt.timedelta(days=1))["legal_name"] == "Spółdzielnia Stara"
    assert issuer_of(fresh(entity), day)["street"] == "ul. Nowa 2"
    page = client.get(f"/office/organisation/entity/{entity.pk}/?tab=legal").content.decode()
    assert "uchwała 7/2026" in page and "planned" in page and "ul. Lipowa 1" in page
    before = client.get(f"/office/organisation/entity/{entity.pk}/legal/", {"on": f"{today:%Y-%m-%d}"})
    after = client.get(f"/office/organisation/entity/{entity.pk}/legal/", {"on": f"{day:%Y-%m-%d}"})
    assert "<dd>ul. Lipowa 1</dd>" in before.content.decode() and "<dd>ul. Nowa 2</dd>" in after.content.decode()
    assert take_effect_everywhere() == 0
    assert sorted(take_effect(entity.pk, day)) == ["legal_name", "street"] and take_effect(entity.pk, day) == []
    assert fresh(entity).legal_name == "Spółdzielnia Nowa"


def test_only_what_was_changed_goes_back_in_time(client: Client, entity: Entity) -> None:
    """The street changed from 1 March on, the name from 1 June on; the town is put right from 1 May on."""
    march, may, june = (dt.date(2026, month, 1) for month in (3, 5, 6))
    for values in ({"street": "ul. Nowa 2", "valid_from": march}, {"name": "SM Nowa", "valid_from": june},
                   {"city": "Oława", "valid_from": may}):  # fmt: skip
        assert edit(client, entity, **values).status_code == 302
    read = {day: data_on(fresh(entity), day) for day in (dt.date(2026, 2, 28), march, may, june)}
    assert [(one.street, one.city, one.name) for one in read.values()] == [
        ("ul. Lipowa 1", "Wrocław", "SM Stara"), ("ul. Nowa 2", "Wrocław", "SM Stara"),
        ("ul. Nowa 2", "Oława", "SM Stara"), ("ul. Nowa 2", "Oława", "SM Nowa"),
    ]  # fmt: skip
    now = fresh(entity)
    assert (now.street, now.city, now.name) == ("ul. Nowa 2", "Oława", "SM Nowa")
    told = [(one.on, one.old, one.new) for one in history_of(now, clock.today())]
    assert told == [(june, "SM Stara", "SM Nowa"), (may, "Wrocław", "Oława"), (march, "ul. Lipowa 1", "ul. Nowa 2")]
    spans = [(row.valid.lower, row.valid.upper) for row in LegalData.objects.filter(entity=entity)]
    assert spans == [(dt.date(2000, 1, 1), march), (march, may), (may, june), (june, None)]


def test_what_changes_nothing_of_the_legal_data_leaves_no_row(client: Client, entity: Entity) -> None:
    assert edit(client, entity, due_day=15).status_code == 302
    assert fresh(entity).due_day == 15 and not LegalData.objects.exists()
    assert data_on(fresh(entity), dt.date(2026, 1, 1)) == entity


def test_bad_input_is_refused(client: Client, entity: Entity) -> None:
    early = edit(client, entity, name="X", valid_from="1999-12-31")
    assert early.status_code == 422 and "known since" in early.content.decode()
    planned = edit(client, entity, tax_number="1234567890", valid_from="2030-01-01")
    assert planned.status_code == 422 and not LegalData.objects.exists()
    assert fresh(entity).name == "SM Stara"
    assert client.get(f"/office/organisation/entity/{entity.pk}/legal/", {"on": "soon"}).status_code == 422
    assert client.get("/office/organisation/entity/0/legal/").status_code == 404


def test_the_api_takes_the_first_day_too(entity: Entity, as_system: Actor) -> None:
    user = make_user()
    make_grant(user, ["*:*"])
    _token, secret = issue_token(user, name="test", scopes=["*"], days=3, actor=as_system)
    head = {"Authorization": f"Bearer {secret}", "If-Match": '"1"'}
    address = f"/api/v1/organisation/entity/{entity.pk}"
    body = {"phone": "+48 71 000 00 00", "valid_from": "2026-02-01", "document": "notice"}
    answer = Client().patch(address, json.dumps(body), content_type="application/json", headers=head)
    assert answer.status_code == 200, answer.content
    assert data_on(fresh(entity), dt.date(2026, 1, 31)).phone == ""
    rows = Client().get("/api/v1/organisation/legaldata", {"entity": entity.pk}, headers=head).json()
    assert [one["document"] for one in rows["items"]] == ["", "notice"]


def test_the_page_of_a_day_shows_who_stands_for_the_entity(client: Client, entity: Entity) -> None:
    """The mandate, the contract and the account of the day, and none of those that ended the day before."""
    last = dt.date(2026, 6, 30)
    gone = make_mandate(entity=entity, person_name="Adam Dawny", ends_on=last)
    make_mandate(entity=entity, person_name="Ewa Nowa", starts_on=dt.date(2026, 7, 1))
    make_management_contract(entity=entity, number="M/STARA", ends_on=last)
    account = make_entity_bank_account(entity=entity, closed_on=last)
    make_legal_data(entity=entity)
    address = f"/office/organisation/entity/{entity.pk}/legal/"
    on_last = client.get(address, {"on": "2026-06-30"}).content.decode()
    next_day = client.get(address, {"on": "2026-07-01"}).content.decode()
    for text in (gone.person_name, "M/STARA", account.number):
        assert text in on_last and text not in next_day
    assert "Ewa Nowa" in next_day and "Ewa Nowa" not in on_last
