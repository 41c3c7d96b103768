"""Fields an operator adds: in form, list, filters, sheets and API at once; a wrong type is refused everywhere."""

import io
import json
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.organisation.factories import make_own_field_definition
from lokum.core.organisation.models import OwnFieldDefinition
from lokum.property.estates.factories import make_premises
from lokum.property.estates.models import Premises
from lokum.property.occupancy.factories import make_agreement
from lokum.property.parties.factories import make_party

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("PLT-27")]

PAGE = "/office/estates/premises/"


@pytest.fixture
def office() -> Client:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def fields() -> dict[str, OwnFieldDefinition]:
    """One field of each type; "rooms" is required, "heating" is shown in the list."""
    wanted = {
        "remark": {"type": "text", "label": "Remark"},
        "rooms": {"type": "integer", "label": "Rooms", "required": True},
        "volume": {"type": "decimal", "label": "Volume"},
        "deposit": {"type": "money", "label": "Deposit"},
        "checked": {"type": "date", "label": "Checked"},
        "heating": {"type": "choice", "label": "Heating", "choices": "gas\ndistrict", "in_list": True},
    }
    return {code: make_own_field_definition(code=code, **values) for code, values in wanted.items()}


GOOD = {"remark": "dry cellar", "rooms": 3, "volume": "160.125", "deposit": "1500.00", "checked": "2026-02-01",
        "heating": "gas"}  # fmt: skip


def _patch(client: Client, premises: Premises, own: dict[str, Any]) -> Any:
    premises.refresh_from_db()
    return client.patch(
        f"/api/v1/estates/premises/{premises.pk}", json.dumps({"own": own}), content_type="application/json",
        headers={"If-Match": f'"{premises.version}"'},
    )  # fmt: skip


def test_a_new_field_is_in_form_list_export_and_api_at_once(office: Client) -> None:
    premises = make_premises()
    add = {"object_label": "estates.premises", "code": "heating", "label": "Heating kind", "type": "choice",
           "choices": "gas\ndistrict", "in_list": "on", "position": 10, "active": "on"}  # fmt: skip
    answer = office.post("/office/organisation/ownfielddefinition/add/", add)
    assert answer.status_code == 302, answer.context["form"].errors
    form = office.get(f"{PAGE}{premises.pk}/edit/")
    assert "Heating kind" in form.content.decode()
    data = {name: value for name, value in form.context["form"].initial.items() if value not in (None, "")}
    data |= {"building": premises.building_id, "own__heating": "gas"}
    data = {name: getattr(value, "pk", value) for name, value in data.items()}
    answer = office.post(f"{PAGE}{premises.pk}/edit/", data)
    assert answer.status_code == 302, answer.context["form"].errors
    premises.refresh_from_db()
    assert premises.own == {"heating": "gas"}
    shown = office.get(PAGE).content.decode()
    assert "Heating kind" in shown and ">gas<" in shown
    assert "Heating kind" in office.get(f"{PAGE}{premises.pk}/").content.decode()
    sheet = office.get(f"{PAGE}export/?format=csv").content.decode()
    assert "Heating kind" in sheet and "gas" in sheet
    assert office.get(f"/api/v1/estates/premises/{premises.pk}").json()["own"] == {"heating": "gas"}
    history = office.get(f"{PAGE}{premises.pk}/?tab=history").content.decode()
    assert "Heating kind" in history


def test_values_keep_their_type(office: Client, fields: Any) -> None:
    premises = make_premises()
    answer = _patch(office, premises, GOOD)
    assert answer.status_code == 200, answer.content
    assert answer.json()["own"] == GOOD
    premises.refresh_from_db()
    assert premises.own["volume"] == "160.125" and premises.own["rooms"] == 3


@pytest.mark.parametrize(
    ("code", "value"),
    [("rooms", "three"), ("rooms", 2.5), ("rooms", True), ("rooms", None), ("volume", "wide"), ("volume", "1.1234567"),
     ("deposit", "1.005"), ("checked", "soon"), ("checked", "2026-02-30"), ("heating", "wood"), ("remark", 5),
     ("remark", {"a": 1}), ("nothing", 1)],
)  # fmt: skip
def test_a_wrong_type_is_refused_by_the_api(office: Client, fields: Any, code: str, value: Any) -> None:
    premises = make_premises()
    answer = _patch(office, premises, {code: value})
    assert answer.status_code == 422, answer.content
    assert f"own__{code}" in json.dumps(answer.json())
    premises.refresh_from_db()
    assert premises.own == {}


