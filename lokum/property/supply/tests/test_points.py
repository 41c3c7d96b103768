"""Supply points: a register of their own, and nowhere counted among premises."""

import datetime as dt
import io
from decimal import Decimal
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.desk.models import ImportBatch
from lokum.core.organisation.factories import make_entity
from lokum.property.estates.factories import make_building, make_estate, make_premises
from lokum.property.estates.group_queries import group_counts
from lokum.property.estates.models import GroupMember, Premises, PremisesGroup
from lokum.property.estates.queries import compare_totals, facts_as_of, open_premises
from lokum.property.estates.services import record_fact, set_share
from lokum.property.estates.share_sums import share_sums
from lokum.property.occupancy.factories import make_agreement, make_party
from lokum.property.occupancy.household_queries import declaring_offered
from lokum.property.occupancy.services import declare, note_state, open_title, set_persons_source
from lokum.property.occupancy.states import by_state
from lokum.property.occupancy.workbook.writing import export
from lokum.property.supply.factories import make_network, make_supply_point
from lokum.property.supply.models import SupplyPoint
from lokum.property.supply.services import NewPoint, add_point, sign_supply

JAN, MAR = dt.date(2026, 1, 1), dt.date(2026, 3, 1)
LIST = "/office/supply/supplypoint/"


@pytest.fixture
def world(as_system: Any) -> dict[str, Any]:
    """A network in an estate that has one flat, too."""
    estate = make_estate()
    entity = make_entity(node=estate.node)
    flat = make_premises(building=make_building(estate=estate), entity=entity)
    network = make_network(estate=estate, name="Sieć Północ")
    point = make_supply_point(building=network, entity=entity, resource="heat", code="HEAT-1")
    record_fact(point.pk, "contracted_power", Decimal(120), JAN, source="contract 1", actor=as_system)
    return {"estate": estate, "entity": entity, "flat": flat, "network": network, "point": point}


def client(*rights: str, **over: Any) -> Client:
    user = make_user()
    make_grant(user, rights or ("*",), **over)
    made = Client()
    made.force_login(user)
    return made


@pytest.mark.req("PPL-06")
def test_what_counts_premises_leaves_supply_points_out(world: Any, as_system: Any) -> None:
    today, flat, point = clock.today(), world["flat"], world["point"]
    assert list(open_premises(today)) == [flat]
    set_share(flat.pk, 1, 1, JAN, actor=as_system)
    sums = share_sums(world["entity"].pk, today)
    assert [(one.total, one.without) for one in sums] == [(Fraction(1), 0)]
    assert all(line.without_value == 0 for line in compare_totals(world["network"].pk, today))
    assert list(by_state(Premises.objects.all(), ["vacant"], None)) == [flat]
    district = PremisesGroup.objects.create(code="D1", name="D", kind="district", node=world["estate"].node)
    for place in (flat.building, world["network"]):
        GroupMember.objects.create(group=district, kind="district", building=place, valid=(JAN, None))
    user = make_user()
    make_grant(user, ("*",))
    assert [one.count for one in group_counts(district.pk, user)] == [1]
    assert declaring_offered([flat.pk, point.pk], today) == {flat.pk}
    book = openpyxl.load_workbook(
        io.BytesIO(export([world["estate"].pk], today, parties=[], unmasked=True)), read_only=True
    )
    assert [row[0] for row in book["Premises"].iter_rows(min_row=2, values_only=True)] == [flat.code]
    assert [row[1] for row in book["Buildings"].iter_rows(min_row=2, values_only=True)] == [flat.building.code]
    boss = client()
    for page in ("/office/estates/premises/", "/office/estates/tree/", "/office/occupancy/statistics/"):
        assert "HEAT-1" not in boss.get(page).content.decode(), page
    assert boss.get("/api/v1/estates/premises").json()["count"] == 1


