"""Sheets out and in: what leaves can come back, what is wrong is named by row, what was brought in can be undone."""

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.importing.workbook import read_sheet
from lokum.core.desk.models import ImportBatch, ImportRow
from lokum.core.organisation.factories import make_entity, make_node
from lokum.core.organisation.models import Entity, EntityFund

FUNDS = "/office/organisation/entityfund/"
ENTITIES = "/office/organisation/entity/"
HEAD = "Entity,Code,Name\n"


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    with acting(system_actor("test")):
        north, south = make_node(code="N"), make_node(code="S")
        mine = make_entity(code="SM1", name="=1+1", node=north, tax_number="")
        other = make_entity(code="SM2", node=south)
        everything, scoped = make_user(), make_user()
        make_grant(everything, ["*"])
        make_grant(scoped, ["organisation.*:*"], scopes={"node": [north.pk]})
        return {"mine": mine, "other": other, "all": everything, "scoped": scoped}


def _client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _upload(client: Client, text: str | bytes, name: str = "funds.csv", address: str = FUNDS) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(f"{address}import/", {"file": SimpleUploadedFile(name, data)})


def _bring_in(client: Client, text: str | bytes, policy: str = "all", **over: Any) -> ImportBatch:
    """Upload, dry run with the guessed columns, bring in; the batch as it stands then."""
    answer = _upload(client, text, **over)
    assert answer.status_code == 302, answer.content.decode()
    address = answer["Location"]
    context = client.get(address).context
    columns = {f"column-{each['position']}": each["field"] for each in context["headings"]}
    assert client.post(address, {"step": "check", "policy": policy, **columns}).status_code == 302
    client.post(address, {"step": "run"})
    return ImportBatch.objects.get(pk=context["batch"].pk)


def _funds() -> dict[str, str]:
    with acting(system_actor("test")):
        return dict(EntityFund.objects.values_list("code", "name"))


