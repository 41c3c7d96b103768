"""Pages of titles, agreements and people through the real rights."""

import datetime as dt
import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_api_token, make_grant, make_user
from lokum.core.access.tokens import issue_token
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import make_entity, make_node
from lokum.property.estates.factories import make_building, make_estate, make_premises
from lokum.property.estates.models import Premises
from lokum.property.occupancy.factories import make_opened_agreement, make_title
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.occupancy.services import transfer_title
from lokum.property.occupancy.tests.test_workbook import GOOD, book
from lokum.property.parties.factories import make_party
from lokum.property.parties.models import Party

JAN = dt.date(2025, 1, 1)


@pytest.fixture
def world(db, settings, tmp_path):
    settings.FILE_STORE = tmp_path
    with acting(system_actor("test")):
        node = make_node()
        entity = make_entity(node=node)
        estate = make_estate(code="E1", node=node)
        flat = make_premises(building=make_building(estate=estate), number="1", entity=entity)
        owner = make_party(last_name="Nowak", first_name="Ewa", code="P1", home_node=node)
        buyer = make_party(last_name="Zając", first_name="Jan", code="P2", home_node=node)
        everything, viewer = make_user(), make_user()
        make_grant(everything, ["*:*"])
        make_grant(viewer, ["occupancy.*:view", "estates.*:view"])
    return {"node": node, "entity": entity, "estate": estate, "flat": flat, "owner": owner, "buyer": buyer,
            "all": everything, "viewer": viewer}  # fmt: skip


def _client(user):
    client = Client()
    client.force_login(user)
    return client


def _open(world, **over):
    values = {
        "premises": world["flat"].pk, "kind": "freehold", "holders": "P1 1/2\nP2 1/2", "valid_from": "2024-01-01",
        "valid_to": "", "document": "deed 1", "with_agreement": "on",
    } | over  # fmt: skip
    return _client(world["all"]).post("/office/occupancy/title/do/open/", values)


@pytest.mark.req("PPL-02")
def test_a_title_is_opened_on_its_page_and_an_overlap_names_the_other(world):
    assert _open(world).status_code == 302
    with acting(system_actor("test")):
        title = Title.objects.get()
        assert title.holders.count() == 2 and Agreement.objects.get(title=title).payer == world["owner"]
    overlap = _open(world, holders="P2", valid_from="2025-01-01")
    page = overlap.content.decode()
    assert overlap.status_code == 422 and "It overlaps with the title" in page and "Nowak Ewa" in page


@pytest.mark.req("PPL-02")
@pytest.mark.parametrize(
    ("holders", "text"),
    [
        ("P1 1/2\nP2 2/3", "7/6, more than the whole"),
        ("P1 3/2", "not a share between"),
        ("P1\nP1", "named twice"),
        ("P9", "nobody with the number P9"),
        ("P1 half", "is not a number with a share"),
    ],
)
def test_impossible_holders_are_refused_on_the_page(world, holders, text):
    answer = _open(world, holders=holders)
    assert answer.status_code == 422 and text in answer.content.decode()
    with acting(system_actor("test")):
        assert not Title.objects.exists()


@pytest.mark.req("PPL-02")
def test_owners_as_of_a_day_on_page_and_api(world):
    with acting(system_actor("test")) as actor:
        title = make_title(premises=world["flat"], party=world["owner"])
        transfer_title(title.pk, [(world["buyer"], 1, 1)], dt.date(2025, 9, 9), actor=actor)
        token = make_api_token(user=world["all"])
    assert token
    client = _client(world["all"])
    start = client.get("/office/occupancy/owners/")
    assert start.status_code == 302 and "title__valid_on=" in start["Location"]
    for day, name, other in (("2025-09-08", "Nowak", "Zając"), ("2025-09-09", "Zając", "Nowak")):
        page = client.get("/office/occupancy/titleholder/", {"title__valid_on": day}).content.decode()
        rows = page.split('id="rows"', 1)[-1]
        assert name in rows and other not in rows
        answer = client.get("/api/v1/occupancy/titleholder", {"title__valid_on": day})
        assert answer.status_code == 200, answer.content
        assert name in json.dumps(answer.json(), ensure_ascii=False)
        assert other not in json.dumps(answer.json(), ensure_ascii=False)


@pytest.mark.req("PPL-04")
def test_staff_read_the_history_of_changes_with_both_moments_of_recording(world):
    with acting(system_actor("test")):
        agreement = make_opened_agreement(premises=world["flat"], payer=world["owner"])
    client, base = _client(world["all"]), f"/office/occupancy/agreement/{agreement.pk}/"
    for day, source in (("20", "application 7"), ("25", "correction")):
        sent = {"due_day": day, "valid_from": "2025-02-01", "source": source}
        assert client.post(base + "do/change_due_day/", sent).status_code == 302
    page = client.get(base, {"tab": "changes"}).content.decode()
    assert "application 7" in page and "correction" in page and "Replaced at" in page
    with acting(system_actor("test")):
        from lokum.property.occupancy.queries import agreement_history

        lines = [one for one in agreement_history(agreement.pk) if one.change.name == "due_day"]
    assert [(one.old_text, one.new_text) for one in lines] == [("20", "25"), ("–", "20")]
    assert lines[1].change.replaced_at == lines[0].change.recorded_at
    assert _client(world["viewer"]).post(base + "do/change_due_day/", {}).status_code == 403