def test_filters_of_page_and_api(office: Client, fields: Any) -> None:
    one, two, none = make_premises(), make_premises(), make_premises()
    assert _patch(office, one, GOOD).status_code == 200
    assert _patch(office, two, {"rooms": 5, "heating": "district", "checked": "2026-05-01"}).status_code == 200
    for query, wanted in {
        "own__heating=gas": [one], "own__rooms_from=4": [two], "own__rooms_to=4": [one], "own__remark=CELLAR": [one],
        "own__checked_from=2026-03-01": [two], "own__volume_from=160": [one], "own__deposit_empty=1": [two, none],
        "own__heating=gas&own__heating=district": [one, two], "own__deposit_empty=0": [one],
    }.items():  # fmt: skip
        pks = {row["pk"] for row in office.get(f"{PAGE}?{query}").context["rows"]}
        assert pks == {each.pk for each in wanted}, query
        items = office.get(f"/api/v1/estates/premises?{query}").json()["items"]
        assert {item["id"] for item in items} == pks, query
    assert office.get(f"{PAGE}?own__rooms_from=many").context["errors"]
    assert office.get("/api/v1/estates/premises?own__heating=wood").status_code == 422
    assert office.get("/api/v1/estates/premises?own__unknown=1").status_code == 422


def test_sheets_out_and_in(office: Client, fields: Any) -> None:
    premises = make_premises()
    assert _patch(office, premises, GOOD).status_code == 200
    out = office.get(f"{PAGE}export/?format=xlsx&scope=fields").content
    book = openpyxl.load_workbook(io.BytesIO(out))
    sheet = book.active
    head = [cell.value for cell in sheet[1]]
    assert {"Rooms", "Volume", "Heating"} <= set(head)
    sheet.cell(2, head.index("Rooms") + 1, 4)
    assert _bring(office, book).updated_count == 1
    premises.refresh_from_db()
    assert premises.own == {**GOOD, "rooms": 4}
    sheet.cell(2, head.index("Rooms") + 1, "four")
    batch = _bring(office, book)
    assert batch.error_count == 1 and "own__rooms" in batch.rows.get().errors


def _bring(client: Client, book: Any) -> Any:
    from lokum.core.desk.models import ImportBatch

    stream = io.BytesIO()
    book.save(stream)
    upload = client.post(f"{PAGE}import/", {"file": SimpleUploadedFile("p.xlsx", stream.getvalue())})
    context = client.get(upload["Location"]).context
    columns = {f"column-{each['position']}": each["field"] for each in context["headings"]}
    client.post(upload["Location"], {"step": "check", "policy": "all", **columns})
    client.post(upload["Location"], {"step": "run"})
    return ImportBatch.objects.get(pk=context["batch"].pk)


def test_a_required_field_is_asked_for_when_a_record_is_added(office: Client, fields: Any) -> None:
    known = make_premises()
    body = {"building": known.building_id, "code": "NEW", "number": "7", "kind": "dwelling", "opened_on": "2026-01-01"}
    answer = office.post("/api/v1/estates/premises", json.dumps(body), content_type="application/json")
    assert answer.status_code == 422 and "own__rooms" in answer.content.decode()
    body["own"] = {"rooms": 2}  # type: ignore[assignment]
    answer = office.post("/api/v1/estates/premises", json.dumps(body), content_type="application/json")
    assert answer.status_code == 201, answer.content


