"""Titles with exact shares, and agreements opened under them."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from lokum.core.base.errors import Refusal
from lokum.property.estates.factories import make_premises
from lokum.property.estates.models import FactChange
from lokum.property.occupancy import seams
from lokum.property.occupancy.factories import make_opened_agreement, make_title, make_title_holder
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.occupancy.queries import agreement_history, agreements_of_party, owners_as_of
from lokum.property.occupancy.services import (
    AgreementTerms,
    TitleRow,
    change_due_day,
    end_title,
    open_title,
    open_titles,
    set_attribute,
    transfer_title,
)
from lokum.property.parties.factories import make_party

JAN, MAR = dt.date(2025, 1, 1), dt.date(2025, 3, 1)


@pytest.mark.req("PPL-02")
def test_owners_as_of_a_day(as_system):
    flat, seller, buyer = make_premises(), make_party(), make_party()
    title = open_title(flat.pk, "freehold", [(seller, 1, 1)], JAN, actor=as_system)
    transfer_title(title.pk, [(buyer, 1, 1)], dt.date(2025, 9, 9), actor=as_system)
    assert [one.party for one in owners_as_of(dt.date(2025, 9, 8))] == [seller]
    assert [one.party for one in owners_as_of(dt.date(2025, 9, 9))] == [buyer]


@pytest.mark.req("PPL-02")
@pytest.mark.parametrize(
    ("shares", "fits"),
    [
        ([(1, 3), (1, 3), (1, 3)], True),
        ([(1, 2), (1, 3), (1, 6)], True),
        ([(1, 2), (1, 2), (1, 10**18)], False),
        ([(999_999_999_999, 10**12), (1, 10**12)], True),
        ([(999_999_999_999, 10**12), (2, 10**12)], False),
    ],
)
def test_shares_never_exceed_the_whole(as_system, shares, fits):
    """Exact in the service and in the database: no rounding lets a billionth through."""
    holders = [(make_party(), *share) for share in shares]
    if fits:
        open_title(make_premises().pk, "freehold", holders, JAN, actor=as_system)
    else:
        with pytest.raises(Refusal) as refused:
            open_title(make_premises().pk, "freehold", holders, JAN, actor=as_system)
        assert refused.value.code == "title.share_above_whole"
    title = make_title(holders=[])
    for party, numerator, denominator in holders[:-1]:
        make_title_holder(title=title, party=party, numerator=numerator, denominator=denominator)
    party, numerator, denominator = holders[-1]
    if fits:
        make_title_holder(title=title, party=party, numerator=numerator, denominator=denominator)
    else:
        with pytest.raises(IntegrityError, match="more than the whole"), transaction.atomic():
            make_title_holder(title=title, party=party, numerator=numerator, denominator=denominator)


@pytest.mark.req("PPL-02")
def test_an_overlap_is_refused_naming_the_other_title(as_system):
    flat, owner = make_premises(), make_party(last_name="Nowak", first_name="Ewa")
    other = open_title(flat.pk, "coop_ownership", [(owner, 1, 1)], JAN, actor=as_system)
    with pytest.raises(Refusal) as refused:
        open_title(flat.pk, "freehold", [(make_party(), 1, 1)], MAR, actor=as_system)
    assert refused.value.code == "title.overlap" and "Nowak Ewa" in str(refused.value.message)
    assert refused.value.details == {"title": other.pk}
    open_title(flat.pk, "lease", [(make_party(), 1, 1)], MAR, actor=as_system)  # a lease beside it is no overlap
    end_title(other.pk, actor=as_system, last_on=dt.date(2025, 2, 28))
    open_title(flat.pk, "freehold", [(make_party(), 1, 1)], MAR, actor=as_system)


@pytest.mark.parametrize("shares", [[], [(0, 1)], [(2, 1)], [(1, 0)], [(-1, 2)]])
def test_impossible_shares_are_refused(as_system, shares):
    with pytest.raises(Refusal):
        open_title(make_premises().pk, "freehold", [(make_party(), *one) for one in shares], JAN, actor=as_system)
    assert not Title.objects.exists()


@pytest.mark.req("PPL-02")
def test_an_agreement_is_opened_together_with_the_title(as_system, monkeypatch):
    told = []
    monkeypatch.setattr(seams, "_opened", [lambda ids, actor: told.append((list(ids), actor))])
    flat, owner = make_premises(), make_party()
    title = open_title(
        flat.pk, "coop_ownership", [(owner, 1, 1)], JAN, actor=as_system, agreement=AgreementTerms(due_day=15)
    )
    agreement = title.agreements.get()
    assert agreement.payer == owner and agreement.entity == flat.entities.get().entity
    assert agreement.code == f"{flat.code}-1" and agreement.due_day == 15
    assert told == [([agreement.pk], as_system)]
    second = transfer_title(title.pk, [(make_party(), 1, 1)], MAR, actor=as_system, agreement=AgreementTerms())
    agreement.refresh_from_db()
    assert agreement.valid.upper == MAR and second.agreements.get().code == f"{flat.code}-2"


def test_premises_without_entity_get_no_agreement(as_system):
    flat = make_premises(entity=None)
    with pytest.raises(Refusal) as refused:
        open_title(flat.pk, "freehold", [(make_party(), 1, 1)], JAN, actor=as_system, agreement=AgreementTerms())
    assert refused.value.code == "premises.no_entity"
    assert not Title.objects.exists() and not Agreement.objects.exists()


def test_many_titles_are_opened_at_once(as_system, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(seams, "_opened", [])
    rows = [
        TitleRow(make_premises().pk, "coop_ownership", [(make_party().pk, 1, 1)], JAN, agreement=AgreementTerms())
        for _ in range(20)
    ]
    with django_assert_max_num_queries(25):
        assert len(open_titles(rows, actor=as_system)) == 20
    assert Agreement.objects.count() == 20


@pytest.mark.req("PPL-04")
def test_an_agreements_history_joins_attributes_and_facts(as_system):
    from decimal import Decimal

    from lokum.property.estates.services import record_fact

    agreement = make_opened_agreement()
    change_due_day(agreement.pk, actor=as_system, due_day=20, valid_from=JAN, source="application 7")
    change_due_day(agreement.pk, actor=as_system, due_day=25, valid_from=JAN, source="correction")
    record_fact(agreement.premises_id, "persons", Decimal(3), MAR, source="declaration", actor=as_system)
    set_attribute(agreement.pk, "norm", "5 m3", MAR, source="council", actor=as_system)

    lines = [(one.change.on, one.change.name, one.change.old_value, one.change.new_value, one.change.source)
             for one in agreement_history(agreement.pk)]  # fmt: skip
    assert (JAN, "due_day", "20", "25", "correction") in lines
    assert (JAN, "due_day", None, "20", "application 7") in lines
    assert (MAR, "persons", None, Decimal(3), "declaration") in lines
    assert (MAR, "norm", None, "5 m3", "council") in lines
    assert any(name == "payer" for _on, name, *_rest in lines)
    with pytest.raises(Refusal):
        set_attribute(agreement.pk, "colour", "red", MAR, source="", actor=as_system)
    with pytest.raises(Refusal):
        change_due_day(agreement.pk, actor=as_system, due_day=31, valid_from=JAN)


@pytest.mark.req("POR-04")
def test_each_co_owner_sees_the_shared_premises(as_system, monkeypatch):
    monkeypatch.setattr(seams, "_opened", [])
    one, two = make_party(), make_party()
    title = open_title(
        make_premises().pk, "freehold", [(one, 1, 2), (two, 1, 2)], JAN, actor=as_system, agreement=AgreementTerms()
    )
    assert list(agreements_of_party(two.pk)) == [title.agreements.get()] == list(agreements_of_party(one.pk, MAR))


@pytest.mark.req("REG-05", "PPL-02")
def test_a_change_of_owner_back_in_time_is_kept_with_both_owners(as_system):
    flat, seller, buyer = make_premises(), make_party(last_name="Nowak"), make_party(last_name="Lis")
    title = open_title(
        flat.pk, "freehold", [(seller, 1, 1)], dt.date(2020, 1, 1), actor=as_system, agreement=AgreementTerms()
    )
    assert not FactChange.objects.exists()
    transfer_title(title.pk, [(buyer, 1, 1)], dt.date(2026, 9, 9), actor=as_system, document="act 7/2026")
    owner = FactChange.objects.get(kind="owner")
    assert (owner.premises, owner.effective_from, owner.effective_to) == (flat, dt.date(2026, 9, 9), None)
    assert "Nowak" in owner.old_value and "Lis" in owner.new_value and owner.source == "act 7/2026"
    agreement = FactChange.objects.get(kind="agreement")
    assert agreement.old_value == title.agreements.get().code and agreement.effective_from == dt.date(2026, 9, 9)
