"""A whole estate from one workbook: dry run, errors by row, all or good rows, three cells changed."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest

from lokum.core.audit.models import AuditRow
from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_entity, make_node
from lokum.property.estates.factories import make_estate
from lokum.property.estates.models import Building, Entrance, OwnershipShare, Premises, PremisesFact, Storey
from lokum.property.estates.queries import entity_of, fact_history, facts_as_of
from lokum.property.occupancy import seams
from lokum.property.occupancy.models import Agreement, EstateImport, Title, TitleHolder
from lokum.property.occupancy.queries import Scope, owners_as_of
from lokum.property.occupancy.services import apply_workbook, check_workbook, receive_workbook
from lokum.property.occupancy.workbook.layout import SHEETS
from lokum.property.occupancy.workbook.writing import export, template
from lokum.property.parties.models import Party

JAN, MAR = dt.date(2025, 1, 1), dt.date(2025, 3, 1)

GOOD = {
    "buildings": [
        ["estate_code", "code", "street", "house_number", "postal_code"],
        ["E1", "B1", "ul. Lipowa", "1", "50-001"],
    ],
    "entrances": [["building_code", "code"], ["B1", "A"], ["B1", "B"]],
    "storeys": [["building_code", "level", "name"], ["B1", 0, "Ground floor"], ["B1", 1, ""]],
    "premises": [
        ["code", "building_code", "number", "kind", "entrance_code", "level", "usable_area", "persons"],
        ["B1/1", "B1", "1", "dwelling", "A", 0, 48.5, 2],
        ["", "B1", 2, "Dwelling", "A", 1, "62,10", 3],
        ["B1/3", "B1", "3", "garage", "", "", 15, None],
    ],
    "shares": [["premises_code", "numerator", "denominator"], ["B1/1", 485, 10000], ["B1/2", 621, 10000]],
    "owners": [
        ["premises_code", "title_kind", "valid_from", "party_code", "last_name", "first_name", "personal_number",
         "phone", "numerator", "denominator"],
        ["B1/1", "coop_ownership", "2020-05-01", "C1", "Nowak", "Ewa", "44051401359", "600100200", 1, 2],
        ["B1/1", "coop_ownership", "2020-05-01", "C2", "Nowak", "Jan", "", "", 1, 2],
        ["B1/2", "freehold", dt.date(2021, 1, 1), "C3", "Wójcik", "Anna", "", "", "", ""],
    ],
}  # fmt: skip


def book(content):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in content.items():
        page = workbook.create_sheet(name)
        for row in rows:
            page.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def estate(as_system, monkeypatch, settings, tmp_path):
    settings.FILE_STORE = tmp_path
    monkeypatch.setattr(seams, "_opened", [])
    node = make_node()
    return make_estate(code="E1", node=node), make_entity(node=node)


def _scope(estate):
    return Scope([estate[0].pk], list(Party.objects.values_list("pk", flat=True)))


def _receive(estate, content, actor, **over):
    data = content if isinstance(content, bytes) else book(content)
    values = {"entity_pk": estate[1].pk, "valid_from": JAN} | over
    return receive_workbook(data, "estate.xlsx", actor=actor, **values)


def _import(estate, content, actor, **over):
    one = _receive(estate, content, actor, **over)
    return apply_workbook(one.pk, actor=actor, scope=_scope(estate))


def _problems(estate, content, actor):
    one = check_workbook(_receive(estate, content, actor).pk, actor=actor, scope=_scope(estate))
    return [(problem["sheet"], problem["row"], problem["text"]) for problem in one.problems]


def _with(sheet, *rows, **over):
    return GOOD | {sheet: [*GOOD[sheet], *rows]} | over


@pytest.mark.req("REG-03", "PLT-24")
def test_a_whole_estate_comes_in_and_a_second_time_adds_nothing(estate, as_system):
    checked = check_workbook(_receive(estate, GOOD, as_system).pk, actor=as_system, scope=_scope(estate))
    assert checked.problem_count == 0 and checked.counts["premises"]["created_count"] == 3
    assert not Building.objects.exists() and not Party.objects.exists()

    done = _import(estate, GOOD, as_system)

    assert done.state == EstateImport.State.DONE and done.counts == checked.counts
    flat = Premises.objects.get(code="B1/2")
    assert (flat.number, flat.kind, flat.entrance.code, flat.storey.level) == ("2", "dwelling", "A", 1)
    assert facts_as_of(flat.pk, JAN)["usable_area"].value == Decimal("62.10")
    assert entity_of(flat.pk, JAN) == estate[1].pk
    assert flat.shares.get().numerator == 621
    owners = [(one.title.premises.code, one.party.code, one.numerator, one.denominator) for one in owners_as_of(MAR)]
    assert owners == [("B1/1", "C1", 1, 2), ("B1/1", "C2", 1, 2), ("B1/2", "C3", 1, 1)]
    assert Party.objects.get(code="C1").contacts.get().value == "+48600100200"
    assert Agreement.objects.get(premises=flat).payer.code == "C3"

    again = _import(estate, GOOD, as_system)
    assert all(not count["created_count"] and not count["updated_count"] and not count["values_count"]
               for count in again.counts.values())  # fmt: skip
    counted = (Building, Entrance, Storey, Premises, OwnershipShare, Title, TitleHolder, Party, Agreement)
    assert [one.objects.count() for one in counted] == [1, 2, 2, 3, 2, 2, 3, 3, 2]
    assert PremisesFact.objects.count() == 5


@pytest.mark.req("REG-03")
def test_export_change_three_cells_import_makes_exactly_three_changes(estate, as_system):
    _import(estate, GOOD, as_system)
    data = export([estate[0].pk], MAR, parties=_scope(estate).parties, unmasked=True)
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    premises, owners = workbook["Premises"], workbook["Owners"]
    headings = [cell.value for cell in premises[1]]
    premises.cell(2, headings.index("Usable area") + 1).value = 49.25
    premises.cell(3, headings.index("kind") + 1).value = "office"
    owner_headings = [cell.value for cell in owners[1]]
    owners.cell(2, owner_headings.index("phone") + 1).value = "600 100 299"
    buffer = io.BytesIO()
    workbook.save(buffer)
    before = set(AuditRow.objects.values_list("pk", flat=True))

    done = _import(estate, buffer.getvalue(), as_system, valid_from=MAR)

    assert done.problem_count == 0
    changed = AuditRow.objects.exclude(pk__in=before).exclude(table_name__in=["occupancy_estateimport", ""])
    by_table = sorted((row.table_name, row.action) for row in changed)
    # A new area keeps the old value: its row ends, its remainder before March and the new value are added.
    assert by_table == [
        ("estates_premises", "update"),
        ("estates_premisesfact", "insert"),
        ("estates_premisesfact", "insert"),
        ("estates_premisesfact", "update"),
        ("parties_partycontact", "update"),
    ]
    first = Premises.objects.get(code="B1/1")
    changes = [line for line in fact_history(first.pk) if line.name == "usable_area"]
    assert [(one.old_value, one.new_value, one.on) for one in changes] == [
        (Decimal("48.5"), Decimal("49.25"), MAR),
        (None, Decimal("48.5"), JAN),
    ]
    assert Premises.objects.get(code="B1/2").kind == "office"


@pytest.mark.req("REG-03")
@pytest.mark.parametrize(
    ("sheet", "row", "text"),
    [
        ("premises", ["B9/1", "B9", "1", "dwelling"], "no building with the code “B9”"),
        ("premises", ["B1/9", "B1", "1", "dwelling"], "stands in an earlier row of this building"),
        ("premises", ["B1/1", "B1", "7", "dwelling"], "same key stands in row 2"),
        ("premises", ["B1/9", "B1", "9", "dwelling", "A", 0, -5], "must not be negative: -5"),
        ("premises", ["B1/9", "B1", "9", "castle"], "not one of the choices"),
        ("premises", ["B1/9", "B1", "9", "dwelling", "Z"], "no entrance “Z”"),
        ("premises", ["B1/9", "B1", "9", "dwelling", "A", 7], "no storey 7"),
        ("premises", ["B1/9", "B1", "9", "dwelling", "A", 0, "large"], "“large” is not a number"),
        ("premises", ["B1/9", "B1", "9", "dwelling", "A", 0, "=1+1"], "holds a formula"),
        ("premises", ["B1/9", "B1", "9", "dwelling", "A", 0, 10, 1.5], "whole numbers"),
        ("premises", ["B1/9", "B1", "", "dwelling"], "must not be empty"),
        ("buildings", ["E7", "B2", "ul. X", "1"], "no open estate with the code “E7”"),
        ("buildings", ["E1", "B2", "ul. X", "1", "nonsense"], "postal code looks like"),
        ("entrances", ["B9", "A"], "no building"),
        ("entrances", ["B1", "A"], "same key stands in row 2"),
        ("storeys", ["B1", 1.5], "not a whole number"),
        ("shares", ["B1/9", 1, 2], "no premises with the code “B1/9”"),
        ("shares", ["B1/3", 3, 2], "3/2 is not a share"),
        ("owners", ["B9/9", "freehold", "2020-01-01", "C9", "X"], "no premises"),
        ("owners", ["B1/3", "freehold", "soon", "C9", "X"], "not a date"),
        ("owners", ["B1/3", "freehold", "2020-01-01", "C9", "X", "", "44051401358"], "check digit"),
        ("owners", ["B1/3", "freehold", "2020-01-01", "C9", "X", "", "44051401359"], "same personal number"),
        ("owners", ["B1/3", "freehold", "2020-01-01", "C1", "Other", "Name"], "another name in row 2"),
        ("owners", ["B1/2", "freehold", "2021-01-01", "C9", "X", "", "", "", 1, 3], "more than the whole"),
        ("owners", ["B1/2", "coop_tenancy", "2022-01-01", "C9", "X"], "another title that runs at the same time"),
    ],
)
def test_what_is_wrong_stands_by_row_before_anything_is_written(estate, as_system, sheet, row, text):
    content = _with(sheet, row)
    label = next(str(one.label) for one in SHEETS if one.name == sheet)
    found = _problems(estate, content, as_system)
    assert any(one[0] == label and one[1] == len(content[sheet]) and text in one[2] for one in found), found
    with pytest.raises(Refusal) as refused:
        _import(estate, content, as_system)
    assert refused.value.code == "import.bad_rows"
    assert not Building.objects.exists() and not Title.objects.exists()


@pytest.mark.req("PLT-24")
def test_good_rows_come_in_when_asked(estate, as_system):
    content = _with("premises", ["B1/9", "B1", "9", "dwelling", "A", 0, -5])
    content |= {"owners": [*GOOD["owners"], ["B1/9", "freehold", "2020-01-01", "C9", "X"],
                           ["B1/3", "freehold", "2020-01-01", "C7", "Half", "", "", "", 1, 2],
                           ["B1/3", "freehold", "2020-01-01", "C8", "Wrong", "", "1", "", 1, 2]]}  # fmt: skip
    done = _import(estate, content, as_system, policy="good")
    assert Premises.objects.count() == 3 and done.problem_count == 4
    # The half whose other half is wrong stays out too: nobody gets a torn title.
    assert not Party.objects.filter(code__in=["C7", "C8", "C9"]).exists()


@pytest.mark.req("PPL-02")
def test_an_existing_title_is_not_changed_by_a_sheet(estate, as_system):
    _import(estate, GOOD, as_system)
    rows = [GOOD["owners"][0], ["B1/2", "freehold", "2021-01-01", "C1", "Nowak", "Ewa"],
            ["B1/1", "freehold", "2022-01-01", "C5", "New", "Owner"]]  # fmt: skip
    found = _problems(estate, {"owners": rows}, as_system)
    assert "other holders or shares" in found[0][2] and "overlaps with the title coop_ownership" in found[1][2]


@pytest.mark.req("REG-03")
@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "workbook.unreadable"), (b"PK\x03\x04rubbish", "workbook.unreadable"), (b"a;b;c", "workbook.unreadable")],
)
def test_other_files_are_refused(estate, as_system, data, code):
    with pytest.raises(Refusal) as refused:
        _receive(estate, data, as_system)
    assert refused.value.code == code


def test_unknown_sheets_and_columns_are_named(estate, as_system):
    found = _problems(estate, GOOD | {"cars": [["a"], [1]]}, as_system)
    assert [one[0] for one in found] == ["cars"]
    missing = _problems(estate, GOOD | {"shares": [["premises_code"], ["B1/1"]]}, as_system)
    assert "needs the columns: numerator, denominator" in missing[0][2]
    extra = _problems(estate, GOOD | {"shares": [["premises_code", "numerator", "denominator", "colour"]]}, as_system)
    assert "not known" in extra[0][2]
    with pytest.raises(Refusal) as refused:
        _receive(estate, template(), as_system)
    assert refused.value.code == "workbook.empty"


def test_headings_are_known_in_every_language(estate, as_system):
    from django.utils.translation import override

    with override("pl"):
        data = template()
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    assert len(workbook.sheetnames) == 6
    page = workbook.worksheets[0]
    page.append(["E1", "B1", "ul. Lipowa", "1"])
    buffer = io.BytesIO()
    workbook.save(buffer)
    assert _import(estate, buffer.getvalue(), as_system).counts["buildings"]["created_count"] == 1


def test_a_formula_is_found_in_its_own_cell_beside_an_empty_one(estate, as_system):
    from openpyxl.styles import Font

    workbook = openpyxl.load_workbook(io.BytesIO(book(GOOD)))
    page = workbook["shares"]
    page.append([None, None, None])
    page.cell(4, 1).font = page.cell(4, 2).font = Font(bold=True)
    page.cell(4, 3).value = "=1+1"
    buffer = io.BytesIO()
    workbook.save(buffer)
    one = check_workbook(_receive(estate, buffer.getvalue(), as_system).pk, actor=as_system, scope=_scope(estate))
    formulas = [problem for problem in one.problems if "formula" in problem["text"]]
    assert [(problem["row"], problem["column"]) for problem in formulas] == [(4, "denominator")]