def test_definitions_do_not_change_under_their_values(office: Client, fields: Any) -> None:
    premises = make_premises()
    assert _patch(office, premises, GOOD).status_code == 200
    rooms, heating = fields["rooms"], fields["heating"]
    page = "/office/organisation/ownfielddefinition/"

    def edit(one: OwnFieldDefinition, **over: Any) -> int:
        data = {"object_label": one.object_label, "code": one.code, "label": one.label, "type": one.type,
                "choices": one.choices, "position": one.position, "active": "on"} | over  # fmt: skip
        return office.post(f"{page}{one.pk}/edit/", data).status_code  # type: ignore[no-any-return]

    assert edit(rooms, type="date") in (409, 422)
    assert edit(rooms, code="rooms_count") == 422
    assert edit(heating, choices="district\nwood") in (409, 422)
    assert edit(heating, choices="district\nwood\ngas") == 302
    assert edit(rooms, choices="a\nb") == 422
    assert edit(rooms, object_label="access.user") == 422
    assert office.post(f"{page}{rooms.pk}/do/remove/").status_code == 409
    assert edit(rooms, active="") == 302
    assert "own__rooms" not in {one.path for one in office.get(PAGE).context["choosable"] for one in one[:1]}
    assert office.post(f"{page}{fields['remark'].pk}/do/remove/").status_code == 409


def test_parties_and_agreements_take_own_fields_too(office: Client) -> None:
    make_own_field_definition(object_label="parties.party", code="mascot", label="Mascot", type="text")
    make_own_field_definition(object_label="occupancy.agreement", code="pets", label="Pets", type="integer")
    party, agreement = make_party(), make_agreement()
    assert "Mascot" in office.get(f"/office/parties/party/{party.pk}/edit/").content.decode()
    page = f"/office/occupancy/agreement/{agreement.pk}"
    assert office.post(f"{page}/edit/", {"own__pets": "2"}).status_code == 302
    agreement.refresh_from_db()
    assert agreement.own == {"pets": 2}
    assert office.post(f"{page}/edit/", {"own__pets": "cat"}).status_code == 422
    body = {"bulk": "edit", "confirmed": "1", "selected": [agreement.pk], "set_fields": ["own__pets"],
            "own__pets": "3", "policy": "all"}  # fmt: skip
    assert office.post("/office/occupancy/agreement/bulk/", body).status_code == 302
    agreement.refresh_from_db()
    assert agreement.own == {"pets": 3}
    assert office.get("/office/occupancy/agreement/?own__pets_from=3").context["rows"]


@pytest.mark.parametrize(
    ("register", "page", "make"),
    [("parties.party", "parties/party", make_party), ("occupancy.agreement", "occupancy/agreement", make_agreement)],
)
def test_a_new_field_of_parties_and_contracts_is_in_form_list_export_and_api_at_once(
    office: Client, register: str, page: str, make: Any
) -> None:
    record, other = make(), make()
    add = {"object_label": register, "code": "pledge", "label": "Pledge", "type": "money", "in_list": "on",
           "position": 10, "active": "on"}  # fmt: skip
    assert office.post("/office/organisation/ownfielddefinition/add/", add).status_code == 302
    assert "Pledge" in office.get(f"/office/{page}/{record.pk}/edit/").content.decode()
    for value, status in (("much", 422), ("1.005", 422), ("1500.00", 200)):
        record.refresh_from_db()
        answer = office.patch(
            f"/api/v1/{page}/{record.pk}", json.dumps({"own": {"pledge": value}}), content_type="application/json",
            headers={"If-Match": f'"{record.version}"'},
        )  # fmt: skip
        assert answer.status_code == status, answer.content
    assert office.get(f"/api/v1/{page}/{record.pk}").json()["own"] == {"pledge": "1500.00"}
    shown = office.get(f"/office/{page}/").content.decode()
    assert "Pledge" in shown and "1,500.00" in shown
    sheet = office.get(f"/office/{page}/export/?format=csv").content.decode()
    assert "Pledge" in sheet and ",1500" in sheet
    for query, wanted in (("own__pledge_from=1000", record.pk), ("own__pledge_empty=1", other.pk)):
        assert [row["pk"] for row in office.get(f"/office/{page}/?{query}").context["rows"]] == [wanted]
        assert [one["id"] for one in office.get(f"/api/v1/{page}?{query}").json()["items"]] == [wanted]


def test_without_own_fields_an_agreement_is_not_edited(office: Client) -> None:
    agreement = make_agreement()
    assert office.get(f"/office/occupancy/agreement/{agreement.pk}/edit/").status_code == 404
