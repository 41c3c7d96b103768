"""An empty operator: what each list is for, and the way from nothing to the first month."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.models import User
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.desk import registry
from lokum.core.desk.menu import way_to
from lokum.core.organisation.factories import make_entity
from lokum.money.charges.factories import make_charge_run
from lokum.money.ledger.models import LedgerAccount


@pytest.fixture
def admin(db: None) -> Client:
    call_command("init", "--name", "Zarządca Sosnowy")
    client = Client()
    with acting(system_actor("test")):
        user = make_user(language="en")
        make_grant(user, ["*:*"])
    client.force_login(user)
    return client


@pytest.mark.req("PLT-38")
def test_the_home_page_leads_from_nothing_to_the_first_month(admin: Client) -> None:
    def current() -> list[str]:
        return [step["url"] for step in admin.get("/office/").context["first_steps"] if step["current"]]

    assert current() == ["/office/organisation/entity/add/"]
    with acting(system_actor("test")):
        entity = make_entity()
    assert current() == [reverse("desk:collection", args=["ledger", "ledgeraccount", "prepare"])]
    answer = admin.post(current()[0], {"entity": entity.pk})
    assert answer.status_code == 302
    assert LedgerAccount.objects.filter(entity=entity, purpose="receivable").exists()
    assert current() == [reverse("desk:collection", args=["organisation", "entitybankaccount", "propose"])]
    with acting(system_actor("test")):
        make_charge_run()
    assert admin.get("/office/").context["first_steps"] == []


@pytest.mark.req("PLT-38")
def test_only_who_may_found_an_entity_sees_the_first_steps(db: None) -> None:
    with acting(system_actor("test")):
        user = make_user()
        make_grant(user, ["charges.*:*"])
    client = Client()
    client.force_login(user)
    assert client.get("/office/").context["first_steps"] == []


@pytest.mark.req("PLT-38")
def test_an_empty_list_says_what_it_is_for_and_where_its_rows_come_from(admin: Client) -> None:
    page = admin.get("/office/ledger/account/").content.decode()
    assert "What each payer owes and paid." in page
    assert "Go to: Titles" in page
    page = admin.get("/office/ledger/ledgeraccount/").content.decode()
    assert "Prepare the books" in page.split("empty-state")[1]
    narrowed = admin.get("/office/ledger/account/", {"q": "Kowalska"}).content.decode()
    assert "Clear the filters" not in narrowed, "nothing is hidden by the filters of an empty register"


@pytest.mark.req("PLT-38")
def test_every_register_says_what_it_is_for_and_its_way_on_can_be_walked(admin: Client) -> None:
    user = User.objects.latest("pk")
    for desk in registry:
        if desk.menu:
            assert str(desk.purpose).endswith("."), desk.label
        if desk.filled_by:
            assert way_to(user, desk.filled_by), desk.label


@pytest.mark.req("PLT-38")
def test_a_choice_without_records_says_where_they_are_made(admin: Client) -> None:
    page = admin.get(reverse("desk:collection", args=["charges", "chargerun", "compute"])).content.decode()
    assert "There is nothing to choose from yet." in page
    assert 'href="/office/organisation/entity/"' in page.split("There is nothing to choose from yet.")[1][:200]