@pytest.mark.req("REG-12")
def test_the_card_shows_titles_and_agreements_subject_to_rights(world):
    with acting(system_actor("test")):
        make_opened_agreement(premises=world["flat"], payer=world["owner"])
        cashier = make_user()
        make_grant(cashier, ["estates.premises:view"])
    base = f"/office/estates/premises/{world['flat'].pk}/"
    page = _client(world["all"]).get(base, {"tab": "titles"}).content.decode()
    assert "Nowak Ewa" in page and "tab=agreements" in page
    hidden = _client(cashier).get(base, {"tab": "titles"}).content.decode()
    assert "Nowak" not in hidden and 'href="?tab=titles"' not in hidden


def _upload(world, content, **over):
    data = content if isinstance(content, bytes) else book(content)
    values = {
        "file": SimpleUploadedFile("estate.xlsx", data), "entity": world["entity"].pk, "valid_from": "2025-01-01",
        "source": "", "policy": "all", "with_agreements": "on",
    } | over  # fmt: skip
    return _client(world["all"]).post("/office/occupancy/workbook/", values)


@pytest.mark.req("REG-03", "PLT-24")
def test_a_workbook_is_checked_and_brought_in_on_its_pages(world):
    client = _client(world["all"])
    assert client.get("/office/occupancy/workbook/").status_code == 200
    bad = GOOD | {"premises": [*GOOD["premises"], ["B1/9", "B9", "9", "dwelling"]]}
    answer = _upload(world, bad)
    page = client.get(answer["Location"]).content.decode()
    assert "1 problem" in page and "no building with the code “B9”" in page and "Bring in now" not in page
    assert client.post(answer["Location"]).status_code == 422
    with acting(system_actor("test")):
        assert not Premises.objects.filter(code="B1/1").exists()

    answer = _upload(world, GOOD)
    assert "Bring in now" in client.get(answer["Location"]).content.decode()
    assert client.post(answer["Location"]).status_code == 302
    assert "Show the tree" in client.get(answer["Location"]).content.decode()
    assert client.post(answer["Location"]).status_code == 409
    with acting(system_actor("test")):
        assert Premises.objects.filter(code__startswith="B1/").count() == 3
        assert Party.objects.filter(code__in=["C1", "C2", "C3"]).count() == 3

    answer = _upload(world, b"not a workbook")
    assert answer.status_code == 422 and "not a readable xlsx workbook" in answer.content.decode()
    stranger = _client(world["viewer"]).get("/office/occupancy/workbook/")
    assert stranger.status_code == 403


@pytest.mark.req("REG-03")
def test_a_workbook_is_undone_on_its_page_and_through_the_api(world):
    client = _client(world["all"])
    address = _upload(world, GOOD)["Location"]
    client.post(address)
    with acting(system_actor("test")):
        Premises.objects.filter(code="B1/2").update(register_number="WA1M/00000001/9", version=2)
    refused = client.post(f"{address}undo/")
    page = refused.content.decode()
    assert refused.status_code == 409 and "Rows changed or used since" in page and "It was changed since." in page
    with acting(system_actor("test")):
        Premises.objects.filter(code="B1/2").update(register_number="", version=1)
    assert client.post(f"{address}undo/").status_code == 302
    page = client.get(address).content.decode()
    assert "This workbook was undone" in page and "Undo the workbook" not in page
    with acting(system_actor("test")):
        assert not Premises.objects.filter(code__startswith="B1/").exists()

    address = _upload(world, GOOD)["Location"]
    client.post(address)
    number = address.rstrip("/").rpartition("/")[2]
    with acting(system_actor("test")) as actor:
        _token, secret = issue_token(world["all"], name="test", scopes=["*"], days=3, actor=actor)
    head = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "undo-1"}
    call = f"/api/v1/occupancy/estateimport/{number}/undo"
    answer = Client().post(call, b"{}", content_type="application/json", headers=head)
    assert answer.status_code == 200, answer.content
    with acting(system_actor("test")):
        assert not Premises.objects.filter(code__startswith="B1/").exists()
    assert _client(world["viewer"]).post(f"{address}undo/").status_code == 403


@pytest.mark.req("REG-03")
def test_what_goes_out_comes_back_unchanged(world):
    client = _client(world["all"])
    client.post(_upload(world, GOOD)["Location"])
    sent = {"export-estate": [world["estate"].pk], "export-on": "2025-01-01"}
    data = client.post("/office/occupancy/workbook/export/", sent).content
    assert openpyxl.load_workbook(io.BytesIO(data))["Premises"].max_row == 5
    page = client.get(_upload(world, data)["Location"]).content.decode()
    numbers = [part.split("<")[0] for part in page.split('<td class="num">')[1:]]
    assert "problem" not in page.split("</h2>")[-1] and len(numbers) == 24
    added, changed, values = numbers[0::4], numbers[1::4], numbers[3::4]
    assert set(added) == set(changed) == set(values) == {"0"}
    assert client.get("/office/occupancy/workbook/template/").content[:2] == b"PK"


def test_a_long_list_of_premises_is_typed_not_picked(world):
    from lokum.property.estates.models import Premises as Model

    with acting(system_actor("test")):
        building = world["flat"].building
        Model.objects.bulk_create(Model(building=building, number=f"X{n}", kind="garage") for n in range(250))
    client, address = _client(world["all"]), "/office/occupancy/title/do/open/"
    page = client.get(address).content.decode()
    assert "/X200" not in page and f'hx-get="{address}?choices=premises"' in page
    assert "/X200" in client.get(address, {"choices": "premises", "premises": "X200"}).content.decode()
    assert _open(world, premises=world["flat"].code).status_code == 302
