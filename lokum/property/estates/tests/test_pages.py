"""Pages of estates through the real rights: tree, card, facts as of a day, generator."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import make_entity, make_node
from lokum.property.estates.factories import (
    make_building,
    make_declared_total,
    make_entrance,
    make_estate,
    make_premises,
)
from lokum.property.estates.models import Premises
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.factories import make_title
from lokum.property.parties.factories import make_party, make_party_contact

JAN, MAR = dt.date(2025, 1, 1), dt.date(2025, 3, 1)


@pytest.fixture
def world(db):
    with acting(system_actor("test")) as actor:
        node, elsewhere = make_node(), make_node()
        entity = make_entity(node=node)
        estate = make_estate(code="E1", node=node)
        building = make_building(estate=estate, code="E1-9", street="ul. Łąkowa")
        entrance = make_entrance(building=building, code="A")
        flat = make_premises(building=building, entrance=entrance, number="1", code="", entity=entity)
        hidden = make_premises(building=make_building(estate=make_estate(node=elsewhere)), number="77")
        record_fact(flat.pk, "usable_area", Decimal("48.5"), JAN, source="survey", actor=actor)
        everything, scoped, viewer = make_user(), make_user(), make_user()
        make_grant(everything, ["*:*"])
        make_grant(scoped, ["*:*"], scopes={"node": [node.pk]})
        make_grant(viewer, ["estates.premises:view"])
    return {"node": node, "entity": entity, "estate": estate, "building": building, "flat": flat, "hidden": hidden,
            "all": everything, "scoped": scoped, "viewer": viewer}  # fmt: skip


def _client(user):
    client = Client()
    client.force_login(user)
    return client


def _page(user, path, **data):
    return _client(user).get(path, data).content.decode()


@pytest.mark.req("REG-01")
def test_the_tree_opens_a_building_and_keeps_to_the_scope(world):
    page = _page(world["scoped"], "/office/estates/tree/", building=world["building"].pk)
    assert "E1-9" in page and f"/office/estates/premises/{world['flat'].pk}/" in page
    assert str(world["hidden"].building) not in page
    assert str(world["hidden"].building) in _page(world["all"], "/office/estates/tree/")


@pytest.mark.req("REG-01")
def test_a_duplicate_number_is_refused_beside_its_field(world):
    values = {"building": "E1-9", "number": "1", "kind": "dwelling", "code": ""}
    values["building"] = world["building"].pk
    answer = _client(world["all"]).post("/office/estates/premises/add/", values)
    assert answer.status_code == 422 and "taken" in answer.content.decode()
    values["number"] = "2"
    assert _client(world["all"]).post("/office/estates/premises/add/", values).status_code == 302
    with acting(system_actor("test")):
        made = Premises.objects.get(code="E1-9/2")
        assert made.entities.get().entity == world["entity"]


@pytest.mark.req("REG-01")
def test_used_premises_are_not_deleted_but_closed_with_a_date(world):
    with acting(system_actor("test")):
        title = make_title(premises=world["flat"])
    client, base = _client(world["all"]), f"/office/estates/premises/{world['flat'].pk}/"
    answer = client.post(base + "delete/")
    assert answer.status_code in (409, 422) and "Titles" in answer.content.decode()
    refused = client.post(base + "do/close/", {"closed_on": "2025-03-01"})
    assert refused.status_code == 422 and "Cooperative ownership right" in refused.content.decode()
    with acting(system_actor("test")):
        title.delete()
    assert client.post(base + "do/close/", {"closed_on": "2025-03-01"}).status_code == 302
    assert client.post(base + "do/reopen/").status_code == 302


@pytest.mark.req("REG-04", "REG-12")
def test_the_card_shows_values_as_of_and_as_known_on_any_day(world):
    base = f"/office/estates/premises/{world['flat'].pk}/"
    client = _client(world["all"])
    sent = {"kind": "usable_area", "value": "50.25", "valid_from": "2025-03-01", "valid_to": "", "source": "new survey"}
    assert client.post(base + "do/record_fact/", sent).status_code == 302
    card = client.get(base, {"tab": "facts"}).content.decode()
    assert "50.25" in card and "48.5" in card and "new survey" in card
    february = client.get(base + "facts/", {"on": "2025-02-01"}).content.decode()
    values = february.split('<h2 id="history"')[0]
    assert "48.5" in values and "50.25" not in values
    unknown = client.get(base + "facts/", {"on": "2025-02-01", "known_on": "2020-01-01"}).content.decode()
    assert "Nothing is known for this day" in unknown
    wrong = client.post(base + "do/record_fact/", {**sent, "value": "-1"})
    assert wrong.status_code == 422 and "must not be negative" in wrong.content.decode()


def test_the_card_is_hidden_outside_the_scope_and_buttons_without_the_right(world):
    path = f"/office/estates/premises/{world['hidden'].pk}/facts/"
    assert _client(world["scoped"]).get(path).status_code == 404
    page = _page(world["viewer"], f"/office/estates/premises/{world['flat'].pk}/")
    assert "record_fact" not in page
    answer = _client(world["viewer"]).post(f"/office/estates/premises/{world['flat'].pk}/do/record_fact/", {})
    assert answer.status_code == 403


@pytest.mark.req("REG-04")
def test_the_building_compares_sums_with_declared_totals(world):
    with acting(system_actor("test")):
        make_declared_total(building=world["building"], value=Decimal(50))
    page = _page(world["all"], f"/office/estates/building/{world['building'].pk}/", tab="totals")
    assert "48.5" in page and "-1.5" in page


@pytest.mark.req("REG-09")
def test_premises_are_found_by_any_mix_of_conditions(world):
    with acting(system_actor("test")):
        owner = make_party(last_name="Żółkiewska", first_name="Zofia")
        make_party_contact(party=owner, kind="phone", value="+48600100200")
        make_title(premises=world["flat"], party=owner)
    link = f"/office/estates/premises/{world['flat'].pk}/"
    listing = "/office/estates/premises/"
    for found in (
        {"person": "zolkiewska zofia"},
        {"phone": "600 100 200"},
        {"title": "coop_ownership"},
        {"area_from": "48", "area_to": "49"},
        {"state": "open", "number": "1", "kind": "dwelling"},
        {"building__estate": str(world["estate"].pk), "building": str(world["building"].pk)},
        {"person": "zolkiewska", "area_from": "40", "title": "coop_ownership"},
    ):
        assert link in _page(world["all"], listing, **found), found
    for missed in ({"person": "Nowak"}, {"area_from": "49"}, {"title": "lease"}, {"state": "closed"}):
        assert link not in _page(world["all"], listing, **missed), missed


def _generator(world, **over):
    values = {
        "entity": world["entity"].pk, "valid_from": "2025-01-01", "source": "project", "street": "ul. Nowa",
        "postal_code": "50-001", "city": "Wrocław", "building_count": 2, "building_mask": "{estate}-{n}",
        "first_building": 8, "first_house_number": 1, "house_number_step": 2, "entrance_names": "A",
        "entrance_count": 2, "lowest_level": 0, "highest_level": 2, "skipped_levels": "", "number_mask": "{n}",
        "first_number": 1, "counting": "building", "skipped": "4", "skipped_digits": "",
        "position-TOTAL_FORMS": 10, "position-INITIAL_FORMS": 0, "position-0-kind": "dwelling",
        "position-0-usable_area": "48.50", "position-0-rooms": "2", "position-1-kind": "dwelling",
        "position-1-usable_area": "62.10",
    }  # fmt: skip
    return values | over


def _counts(page):
    return {name: int(number) for name, number in re.findall(r'data-count="(\w+)">(\d+)<', page)}


@pytest.mark.req("REG-02")
def test_the_generator_makes_what_its_preview_counts_and_nothing_twice(world):
    path = f"/office/estates/estate/{world['estate'].pk}/generate/"
    client = _client(world["all"])
    assert client.get(path).status_code == 200

    preview = client.post(path, _generator(world, step="preview")).content.decode()
    counts = _counts(preview)
    # Building E1-9 stands already with entrance A and the flat 1, which is on no storey: its number is in the way.
    assert counts == {"buildings": 1, "entrances": 3, "storeys": 6, "premises": 23, "present": 0, "conflicts": 1}
    assert "The number is taken by other premises" in preview
    with acting(system_actor("test")):
        assert Premises.objects.filter(building__estate=world["estate"]).count() == 1

    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', preview))
    sent.pop("csrfmiddlewaretoken", None)
    done = client.post(path, sent | {"step": "apply"}).content.decode()
    assert _counts(done) == counts and "Show the premises" in done
    with acting(system_actor("test")):
        made = Premises.objects.filter(building__estate=world["estate"])
        assert made.count() == 24 and not made.filter(number="4").exists()
        assert made.get(building__code="E1-8", number="1").facts.count() == 2

    again = _counts(client.post(path, sent | {"step": "preview"}).content.decode())
    assert again == {"buildings": 0, "entrances": 0, "storeys": 0, "premises": 0, "present": 23, "conflicts": 1}


@pytest.mark.req("REG-02")
def test_the_generator_names_wrong_parameters(world):
    path = f"/office/estates/estate/{world['estate'].pk}/generate/"
    for over, text in (
        ({"number_mask": "{colour}"}, "is not a mask"),
        ({"skipped": "4-x"}, "is not a number or a range"),
        ({"highest_level": "-5"}, "lies below the lowest"),
        ({"position-0-usable_area": "-3"}, "greater than or equal to 0"),
        ({"position-0-kind": "", "position-1-kind": ""}, "at least one position"),
        ({"entity": ""}, "required"),
    ):
        answer = _client(world["all"]).post(path, _generator(world, step="apply", **over))
        assert answer.status_code == 422 and text in answer.content.decode(), over
    assert _client(world["viewer"]).post(path, _generator(world, step="apply")).status_code == 403


@pytest.mark.req("REG-01", "PLT-24")
def test_premises_change_by_their_own_sheet(world):
    """A register with columns the database computes can be brought back from a sheet."""
    sheet = f"code,building,number,kind\n{world['flat'].code},E1-9,1,office\nE1-9/5,E1-9,5,garage\n"
    client = _client(world["all"])
    data = SimpleUploadedFile("premises.csv", sheet.encode())
    address = client.post("/office/estates/premises/import/", {"file": data})["Location"]
    columns = {f"column-{one['position']}": one["field"] for one in client.get(address).context["headings"]}
    client.post(address, {"step": "check", "policy": "all", **columns})
    client.post(address, {"step": "run"})
    with acting(system_actor("test")):
        assert Premises.objects.get(pk=world["flat"].pk).kind == "office"
        assert Premises.objects.get(code="E1-9/5").entities.get().entity == world["entity"]


@pytest.mark.req("REG-01")
def test_the_api_refuses_a_duplicate_number_and_deleting_used_premises(world):
    from lokum.api.tests.test_registers import Api

    with acting(system_actor("test")):
        make_title(premises=world["flat"])
    api = Api(world["all"])
    values = {"building": world["building"].pk, "number": "1", "kind": "dwelling"}
    double = api.call("POST", "/api/v1/estates/premises", values)
    assert double.status_code == 422 and "This number is taken in the building" in double.content.decode()
    refused = api.call("DELETE", f"/api/v1/estates/premises/{world['flat'].pk}", If_Match='"1"')
    assert refused.status_code == 409 and "Titles" in refused.content.decode()


@pytest.mark.req("REG-09")
def test_page_and_api_find_the_same_premises(world):
    from lokum.api.tests.test_registers import Api

    api = Api(world["all"])
    for query, count in (("area_from=48&area_to=49&kind=dwelling", 1), ("area_from=49", 0), ("state=closed", 0)):
        answer = api.call("GET", f"/api/v1/estates/premises?{query}").json()
        assert len(answer["items"]) == count, answer