@pytest.mark.req("PPL-06")
def test_a_supply_point_has_no_title_household_state_or_share(world: Any, as_system: Any) -> None:
    pk = world["point"].pk
    party = make_party()
    for act in (
        lambda: open_title(pk, "ownership", [(party, 1, 1)], JAN, actor=as_system),
        lambda: set_persons_source([pk], "register", JAN, actor=as_system),
        lambda: declare(pk, "persons", Decimal(2), JAN, actor=as_system),
        lambda: note_state(pk, "vacant", JAN, actor=as_system),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "premises.is_supply_point" and "HEAT-1" in str(refused.value.message)
    with pytest.raises(Refusal) as refused:
        set_share(pk, 1, 2, JAN, actor=as_system)
    assert refused.value.code == "share.of_a_point"
    with pytest.raises(Refusal) as refused:
        record_fact(pk, "usable_area", Decimal(50), JAN, source="x", actor=as_system)
    assert refused.value.code == "fact.not_of_a_point"
    with pytest.raises(IntegrityError), transaction.atomic():
        Premises.objects.filter(pk=pk).update(resource="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Premises.objects.filter(pk=world["flat"].pk).update(resource="heat")


@pytest.mark.req("PPL-06")
def test_points_are_added_once_with_their_quantity_and_belong_to_the_entity(world: Any, as_system: Any) -> None:
    new = NewPoint(world["network"].pk, "12", "ground", "ul. Polna", contracted=Decimal("48.5"), contracted_from=MAR)
    point = add_point(new, actor=as_system)
    assert point.entities.get().entity == world["entity"]
    assert facts_as_of(point.pk, MAR)["ground_area"].value == Decimal("48.5")
    for wrong, code in (
        (new, "premises.number_taken"),
        (NewPoint(world["network"].pk, "13", "steam"), "supply.unknown_resource"),
        (NewPoint(world["network"].pk, "13", "other", contracted=Decimal(1)), "supply.without_quantity"),
    ):
        with pytest.raises(Refusal) as refused:
            add_point(wrong, actor=as_system)
        assert refused.value.code == code
    agreement = sign_supply(point.pk, make_party().pk, MAR, actor=as_system)
    assert (agreement.kind, agreement.code) == ("supply", f"{point.code}-1")
    with pytest.raises(Refusal) as refused:
        sign_supply(point.pk, make_party().pk, JAN, actor=as_system)
    assert refused.value.code == "supply.point_taken"
    sign_supply(point.pk, make_party().pk, JAN, actor=as_system, valid_to=MAR - dt.timedelta(days=1))


@pytest.mark.req("PPL-06")
def test_the_register_is_exported_and_imported_and_shown_by_its_own_name(world: Any) -> None:
    boss = client()
    shown = boss.get(LIST).content.decode()
    assert "Customers without premises" in shown and "120 kW" in shown and "Heat" in shown
    assert f'href="{LIST}"' in boss.get("/office/").content.decode()
    data = boss.get(f"{LIST}export/?format=xlsx").content
    heads = [str(cell.value).casefold() for cell in openpyxl.load_workbook(io.BytesIO(data)).active[1]]
    assert "contracted quantity" in heads and "customer" in heads
    code = world["network"].code
    sheet = (
        "Building,Number,Code,What is supplied,Address of the supply point\n"
        f"{code},1,WATER-1,Water,ul. Wodna 1\n{code},2,WATER-2,steam,ul. Wodna 2\n"
    )
    address = boss.post(f"{LIST}import/", {"file": SimpleUploadedFile("points.csv", sheet.encode())})["Location"]
    context = boss.get(address).context
    columns = {f"column-{each['position']}": each["field"] for each in context["headings"]}
    boss.post(address, {"step": "check", "policy": "good", **columns})
    boss.post(address, {"step": "run"})
    batch = ImportBatch.objects.get(pk=context["batch"].pk)
    assert (batch.created_count, batch.error_count) == (1, 1)
    made = SupplyPoint.objects.get(code="WATER-1")
    assert made.kind == "supply_point" and made.resource == "water" and made.entities.get().entity == world["entity"]
    record = boss.get(f"{LIST}{world['point'].pk}/").content.decode()
    assert "Supply point" in record or "supply point" in record
    assert boss.get(f"/office/estates/place/{world['point'].pk}/").url.startswith(LIST)
    assert boss.get(f"/office/estates/place/{world['flat'].pk}/").url.startswith("/office/estates/premises/")
    assert boss.get(f"/office/estates/premises/{world['point'].pk}/").status_code == 404


@pytest.mark.req("PPL-06")
def test_premises_do_not_become_supply_points_by_hand_and_buildings_need_a_number(world: Any) -> None:
    boss, flat = client(), world["flat"]
    page = boss.get(f"/office/estates/premises/{flat.pk}/edit/").content.decode()
    assert "supply_point" not in page
    answer = boss.patch(
        f"/api/v1/estates/premises/{flat.pk}", {"kind": "supply_point"}, content_type="application/json",
        headers={"If-Match": f'"{flat.version}"'},
    )  # fmt: skip
    assert answer.status_code == 422 and "register of their own" in answer.content.decode()
    values = {"estate": world["estate"].pk, "code": "N2", "kind": "building", "street": "ul. Nowa", "house_number": ""}
    assert boss.post("/office/estates/building/add/", values).status_code == 422
    assert boss.post("/office/estates/building/add/", values | {"kind": "network"}).status_code == 302


@pytest.mark.req("PPL-06", "PLT-11")
def test_rights_and_data_scopes_hold_for_supply_points(world: Any) -> None:
    elsewhere = make_supply_point()
    agreement = make_agreement(premises=elsewhere, kind="supply", entity=make_entity())
    own = client("supply.*:*", "occupancy.*:view", scopes={"building": [world["network"].pk]})
    shown = own.get(LIST).content.decode()
    assert "HEAT-1" in shown and elsewhere.code not in shown
    assert own.get(f"{LIST}{elsewhere.pk}/").status_code == 404
    assert own.get(f"/office/occupancy/agreement/{agreement.pk}/").status_code == 404
    assert own.get("/api/v1/supply/supplypoint").json()["count"] == 1
    assert client("estates.*:view").get(LIST).status_code == 403
    assert SupplyPoint.objects.count() == 2


@pytest.mark.req("PPL-06")
def test_a_point_with_an_agreement_is_not_deleted(world: Any) -> None:
    make_agreement(premises=world["point"], kind="supply", entity=world["entity"])
    answer = client().post(f"{LIST}{world['point'].pk}/delete/")
    assert answer.status_code in (409, 422)
    assert SupplyPoint.objects.filter(pk=world["point"].pk).exists()
