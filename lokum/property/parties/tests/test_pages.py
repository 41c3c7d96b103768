"""Pages of people: likely doubles before saving, numbers by country, merging and undoing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import make_node
from lokum.property.parties.factories import make_party, make_party_contact
from lokum.property.parties.models import Party, PartyMerge


@pytest.fixture
def world(db):
    with acting(system_actor("test")):
        node, user = make_node(), make_user()
        make_grant(user, ["*:*"])
        known = make_party(last_name="Nowak", first_name="Ewa", personal_number="44051401359", home_node=node)
        make_party_contact(party=known, kind="phone", value="+48600100200")
    client = Client()
    client.force_login(user)
    return {"node": node, "known": known, "client": client, "user": user}


def _add(world, **over):
    values = {"kind": "person", "last_name": "Kowal", "country": "PL", "language": "pl", "home_node": world["node"].pk}
    return world["client"].post("/office/parties/party/add/", values | over)


@pytest.mark.req("PPL-01")
@pytest.mark.parametrize("over", [{"personal_number": "44051401359"}, {"phone": "600 100 200"}])
def test_a_likely_double_is_shown_before_saving(world, over):
    answer = _add(world, **over)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Probably known already" in page and world["known"].code in page
    with acting(system_actor("test")):
        assert Party.objects.count() == 1
    assert _add(world, doubles_seen="on", **over).status_code == 302
    with acting(system_actor("test")):
        assert Party.objects.count() == 2


@pytest.mark.req("PLT-31")
def test_a_wrong_number_is_refused_beside_its_field_and_another_document_is_fine(world):
    answer = _add(world, personal_number="44051401358")
    assert answer.status_code == 422 and "check digit" in answer.content.decode()
    assert _add(world, other_document="passport AB 123").status_code == 302
    wrong = _add(world, last_name="Else", email="nonsense")
    assert wrong.status_code == 422 and "valid email" in wrong.content.decode()


@pytest.mark.req("PPL-01")
def test_parties_are_merged_and_the_merge_is_undone_on_pages(world):
    with acting(system_actor("test")):
        double = make_party(last_name="Nowak", home_node=world["node"])
        make_party_contact(party=double, value="double@example.org")
    client, base = world["client"], f"/office/parties/party/{world['known'].pk}/"
    assert client.post(base + "do/merge/", {"merged": double.pk}).status_code == 302
    assert "double@example.org" in client.get(base, {"tab": "contacts"}).content.decode()
    with acting(system_actor("test")):
        merge = PartyMerge.objects.get()
    assert client.post(f"/office/parties/partymerge/{merge.pk}/do/undo/").status_code == 302
    assert "double@example.org" not in client.get(base, {"tab": "contacts"}).content.decode()
    with acting(system_actor("test")):
        double.refresh_from_db()
        assert double.merged_into is None


def _api(world, **over):
    values = {"kind": "person", "last_name": "Kowal", "country": "PL", "language": "pl", "home_node": world["node"].pk}
    return world["api"].call("POST", "/api/v1/parties/party", values | over)


@pytest.fixture
def api_world(world):
    from lokum.api.tests.test_registers import Api

    return world | {"api": Api(world["user"])}


@pytest.mark.req("PPL-01", "PLT-31")
def test_the_api_gives_the_same_verdict_and_reason(api_world):
    double = _api(api_world, personal_number="44051401359")
    assert double.status_code == 422 and "party.likely_double" in double.content.decode()
    assert _api(api_world, personal_number="44051401359", doubles_seen=True).status_code == 201
    wrong = _api(api_world, personal_number="44051401358")
    assert wrong.status_code == 422 and "check digit" in wrong.content.decode()


@pytest.mark.req("PPL-01", "PLT-31")
def test_a_sheet_names_doubles_and_wrong_numbers_by_row(world):
    head = "number,kind,last name or company name,first name,country,personal number,kept by\n"
    node = world["node"].code
    rows = [
        f"X1,person,Good,One,PL,,{node}",
        f"X2,person,Double,Two,PL,44051401359,{node}",
        f"X3,person,Wrong,Three,PL,44051401358,{node}",
        f"X4,person,Twin,Four,PL,02270803624,{node}",
        f"X5,person,Twin,Five,PL,02270803624,{node}",
    ]
    client = world["client"]
    data = SimpleUploadedFile("people.csv", (head + "\n".join(rows)).encode())
    address = client.post("/office/parties/party/import/", {"file": data})["Location"]
    headings = client.get(address).context["headings"]
    columns = {f"column-{each['position']}": each["field"] for each in headings}
    client.post(address, {"step": "check", "policy": "good", **columns})
    page = client.get(address).content.decode()
    assert "Probably known already" in page and world["known"].code in page and "check digit" in page
    client.post(address, {"step": "run"})
    with acting(system_actor("test")):
        assert set(Party.objects.filter(code__startswith="X").values_list("code", flat=True)) == {"X1", "X4"}
