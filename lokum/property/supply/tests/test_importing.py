"""Supply customers from a sheet: points, quantities, customers and agreements; bad rows by line, undo as one batch."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.desk.models import ImportBatch
from lokum.core.organisation.factories import make_entity
from lokum.money.ledger.models import Account
from lokum.property.estates.factories import make_estate
from lokum.property.estates.models import PremisesFact
from lokum.property.estates.queries import facts_as_of
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.factories import make_party
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.models import Party
from lokum.property.supply.factories import make_network, make_supply_point
from lokum.property.supply.models import SupplyPoint

LIST = "/office/supply/supplypoint/"
DAY = dt.date(2026, 3, 1)
HEAD = (
    "Building,Number,Code,What is supplied,Address of the supply point,Quantity,Quantity from,Number of the customer,"
    "Last name or company name,First name,Tax number,Served from,Number of the agreement"
)
pytestmark = pytest.mark.usefixtures("as_system")


@pytest.fixture
def world(as_system: Any) -> dict[str, Any]:
    estate = make_estate()
    entity = make_entity(node=estate.node)
    network = make_network(estate=estate, name="Sieć Północ")
    old = make_supply_point(building=network, entity=entity, resource="heat", code="HEAT-1")
    record_fact(old.pk, "contracted_power", Decimal(120), dt.date(2025, 1, 1), source="umowa 1", actor=as_system)
    user = make_user()
    make_grant(user, ["*"])
    client = Client()
    client.force_login(user)
    return {"network": network.code, "entity": entity, "old": old, "party": make_party(), "client": client}


def _rows(world: dict[str, Any]) -> list[str]:
    """Two new points of one new customer, one of a known customer, and another quantity for a known point."""
    net, known = world["network"], world["party"].code
    return [
        f"{net},1,N-1,heat,ul. Cieplna 1,180,2026-03-01,,Piekarnia Rogal sp. z o.o.,,5260250274,2026-03-01,D/1/2026",
        f'{net},2,N-2,Water,ul. Cieplna 2,"14,5",01.03.2026,,Piekarnia Rogal sp. z o.o.,,5260250274,1 Mar 2026,',
        f"{net},3,N-3,ground,ul. Cieplna 3,250,,{known},,,,2026-03-01,",
        f"{net},{world['old'].number},HEAT-1,heat,{world['old'].address},150,2026-03-01,,,,,,",
    ]


def _take(world: dict[str, Any], rows: list[str], policy: str = "all") -> tuple[str, ImportBatch]:
    """Upload, guessed mapping, dry run."""
    client, sheet = world["client"], "\n".join([HEAD, *rows]).encode()
    address = client.post(f"{LIST}import/", {"file": SimpleUploadedFile("customers.csv", sheet)})["Location"]
    headings = client.get(address).context["headings"]
    columns = {f"column-{one['position']}": one["field"] for one in headings}
    assert all(columns.values()), columns
    client.post(address, {"step": "check", "policy": policy, **columns})
    return address, ImportBatch.objects.get(pk=address.rstrip("/").split("/")[-1])


def _quantity(code: str, on: dt.date = DAY) -> Decimal | None:
    point = SupplyPoint.objects.get(code=code)
    kinds = {"heat": "contracted_power", "water": "contracted_volume", "ground": "ground_area"}
    found = facts_as_of(point.pk, on).get(kinds[point.resource])
    return found.value if found else None


def _state() -> tuple[int, ...]:
    counted = (SupplyPoint, Agreement, Account, Party, PremisesFact)
    return tuple(model.objects.count() for model in counted)


@pytest.mark.req("PPL-06", "REG-03", "PLT-24")
def test_customers_with_quantities_come_in_and_are_taken_back(world: dict[str, Any]) -> None:
    before = _state()
    address, batch = _take(world, _rows(world))
    assert (batch.created_count, batch.updated_count, batch.error_count) == (3, 1, 0)
    assert _state() == before, "a dry run leaves nothing behind"
    world["client"].post(address, {"step": "run"})
    batch.refresh_from_db()
    assert batch.state == "done"
    assert [_quantity(f"N-{number}") for number in (1, 2, 3)] == [Decimal(180), Decimal("14.5"), Decimal(250)]
    assert (_quantity("HEAT-1", dt.date(2026, 2, 28)), _quantity("HEAT-1")) == (Decimal(120), Decimal(150))
    rogal = Party.objects.get(last_name="Piekarnia Rogal sp. z o.o.")
    assert rogal.kind == "company" and rogal.tax_number == "5260250274"
    signed = Agreement.objects.filter(premises__code__in=["N-1", "N-2", "N-3"]).order_by("premises__code")
    assert [one.payer for one in signed] == [rogal, rogal, world["party"]] and signed[0].code == "D/1/2026"
    assert all(one.kind == "supply" and one.valid.lower == DAY for one in signed)
    assert Account.objects.filter(agreement__in=signed).count() == 3
    # The same sheet again changes nothing.
    assert [_take(world, _rows(world)[3:])[1].same_count] == [1]
    world["client"].post(address, {"step": "undo"})
    batch.refresh_from_db()
    assert batch.state == "undone"
    assert _quantity("HEAT-1") == Decimal(120) and not SupplyPoint.objects.filter(code__startswith="N-").exists()
    assert _state()[:4] == before[:4]


@pytest.mark.req("PPL-06", "REG-03", "PLT-24")
def test_bad_rows_are_named_by_line_and_column(world: dict[str, Any]) -> None:
    net = world["network"]
    good = f"{net},10,G-1,heat,ul. Dobra 1,20,2026-03-01,,,,,,"
    bad = [
        ("NOWHERE,1,B-1,heat,x,20,2026-03-01,,,,,,", "building"),
        (f"{net},11,B-2,steam,x,20,2026-03-01,,,,,,", "resource"),
        (f"{net},12,B-3,heat,x,-5,2026-03-01,,,,,,", "quantity"),
        (f"{net},13,B-4,heat,x,many,2026-03-01,,,,,,", "quantity"),
        (f"{net},14,B-5,heat,x,20,31.02.2026,,,,,,", "quantity_from"),
        (f"{net},15,B-6,heat,x,20,,,,,,,", "quantity_from"),
        (f"{net},16,B-7,heat,x,,,K999999,,,,2026-03-01,", "customer"),
        (f"{net},17,B-8,heat,x,,,{world['party'].code},Nowak,,,2026-03-01,", "new_name"),
        (f"{net},18,B-9,heat,x,,,,Nowak,Jan,,,", "served_from"),
        (f"{net},19,B-10,heat,x,,,,,Jan,,2026-03-01,", "customer"),
        (f"{net},20,B-11,heat,x,,,,Firma,,1234567890,2026-03-01,", "new_tax_number"),
        (f"{net},10,G-2,heat,x,,,,,,,,", ""),
        (good, "code"),
    ]
    address, batch = _take(world, [good, *(row for row, _column in bad)], "good")
    errors = {row.number: set(row.errors) for row in batch.rows.filter(outcome="error")}
    assert sorted(errors) == list(range(3, 3 + len(bad)))
    for number, (row, column) in enumerate(bad, start=3):
        assert not column or errors[number] == {column}, (row, errors[number])
    world["client"].post(address, {"step": "run"})
    assert _quantity("G-1") == Decimal(20) and not SupplyPoint.objects.filter(code__startswith="B-").exists()
    strict, _batch = _take(world, [row for row, _column in bad[:1]] + [f"{net},30,G-9,heat,x,,,,,,,,"])
    world["client"].post(strict, {"step": "run"})
    assert not SupplyPoint.objects.filter(code="G-9").exists(), "one bad row stops all"


@pytest.mark.req("PPL-06", "PLT-24")
def test_what_was_used_since_is_not_taken_back(world: dict[str, Any], as_system: Any) -> None:
    rows = _rows(world)
    first, _batch = _take(world, rows[:1])
    world["client"].post(first, {"step": "run"})
    point = SupplyPoint.objects.get(code="N-1")
    record_fact(point.pk, "contracted_power", Decimal(90), dt.date(2026, 6, 1), source="aneks", actor=as_system)
    refused = world["client"].post(first, {"step": "undo"})
    assert refused.status_code == 409 and SupplyPoint.objects.filter(code="N-1").exists()
    second, _batch = _take(world, [rows[0].replace("Rogal", "Inna").replace("5260250274", "7010023435")])
    world["client"].post(second, {"step": "run"})
    batch = ImportBatch.objects.get(pk=second.rstrip("/").split("/")[-1])
    assert batch.error_count == 1 and Agreement.objects.filter(premises=point).count() == 1


@pytest.mark.req("REG-03")
def test_an_exported_sheet_comes_back_and_three_changes_are_three(world: dict[str, Any]) -> None:
    client = world["client"]
    address, _batch = _take(world, _rows(world)[:3])
    client.post(address, {"step": "run"})
    data = client.get(f"{LIST}export/?format=xlsx&scope=fields").content
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    heads = [str(cell.value).casefold() for cell in sheet[1]]
    quantity, since, code = (heads.index(one) for one in ("quantity", "quantity from", "code"))
    for row in sheet.iter_rows(min_row=2):
        if row[code].value in ("N-1", "N-2", "HEAT-1"):
            row[quantity].value, row[since].value = 33, dt.date(2026, 5, 1)
    kept = io.BytesIO()
    book.save(kept)
    upload = SimpleUploadedFile("back.xlsx", kept.getvalue())
    address = client.post(f"{LIST}import/", {"file": upload})["Location"]
    headings = client.get(address).context["headings"]
    client.post(
        address, {"step": "check", "policy": "all"} | {f"column-{one['position']}": one["field"] for one in headings}
    )
    batch = ImportBatch.objects.get(pk=address.rstrip("/").split("/")[-1])
    assert (batch.created_count, batch.updated_count, batch.same_count, batch.error_count) == (0, 3, 1, 0)
    facts = PremisesFact.objects.count()
    client.post(address, {"step": "run"})
    assert [_quantity(one, dt.date(2026, 5, 1)) for one in ("N-1", "N-2", "HEAT-1")] == [Decimal(33)] * 3
    assert PremisesFact.objects.count() > facts