@pytest.mark.req("PLT-24")
def test_the_same_sheet_twice_adds_nothing(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    sheet = HEAD + "SM1,F1,Repairs\nSM2,F1,Running costs\n"
    first = _bring_in(client, sheet)
    assert (first.state, first.created_count) == ("done", 2)
    again = _bring_in(client, sheet)
    assert (again.created_count, again.updated_count, again.same_count) == (0, 0, 2)
    changed = _bring_in(client, HEAD + "SM1,F1,Repair fund\n")
    assert changed.updated_count == 1
    with acting(system_actor("test")):
        assert EntityFund.objects.get(entity=world["mine"]).version == 2


@pytest.mark.req("PLT-24")
def test_one_bad_row_stops_all_and_is_named(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    sheet = HEAD + "SM1,F1,Repairs\nNOWHERE,F2,Lost\nSM1,,No key\nSM1,F1,Twice\n" + f"SM1,F4,{'x' * 200}\n"
    answer = _upload(client, sheet)
    address = answer["Location"]
    columns = {"column-0": "entity", "column-1": "code", "column-2": "name"}
    client.post(address, {"step": "check", "policy": "all", **columns})
    page = client.get(address)
    rows = {error["number"]: error["field"] for error in page.context["errors"]}
    assert rows == {3: "Entity", 4: "Entity", 5: "Entity", 6: "Name"}
    assert not page.context["may_run"]
    client.post(address, {"step": "run"})
    assert _funds() == {}
    client.post(address, {"step": "check", "policy": "good", **columns})
    client.post(address, {"step": "run"})
    assert _funds() == {"F1": "Repairs"}


@pytest.mark.req("PLT-24")
def test_an_unused_batch_is_undone_a_used_one_is_not(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    _bring_in(client, HEAD + "SM1,F1,Repairs\n")
    batch = _bring_in(client, HEAD + "SM1,F1,Repair fund\nSM1,F2,Running costs\n")
    address = f"{FUNDS}import/{batch.pk}/"
    assert client.post(address, {"step": "undo"}).status_code == 302
    assert _funds() == {"F1": "Repairs"}
    later = _bring_in(client, HEAD + "SM1,F3,Third\n")
    with acting(system_actor("test")):
        fund = EntityFund.objects.get(code="F3")
    edit = {"entity": world["mine"].pk, "code": "F3", "name": "Changed by hand", "version": 1}
    assert client.post(f"{FUNDS}{fund.pk}/edit/", edit).status_code == 302
    refused = client.post(f"{FUNDS}import/{later.pk}/", {"step": "undo"})
    assert refused.status_code == 409
    assert "Row 2" in refused.content.decode()
    assert _funds()["F3"] == "Changed by hand"


def test_rows_outside_the_scope_are_refused(world: dict[str, Any]) -> None:
    batch = _bring_in(_client(world["scoped"]), HEAD + "SM1,F1,Mine\nSM2,F1,Not mine\n", policy="good")
    assert (batch.created_count, batch.error_count) == (1, 1)
    entities = "Code,Name,Short name,Kind,Node,Legal name,Valid from\nSM9,New,New,community,S,New,2020-01-01\n"
    batch = _bring_in(_client(world["scoped"]), entities, policy="good", address=ENTITIES)
    assert batch.error_count == 1
    with acting(system_actor("test")):
        assert not Entity.objects.filter(code="SM9").exists()
    foreign = f"{FUNDS}import/{batch.pk}/"
    assert _client(world["all"]).get(foreign).status_code == 404


@pytest.mark.req("PLT-25")
def test_an_exported_sheet_comes_back_unchanged_and_text_stays_text(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    for kind in ("xlsx", "csv"):
        answer = client.get(f"{ENTITIES}export/", {"format": kind, "scope": "fields"})
        batch = _bring_in(client, answer.content, name=f"entities.{kind}", address=ENTITIES)
        assert (batch.state, batch.same_count, batch.error_count) == ("done", 2, 0), kind
    answer = client.get(f"{ENTITIES}export/", {"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row}
    assert cells["=1+1"].data_type == "s"
    assert sheet.max_row == 3
    rows = list(
        csv.reader(io.StringIO(client.get(f"{ENTITIES}export/", {"format": "csv"}).content.decode("utf-8-sig")))
    )
    assert "'=1+1" in rows[1]
    dates = client.get(f"{ENTITIES}export/", {"format": "xlsx", "columns": "code,opened_on"})
    sheet = openpyxl.load_workbook(io.BytesIO(dates.content)).active
    assert sheet["B2"].is_date
    scoped = _client(world["scoped"]).get(f"{ENTITIES}export/", {"format": "csv"}).content.decode()
    assert "SM2" not in scoped


def test_formula_cells_and_bombs_are_refused(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    book = openpyxl.Workbook()
    book.active.append(["Entity", "Code", "Name"])
    book.active.append(["SM1", "F1", "=1+1"])
    buffer = io.BytesIO()
    book.save(buffer)
    answer = _upload(client, buffer.getvalue(), "funds.xlsx")
    assert answer.status_code == 422
    assert "C2" in answer.content.decode()
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    for name, data in (
        ("a.xlsx", bomb.getvalue()),
        ("b.xlsx", b"PK\x03\x04nonsense"),
        ("c.csv", b""),
        ("d.csv", b"\x00\x01,b\n1,2"),
    ):
        assert _upload(client, data, name).status_code == 422, name


def test_a_large_sheet_with_one_bad_line_is_quick(world: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lokum.core.desk.importing.services.JOB_ROWS", 10_000)
    rows = [f"SM1,C{number},Fund {number}" for number in range(6000)]
    rows[3999] = f"SM1,C3999,{'x' * 151}"
    rows[4500] = "SM1,C0,again"
    client = _client(world["all"])
    batch = _bring_in(client, HEAD + "\n".join(rows), policy="good")
    assert (batch.created_count, batch.error_count) == (5998, 2)
    assert set(ImportRow.objects.filter(batch=batch, outcome="error").values_list("number", flat=True)) == {4001, 4502}


@pytest.mark.req("PLT-24")
@pytest.mark.parametrize(
    ("offset", "value", "raised"),
    [(6, 1, RuntimeError), (8, 99, NotImplementedError)],
    ids=["encrypted", "compression"],
)
def test_a_locked_or_strangely_packed_workbook_is_called_unreadable(offset, value, raised):
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["Code", "Name"])
    book.save(stream)
    data = bytearray(stream.getvalue())
    for mark, place in (
        (b"PK\x03\x04", offset),
        (b"PK\x01\x02", offset + 2),
    ):  # each file's own head, and the list of files
        found = data.find(mark)
        while found >= 0:
            data[found + place] = value
            found = data.find(mark, found + 1)
    with pytest.raises(raised):
        zipfile.ZipFile(io.BytesIO(bytes(data))).read("xl/worksheets/sheet1.xml")
    with pytest.raises(Refusal) as refused:
        read_sheet(bytes(data), "locked.xlsx")
    assert refused.value.code == "sheet.unreadable"
