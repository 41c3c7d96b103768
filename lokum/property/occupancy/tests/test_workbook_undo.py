"""A workbook taken back as one batch: as it was before, or refused with the rows somebody touched since."""

from decimal import Decimal

import pytest

from lokum.core.annex.services import add_comment
from lokum.core.base.errors import Refusal
from lokum.property.estates.models import (
    Building,
    Entrance,
    FactChange,
    OwnershipShare,
    Premises,
    PremisesEntity,
    PremisesFact,
    Storey,
)
from lokum.property.estates.queries import fact_history, facts_as_of
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.models import Agreement, AgreementAttribute, EstateImport, EstateImportRow, Title
from lokum.property.occupancy.services import set_attribute, undo_workbook
from lokum.property.occupancy.tests.test_workbook import GOOD, JAN, MAR, _import, estate
from lokum.property.parties.models import Party, PartyContact

__all__ = ["estate"]
pytestmark = pytest.mark.req("REG-03")

EVERYTHING = (Building, Entrance, Storey, Premises, PremisesFact, PremisesEntity, OwnershipShare, Title, Agreement,
              AgreementAttribute, Party, PartyContact, FactChange)  # fmt: skip


def _picture():
    """Every column of every row, but for versions and what is kept of the past of values."""
    return {
        model.__name__: sorted(
            tuple(sorted((k, str(v)) for k, v in row.items() if k not in ("id", "version", "recorded", "origin_id")))
            for row in (
                model.objects.filter(recorded__endswith=None) if hasattr(model, "recorded") else model.objects.all()
            ).values()
        )
        for model in EVERYTHING
        if model is not FactChange
    }


def _refused(done, as_system):
    with pytest.raises(Refusal) as refusal:
        undo_workbook(done.pk, actor=as_system)
    assert refusal.value.code == "import.changed_since" and refusal.value.status == 409
    return [(one["sheet"], one["row"], one["text"]) for one in refusal.value.details["problems"]]


def test_an_unused_workbook_leaves_nothing_behind(estate, as_system):
    done = _import(estate, GOOD, as_system)
    assert done.kept and EstateImportRow.objects.filter(workbook=done).exists()

    undone = undo_workbook(done.pk, actor=as_system)

    assert undone.state == EstateImport.State.UNDONE and not EstateImportRow.objects.exists()
    assert [model.__name__ for model in EVERYTHING if model.objects.exists()] == []
    with pytest.raises(Refusal) as twice:
        undo_workbook(done.pk, actor=as_system)
    assert twice.value.code == "import.not_done"
    again = _import(estate, GOOD, as_system)
    assert again.counts == done.counts


def test_changed_records_values_and_shares_are_as_before(estate, as_system):
    _import(estate, GOOD, as_system)
    before = _picture()
    changed = GOOD | {
        "buildings": [GOOD["buildings"][0], ["E1", "B1", "ul. Wierzbowa", "1", "50-002"]],
        "premises": [
            GOOD["premises"][0],
            ["B1/1", "B1", "1", "dwelling", "B", 1, 50, 2],  # another entrance, storey and area
            ["B1/9", "B1", "9", "dwelling", "A", 0, 30, 1],
        ],
        "shares": [GOOD["shares"][0], ["B1/1", 500, 10000], ["B1/9", 300, 10000]],
        "owners": [
            GOOD["owners"][0],
            ["B1/1", "coop_ownership", "2020-05-01", "C1", "Nowak-Lis", "Ewa", "44051401359", "600100201", 1, 2],
            ["B1/1", "coop_ownership", "2020-05-01", "C2", "Nowak", "Jan", "", "600100202", 1, 2],
            ["B1/9", "freehold", "2024-01-01", "C9", "Zima", "Adam", "", "600100203", "", ""],
        ],
    }
    done = _import(estate, changed, as_system, valid_from=MAR)
    flat = Premises.objects.get(code="B1/1")
    assert (
        facts_as_of(flat.pk, MAR)["usable_area"].value == 50 and Party.objects.get(code="C1").last_name == "Nowak-Lis"
    )
    assert flat.shares.count() == 2

    undo_workbook(done.pk, actor=as_system)

    assert _picture() == before
    assert facts_as_of(flat.pk, MAR)["usable_area"].value == Decimal("48.5")
    # The values of the workbook stay in the history, with the moment they ended.
    entries = [
        (one.on, one.new_value, one.replaced_at is None) for one in fact_history(flat.pk) if one.name == "usable_area"
    ]
    assert entries == [(MAR, 50, False), (JAN, Decimal("48.5"), True)]
    noted = FactChange.objects.filter(premises=flat, kind="usable_area").order_by("pk")
    assert [(one.old_value, one.new_value) for one in noted] == [("48.5", "50"), ("50", "48.5")]
    shares = FactChange.objects.filter(premises=flat, kind="share").order_by("pk")
    assert [(one.old_value, one.new_value) for one in shares] == [
        ("485/10000", "500/10000"),
        ("500/10000", "485/10000"),
    ]


def test_a_share_replaced_on_its_first_day_comes_back(estate, as_system):
    _import(estate, GOOD, as_system)
    before = _picture()
    done = _import(estate, {"shares": [GOOD["shares"][0], ["B1/1", 500, 10000]]}, as_system)
    assert OwnershipShare.objects.get(premises__code="B1/1").numerator == 500
    undo_workbook(done.pk, actor=as_system)
    assert _picture() == before


def test_rows_changed_or_used_since_are_named_and_nothing_is_undone(estate, as_system):
    done = _import(estate, GOOD, as_system)
    Building.objects.filter(code="B1").update(name="Lipowa House", version=2)
    flat = Premises.objects.get(code="B1/2")
    record_fact(flat.pk, "usable_area", Decimal(63), MAR, source="Survey", actor=as_system)
    agreement = Agreement.objects.get(premises__code="B1/2")
    set_attribute(agreement.pk, "norm", "3", MAR, source="Letter", actor=as_system)
    add_comment(Premises.objects.get(code="B1/3"), "The gate is too low.", actor=as_system)
    before = _picture()

    found = _refused(done, as_system)

    assert found == [
        ("Buildings", 2, "It was changed since."),
        ("Premises", 3, "A value was recorded since."),
        ("Premises", 4, "It is in use (comments)."),
        ("Owners", 4, "An attribute of the agreement was recorded since."),
    ]
    assert _picture() == before and EstateImport.objects.get(pk=done.pk).state == "done"


def test_a_later_workbook_is_undone_first(estate, as_system):
    first = _import(estate, GOOD, as_system)
    more = {"premises": [GOOD["premises"][0], ["B1/7", "B1", "7", "dwelling", "A", 0, 20, 1]]}
    second = _import(estate, more, as_system)
    assert {one[2] for one in _refused(first, as_system)} == {"It is in use (premises)."}
    undo_workbook(second.pk, actor=as_system)
    undo_workbook(first.pk, actor=as_system)
    assert not Premises.objects.exists()


def test_a_workbook_of_before_has_no_record(estate, as_system):
    done = _import(estate, GOOD, as_system)
    EstateImport.objects.filter(pk=done.pk).update(kept=False)
    with pytest.raises(Refusal) as refusal:
        undo_workbook(done.pk, actor=as_system)
    assert refusal.value.code == "import.not_kept"
