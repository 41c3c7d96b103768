"""Own fields with dates: form, API, sheet and action say from which day; the card shows every value as of any day."""

import datetime as dt
import io
import json
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.own_fields import forget
from lokum.core.organisation.factories import make_own_field_definition
from lokum.core.organisation.models import OwnFieldDefinition
from lokum.property.estates.factories import make_premises, make_premises_own_value
from lokum.property.estates.models import FactChange, Premises, PremisesOwnValue
from lokum.property.estates.services import refresh_today, set_own_value
from lokum.property.estates.tests.test_own_fields import _bring, _patch

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("PLT-27", "REG-04")]

PAGE = "/office/estates/premises/"
TODAY = dt.date(2026, 6, 15)
MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="Europe/Warsaw": TODAY)
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def premises(office: Client) -> Premises:
    """Heating by gas before the field was dated; rooms are not dated."""
    made = make_premises(own={"heating": "gas", "rooms": 3})
    make_own_field_definition(code="rooms", label="Rooms", type="integer")
    field = make_own_field_definition(code="heating", label="Heating kind", type="choice", choices="gas\ndistrict")
    edit(office, field, dated="on", expected=302)
    forget()
    return made


def edit(client: Client, one: OwnFieldDefinition, *, expected: int, **over: Any) -> Any:
    data = {"object_label": one.object_label, "code": one.code, "label": one.label, "type": one.type,
            "choices": one.choices, "position": one.position, "active": "on"} | over  # fmt: skip
    answer = client.post(f"/office/organisation/ownfielddefinition/{one.pk}/edit/", data)
    assert answer.status_code == expected, answer.context and answer.context["form"].errors
    return answer


def spans(premises: Premises) -> list[tuple[str, dt.date | None, dt.date | None]]:
    rows = PremisesOwnValue.objects.filter(premises=premises, recorded__endswith=None).order_by("valid")
    return [(row.value, row.valid.lower, row.valid.upper) for row in rows]


def test_what_records_hold_when_a_field_becomes_dated_counts_for_all_time(office: Client, premises: Premises) -> None:
    assert spans(premises) == [("gas", None, None)]
    field = OwnFieldDefinition.objects.get(code="heating")
    assert "stays dated" in str(edit(office, field, expected=422).context["form"].errors)
    other = make_own_field_definition(object_label="occupancy.agreement", code="pets", label="Pets")
    edit(office, other, dated="on", expected=422)
    edit(office, field, dated="on", choices="district", expected=409)


def test_form_and_api_say_from_which_day_a_change_counts(office: Client, premises: Premises) -> None:
    form = office.get(f"{PAGE}{premises.pk}/edit/").context["form"]
    assert list(form.fields)[-1] == "own__valid_from"
    data = {name: getattr(value, "pk", value) for name, value in form.initial.items() if value not in (None, "")}
    data |= {"building": premises.building_id, "own__heating": "district", "own__rooms": "4",
             "own__valid_from": "2026-03-01"}  # fmt: skip
    answer = office.post(f"{PAGE}{premises.pk}/edit/", data)
    assert answer.status_code == 302, answer.context["form"].errors
    premises.refresh_from_db()
    assert premises.own == {"heating": "district", "rooms": 4}
    assert spans(premises) == [("gas", None, MARCH), ("district", MARCH, None)]
    change = FactChange.objects.get(premises=premises)
    assert (change.kind, change.own_code, change.old_value, change.new_value, change.effective_from, change.backdated) \
        == ("own_field", "heating", "gas", "district", MARCH, True)  # fmt: skip
    # Without a day a change counts from today; a later day leaves the value of today where it is.
    assert _patch(office, premises, {"heating": "gas"}).json()["own"] == {"heating": "gas", "rooms": 4}
    assert spans(premises)[-1] == ("gas", TODAY, None)
    later = {"heating": "district", "valid_from": "2026-07-01"}
    assert _patch(office, premises, later).json()["own"] == {"heating": "gas", "rooms": 4}
    assert _patch(office, premises, {"valid_from": "soon"}).status_code == 422
    # The card: today, another day, and what was known before.
    card = office.get(f"{PAGE}{premises.pk}/?tab=facts").content.decode()
    assert "Heating kind" in card and "district" in card
    old = office.get(f"/office/estates/premises/{premises.pk}/facts/", {"on": "2026-02-01"}).context
    assert [(one.label, one.text) for one in old["facts"]] == [("Heating kind", "gas")]
    assert [line.new_text for line in old["lines"]] == ["district", "gas", "district", "gas"]
    register = office.get(f"/api/v1/estates/premisesownvalue?premises={premises.pk}").json()["items"]
    assert {one["value"] for one in register} == {"gas", "district"}


