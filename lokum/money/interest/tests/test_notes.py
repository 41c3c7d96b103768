"""Interest notes: the run of a closed month, late matches, payments under the legal order, undoing."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Entity
from lokum.core.papers.models import IssuedDocument, VoidNumber
from lokum.money.interest.accrual import dues
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.models import InterestLine, InterestNote, InterestRun
from lokum.money.interest.services import compute_run, post_run, start_run, undo_run
from lokum.money.interest.sheets import sheet_of_line
from lokum.money.interest.tests.world import owe, pay
from lokum.money.ledger.factories import make_account
from lokum.money.ledger.models import Account, Allocation, AllocationRule, Entry, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_by_rule, close_period, reopen_period, undo_allocation

D = dt.date


@pytest.fixture
def today(monkeypatch):
    """Sets the day."""

    def set_to(day: dt.date) -> None:
        moment = dt.datetime.combine(day, dt.time(12), dt.UTC)
        offset = {"moment": moment}

        def now() -> dt.datetime:
            offset["moment"] += dt.timedelta(milliseconds=1)
            return offset["moment"]

        monkeypatch.setattr(clock, "now", now)

    return set_to


def noted(entity: Entity, month: dt.date, actor) -> InterestRun:
    run = start_run(entity.pk, month, actor=actor)
    compute_run(run.pk, actor=actor)
    return post_run(run.pk, actor=actor)


def accrued(account: Account, day: dt.date) -> Decimal:
    return sum((one.difference for one in dues(account.entity, day, [account.pk])), Decimal(0))


def clean_books() -> None:
    assert {
        one.code: one.findings for one in prove(["I1", "I2", "I4", "I5", "I8", "I9", "I13", "D1", "D2"]) if one.count
    } == {}


@pytest.mark.req("LED-09")
def test_a_closed_month_becomes_a_numbered_note(as_system, today):
    today(D(2026, 6, 30))
    account = make_account()
    make_interest_policy(entity=account.entity)
    april = owe(account, 300, D(2026, 4, 10), document_number="N/2026/04/00001")
    owe(account, 300, D(2026, 5, 10), document_number="N/2026/05/00001")
    assert accrued(account, D(2026, 6, 30)) == Decimal("9.96")
    run = start_run(account.entity_id, D(2026, 6, 1), actor=as_system)
    compute_run(run.pk, actor=as_system)
    with pytest.raises(Refusal) as refused:
        post_run(run.pk, actor=as_system)
    assert refused.value.code == "interest_run.month_open"
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    run = post_run(run.pk, actor=as_system)
    assert (run.note_count, run.line_count, run.total_amount) == (1, 2, Decimal("9.96"))
    assert post_run(run.pk, actor=as_system).batch_id == run.batch_id
    note = InterestNote.objects.get()
    assert (note.number, note.through_on, note.total_amount) == ("IN/2026/07/00001", D(2026, 6, 30), Decimal("9.96"))
    first, second = [sheet_of_line(line) for line in note.document.data["lines"]]
    assert (first.debt_number, first.day_count, first.amount) == ("N/2026/04/00001", 81, Decimal("6.16"))
    assert (second.day_count, second.amount) == (50, Decimal("3.80"))
    assert first.spans[0].first_day == D(2026, 4, 11)
    assert first.spans[-1].rate == Decimal("9.25")
    entry = Entry.objects.get(kind="interest", interest_line__debt=april)
    assert (entry.amount, entry.booked_on, entry.effective_on) == (Decimal("6.16"), D(2026, 7, 1), D(2026, 6, 30))
    assert accrued(account, D(2026, 6, 30)) == 0
    assert account.balance.amount == Decimal("609.96")
    clean_books()


@pytest.mark.req("LED-09")
def test_interest_is_never_counted_on_interest(as_system, today):
    today(D(2026, 6, 30))
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2026, 4, 10))
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    noted(account.entity, D(2026, 6, 1), as_system)
    assert {one.debt_id for one in dues(account.entity, D(2027, 1, 1))} == {Entry.objects.get(kind="charge").pk}


@pytest.mark.req("LED-09")
def test_a_late_match_is_taken_back_by_a_linked_reversal_and_nothing_else(as_system, today):
    today(D(2026, 7, 1))
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2026, 4, 10), document_number="N/1")
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    noted(account.entity, D(2026, 6, 1), as_system)
    # Money that arrived on 10 May is found in July: 30 days (2.28) instead of 81 (6.16).
    pay(account, 300, D(2026, 5, 10), booked_on=D(2026, 7, 2))
    allocate_by_rule(account.entity_id, actor=as_system)
    before = Entry.objects.count()
    run = noted(account.entity, D(2026, 6, 1), as_system)
    assert (run.note_count, run.correction_count, run.corrected_amount) == (0, 1, Decimal("3.88"))
    (back,) = InterestLine.objects.filter(amount__lt=0)
    assert Entry.objects.count() == before + 1
    assert back.entry.corrects == InterestLine.objects.get(amount__gt=0).entry
    assert (back.amount, back.computed_amount) == (Decimal("-3.88"), Decimal("2.28"))
    assert back.note.number == "INC/2026/07/00001"
    assert OpenItem.objects.get(entry=back.entry.corrects).open_amount == Decimal("2.28")
    again = start_run(account.entity_id, D(2026, 6, 1), actor=as_system)
    compute_run(again.pk, actor=as_system)
    with pytest.raises(Refusal) as refused:
        post_run(again.pk, actor=as_system)
    assert refused.value.code == "interest_run.empty"
    clean_books()


@pytest.mark.req("LED-06", "LED-09")
def test_undoing_a_match_restores_interest_days(as_system, today):
    today(D(2026, 7, 1))
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2026, 4, 10))
    pay(account, 300, D(2026, 4, 10))
    allocate_by_rule(account.entity_id, actor=as_system)
    assert accrued(account, D(2026, 6, 30)) == 0
    undo_allocation(Allocation.objects.get().pk, "meant for another debt", actor=as_system)
    assert accrued(account, D(2026, 6, 30)) == Decimal("6.16")


@pytest.mark.req("LED-06")
@pytest.mark.parametrize(
    ("rule", "title", "expected"),
    [
        ({"notes_interest": True}, "", {"i1": "6.16", "d1": "243.84"}),
        ({"order": "principal_first", "notes_interest": True}, "", {"d1": "250.00"}),
        ({"notes_interest": True}, "za N/2026/05/00001", {"i2": "3.80", "d2": "246.20"}),
        ({}, "", {"d1": "250.00"}),
    ],
)
def test_published_table_of_what_a_payment_covers(as_system, today, rule, title, expected):
    """Two charges of 300.00; 250.00 on 30 June. Interest not yet noted becomes a note only where the rule says so."""
    today(D(2026, 6, 30))
    account = make_account()
    make_interest_policy(entity=account.entity)
    AllocationRule.objects.create(entity=account.entity, **rule)
    debts = {
        owe(account, 300, D(2026, 4, 10), document_number="N/2026/04/00001").pk: "1",
        owe(account, 300, D(2026, 5, 10), document_number="N/2026/05/00001").pk: "2",
    }
    pay(account, 250, D(2026, 6, 30), description=title)
    allocate_by_rule(account.entity_id, actor=as_system)
    lines = {line.entry_id: debts[line.debt_id] for line in InterestLine.objects.all()}
    found = {
        ("i" + lines[one.debit_id] if one.debit_id in lines else "d" + debts[one.debit_id]): str(one.amount)
        for one in Allocation.objects.all()
    }
    assert found == expected
    clean_books()


@pytest.mark.req("LED-09")
def test_opening_a_month_again_takes_its_interest_back(as_system, today):
    today(D(2026, 7, 5))
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2026, 4, 10))
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    run = noted(account.entity, D(2026, 6, 1), as_system)
    reopen_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    run.refresh_from_db()
    assert run.state == "undone"
    assert account.balance.amount == 300
    assert VoidNumber.objects.get().number == "IN/2026/07/00001"
    assert accrued(account, D(2026, 6, 30)) == Decimal("6.16")
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    assert noted(account.entity, D(2026, 6, 1), as_system).total_amount == Decimal("6.16")
    clean_books()


@pytest.mark.req("LED-09")
def test_a_small_amount_waits_for_more(as_system, today):
    today(D(2026, 7, 5))
    account = make_account()
    make_interest_policy(entity=account.entity, minimum_amount=Decimal(5))
    owe(account, 300, D(2026, 5, 10))
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    run = start_run(account.entity_id, D(2026, 6, 1), actor=as_system)
    compute_run(run.pk, actor=as_system)
    run.refresh_from_db()
    assert (run.note_count, run.small_count, run.small_amount) == (0, 1, Decimal("3.80"))
    today(D(2026, 8, 5))
    close_period(account.entity_id, D(2026, 7, 1), actor=as_system)
    assert noted(account.entity, D(2026, 7, 1), as_system).total_amount == Decimal("6.16")


@pytest.mark.req("LED-08")
def test_a_run_refuses_days_before_the_table(as_system, today):
    today(D(2026, 7, 5))
    account = make_account()
    make_interest_policy(entity=account.entity, valid=DateRange(D(1990, 1, 1), None))
    owe(account, 300, D(1993, 4, 1))
    run = start_run(account.entity_id, D(2026, 6, 1), actor=as_system)
    with pytest.raises(Refusal) as refused:
        compute_run(run.pk, actor=as_system)
    assert refused.value.code == "interest.no_rate"
    assert refused.value.details["first_day"] == "1993-05-01"


def test_a_preview_that_no_longer_holds_is_refused(as_system, today):
    today(D(2026, 7, 5))
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2026, 4, 10))
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    run = start_run(account.entity_id, D(2026, 6, 1), actor=as_system)
    compute_run(run.pk, actor=as_system)
    pay(account, 100, D(2026, 5, 1), booked_on=D(2026, 7, 5))
    allocate_by_rule(account.entity_id, actor=as_system)
    with pytest.raises(Refusal) as refused:
        post_run(run.pk, actor=as_system)
    assert refused.value.code == "interest_run.stale"
    assert not IssuedDocument.objects.filter(kind="interest_note").exists()


@pytest.mark.req("LED-09")
def test_undoing_a_run_needs_a_reason_and_frees_the_money(as_system, today):
    today(D(2026, 7, 5))
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2026, 4, 10))
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    run = noted(account.entity, D(2026, 6, 1), as_system)
    pay(account, 310, D(2026, 7, 5))
    allocate_by_rule(account.entity_id, actor=as_system)
    with pytest.raises(Refusal):
        undo_run(run.pk, " ", actor=as_system)
    undo_run(run.pk, "wrong policy", actor=as_system)
    assert undo_run(run.pk, "wrong policy", actor=as_system).state == "undone"
    assert OpenItem.objects.get(side="credit", open_amount__gt=0).open_amount == Decimal("10.00")
    clean_books()
