"""Pages that ask for the entity: the only one or the one used last is chosen, the address keeps the choice."""

import re
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.organisation.chosen import SESSION_KEY
from lokum.core.organisation.factories import make_entity
from lokum.money.charges.tests.world import make_charged_world

pytestmark = pytest.mark.usefixtures("as_system")
PAGES = ("/office/charges/missing/", "/office/charges/reductions/", "/office/charges/simulation/")


def chosen(client: Client, page: str) -> list[str]:
    text = client.get(page).content.decode()
    found = re.search(r'<select[^>]*name="entity".*?</select>', text, re.S)
    assert found is not None, page
    return re.findall(r'<option value="(\d+)" selected', found.group(0))


@pytest.mark.req("PLT-02")
def test_the_only_entity_then_the_one_used_last_is_chosen_on_every_page(as_system: Any) -> None:
    world = make_charged_world(1, actor=as_system)
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    client = Client()
    client.force_login(clerk)
    assert [chosen(client, page) for page in PAGES] == [[str(world.entity.pk)]] * 3
    other = make_entity()
    assert [chosen(client, page) for page in PAGES] == [[]] * 3
    answer = client.get(PAGES[0], {"entity": world.entity.pk})  # what else is asked takes its usual value
    assert answer.status_code == 200 and answer.context["rows"] is not None
    assert [chosen(client, page) for page in PAGES] == [[str(world.entity.pk)]] * 3
    assert chosen(client, f"{PAGES[1]}?entity={other.pk}") == [str(other.pk)]
    assert [chosen(client, page) for page in PAGES] == [[str(other.pk)]] * 3
    client.get(PAGES[0], {"entity": 999999})
    assert client.session[SESSION_KEY] == other.pk
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.get(PAGES[0], {"entity": other.pk}).status_code == 403


@pytest.mark.req("CHG-16")
def test_forms_of_actions_and_of_new_records_show_the_entity_used_last(as_system: Any) -> None:
    """The only entity, then none, then that of the last form sent: wherever a form must be told an entity."""
    first = make_entity()
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    client = Client()
    client.force_login(clerk)
    add = "/office/organisation/entityfund/add/"
    pages = ("/office/ledger/batch/do/import_opening/", "/office/charges/chargerun/do/compute/", add)
    assert [chosen(client, page) for page in pages] == [[str(first.pk)]] * 3
    second = make_entity()
    assert [chosen(client, page) for page in pages] == [[]] * 3
    assert client.post(add, {"entity": second.pk, "code": "F", "name": "Fund"}).status_code == 302
    assert [chosen(client, page) for page in pages] == [[str(second.pk)]] * 3
    assert chosen(client, f"{add}?entity={first.pk}") == [str(first.pk)], "the address says another one"
    refused = client.post(pages[1], {"entity": second.pk, "month": ""})
    assert refused.status_code == 422 and client.session[SESSION_KEY] == second.pk