def test_the_value_of_a_later_day_comes_with_that_day(
    office: Client, premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    _patch(office, premises, {"heating": "district", "valid_from": "2026-07-01"})
    assert refresh_today() == 0
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="Europe/Warsaw": dt.date(2026, 7, 1))
    premises.refresh_from_db()
    version = premises.version
    assert (refresh_today(), refresh_today()) == (1, 0)
    premises.refresh_from_db()
    assert premises.own["heating"] == "district" and premises.version == version + 1


def test_a_span_by_the_action_and_what_it_refuses(office: Client, premises: Premises, as_system: Actor) -> None:
    body = {"code": "heating", "value": "district", "valid_from": "2026-01-01", "valid_to": "2026-01-31",
            "source": "protocol 4"}  # fmt: skip
    answer = office.post(f"/api/v1/estates/premises/{premises.pk}/set_own_value", json.dumps(body),
                         content_type="application/json")  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert spans(premises) == [
        ("gas", None, dt.date(2026, 1, 1)), ("district", dt.date(2026, 1, 1), dt.date(2026, 2, 1)),
        ("gas", dt.date(2026, 2, 1), None),
    ]  # fmt: skip
    premises.refresh_from_db()
    assert premises.own["heating"] == "gas"
    assert not set_own_value(premises.pk, "heating", "gas", TODAY, actor=as_system)
    for code, value, until, wanted in (
        ("rooms", "4", None, "own_field.not_dated"), ("heating", "wood", None, "own_field.value"),
        ("heating", "gas", MARCH, "fact.days_in_wrong_order"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            set_own_value(premises.pk, code, value, TODAY, valid_to=until, actor=as_system)
        assert refused.value.code == wanted
    assert set_own_value(premises.pk, "heating", "", TODAY, actor=as_system)
    premises.refresh_from_db()
    assert premises.own == {"rooms": 3} and spans(premises)[-1] == ("gas", dt.date(2026, 2, 1), TODAY)
    make_premises_own_value(premises=premises, code="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_premises_own_value(premises=premises, code="other")


def test_a_sheet_brings_values_with_a_day_and_is_taken_back(office: Client, premises: Premises) -> None:
    out = office.get(f"{PAGE}export/?format=xlsx&scope=fields").content
    book = openpyxl.load_workbook(io.BytesIO(out))
    sheet: Any = book.active
    head = [cell.value for cell in sheet[1]]
    assert "own__valid_from" not in head
    sheet.cell(1, len(head) + 1, "own__valid_from")
    sheet.cell(2, len(head) + 1, "2026-03-01")
    sheet.cell(2, head.index("Heating kind") + 1, "district")
    batch = _bring(office, book)
    assert (batch.updated_count, batch.error_count) == (1, 0)
    assert spans(premises) == [("gas", None, MARCH), ("district", MARCH, None)]
    undone = office.post(f"{PAGE}import/{batch.pk}/", {"step": "undo"})
    assert undone.status_code == 302
    assert spans(premises) == [("gas", None, None)]
    premises.refresh_from_db()
    assert premises.own["heating"] == "gas"
    changes = FactChange.objects.filter(premises=premises).order_by("pk").values_list("old_value", "new_value")
    assert list(changes) == [("gas", "district"), ("district", "gas")]
