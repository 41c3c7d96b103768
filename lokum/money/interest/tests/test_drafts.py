"""What a run computed is booked as it is while everything it rests on is as it was; else it is computed again."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.money.interest.factories import make_interest_policy, make_interest_rate
from lokum.money.interest.models import InterestDraftLine, InterestLine, InterestPolicy, InterestRate, InterestRegime
from lokum.money.interest.queries import run_figures
from lokum.money.interest.services import apply_waiver, compute_run, drop_run, post_run, runs, start_run, withdraw_rate
from lokum.money.interest.tests.world import owe, pay
from lokum.money.ledger import seams
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Account, Allocation, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_by_rule, close_period, undo_allocation
from lokum.property.parties.models import Party

D = dt.date
JUNE = D(2026, 6, 1)
PROOF = ["I1", "I2", "I4", "I5", "I9", "I13", "D1", "D2"]


@pytest.fixture
def drafted(as_system, monkeypatch):
    """A debt of 300.00 since 10 April, 100.00 of it paid on 1 May; June is closed and its run computed:
    (300.00 x 21 + 200.00 x 60) x 9.25 / 36500 = 4.64."""
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 7, 5, 12, tzinfo=dt.UTC))
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2026, 4, 10), document_number="N/1")
    pay(account, 100, D(2026, 5, 1))
    allocate_by_rule(account.entity_id, actor=as_system)
    close_period(account.entity_id, JUNE, actor=as_system)
    run = compute_run(start_run(account.entity_id, JUNE, actor=as_system).pk, actor=as_system)
    assert (run.total_amount, run.draft_lines.count()) == (Decimal("4.64"), 1)
    return account, run


@pytest.fixture
def never_again(monkeypatch):
    """Computing a second time fails."""

    def stage(*_args, **_over):
        raise AssertionError("computed again")

    monkeypatch.setattr(runs, "stage", stage)


@pytest.mark.req("LED-09")
def test_posting_takes_the_draft_and_leaves_none(drafted, never_again, as_system):
    _account, run = drafted
    run = post_run(run.pk, actor=as_system)
    line = InterestLine.objects.get()
    assert (run.total_amount, line.amount, line.note.document.data["total"]) == (
        Decimal("4.64"), Decimal("4.64"), "4.64",
    )  # fmt: skip
    (sheet,) = line.note.document.data["lines"]
    assert sheet["stretches"] == [["2026-04-11", "2026-05-01", "300.00"], ["2026-05-02", "2026-06-30", "200.00"]]
    assert (sheet["debt"], sheet["principal"], sheet["rates"]["divisor"]) == ("N/1", "300.00", 36500)
    assert not InterestDraftLine.objects.exists()
    assert not [(one.code, one.findings) for one in prove(PROOF) if one.count]


@pytest.mark.req("LED-09")
def test_the_largest_differences_name_payers_as_they_are_called_today(drafted):
    account, run = drafted
    (shown,) = run_figures(run, None)["changes"]
    assert (shown["before"], shown["after"], shown["cause"]) == (Decimal(0), Decimal("4.64"), "new")
    Party.objects.filter(pk=account.payer_id).update(first_name="Maria", last_name="Nowa")
    (shown,) = run_figures(run, None)["changes"]
    assert shown["payer"] == "Nowa Maria"


def late_match(account: Account, actor) -> None:
    pay(account, 50, D(2026, 5, 20), booked_on=D(2026, 7, 5))
    allocate_by_rule(account.entity_id, actor=actor)


def undone_match(account: Account, actor) -> None:
    undo_allocation(Allocation.objects.get().pk, "wrong payer", actor=actor)


def another_debt(account: Account, actor) -> None:
    make_entry(account=account, amount=Decimal(100), booked_on=D(2026, 7, 5), due_on=D(2026, 6, 10))


def another_rate(account: Account, actor) -> None:
    regime = InterestRegime.objects.get(code="pl-statutory")
    make_interest_rate(regime=regime, valid_from=D(2026, 6, 15), rate=Decimal("11"))


def withdrawn_rate(account: Account, actor) -> None:
    regime = InterestRegime.objects.get(code="pl-statutory")
    latest = InterestRate.objects.filter(regime=regime, valid_from__lte=D(2026, 6, 30)).latest("valid_from")
    withdraw_rate(latest.pk, "typed wrongly", actor=actor)


def smallest_amount(account: Account, actor) -> None:
    with transaction.atomic():  # a change is known by its transaction
        InterestPolicy.objects.update(minimum_amount=10)


def exception_of_the_payer(account: Account, actor) -> None:
    make_interest_policy(entity=account.entity, party=account.payer, regime=None, valid=DateRange(D(2000, 1, 1), None))


@pytest.mark.req("LED-09")
@pytest.mark.parametrize(
    "change",
    [
        late_match, undone_match, another_debt, another_rate, withdrawn_rate, smallest_amount, exception_of_the_payer,
    ],
)  # fmt: skip
def test_a_changed_input_voids_the_draft(drafted, as_system, change):
    account, run = drafted
    change(account, as_system)
    with pytest.raises(Refusal) as refused:
        post_run(run.pk, actor=as_system)
    assert refused.value.code == "interest_run.stale"
    assert not InterestLine.objects.exists()
    again = compute_run(run.pk, actor=as_system)
    assert again.total_amount != Decimal("4.64")


@pytest.mark.req("LED-08")
def test_a_new_calendar_voids_the_draft(drafted, as_system, monkeypatch):
    account, run = drafted
    monkeypatch.setitem(seams._movers, account.entity.country_pack, lambda day: day + dt.timedelta(days=3))
    with pytest.raises(Refusal) as refused:
        post_run(run.pk, actor=as_system)
    assert refused.value.code == "interest_run.stale"


@pytest.mark.req("LED-09")
def test_a_change_that_does_not_matter_is_computed_again_and_booked(drafted, as_system):
    account, run = drafted
    owe(account, 100, D(2026, 7, 10))
    apply_waiver(account.pk, amount=Decimal("1.00"), reason="illness", actor=as_system)  # from July on
    assert post_run(run.pk, actor=as_system).total_amount == Decimal("4.64")
    assert InterestLine.objects.get().amount == Decimal("4.64")


@pytest.mark.req("LED-09")
@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM interest_interestdraftline",  # as a crash of the server leaves it
        "UPDATE interest_interestdraftline SET difference = 400, computed = 400",
        "UPDATE interest_interestdraftline SET stretches = '[]'",
    ],
)
def test_a_lost_or_altered_draft_is_never_booked(drafted, as_system, harm):
    _account, run = drafted
    with connection.cursor() as cursor:
        cursor.execute(harm)
    assert post_run(run.pk, actor=as_system).total_amount == Decimal("4.64")
    line = InterestLine.objects.get()
    assert line.amount == Decimal("4.64") and len(line.note.document.data["lines"][0]["stretches"]) == 2
    assert OpenItem.objects.get(entry=line.entry).open_amount == Decimal("4.64")


def test_a_dropped_run_keeps_no_draft(drafted, as_system):
    _account, run = drafted
    drop_run(run.pk, actor=as_system)
    assert not InterestDraftLine.objects.exists()


@pytest.mark.req("LED-09")
def test_lines_of_a_draft_name_a_run_and_keep_it(drafted):
    """What a foreign key would say, asked once per statement."""
    _account, run = drafted
    for sql, code in (
        ("UPDATE interest_interestdraftline SET run_id = run_id + 1000", "LK004"),
        ("DELETE FROM interest_interestrun", "LK001"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert refused.value.__cause__.sqlstate == code
    assert run.draft_lines.count() == 1


@pytest.mark.req("LED-09")
def test_words_of_people_stay_words_in_the_document(as_system, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 7, 5, 12, tzinfo=dt.UTC))
    account = make_account()
    make_interest_policy(entity=account.entity)
    number = 'N/"1", {"amount": 9} \\ 陳'
    owe(account, 300, D(2026, 4, 10), document_number=number)
    close_period(account.entity_id, JUNE, actor=as_system)
    run = compute_run(start_run(account.entity_id, JUNE, actor=as_system).pk, actor=as_system)
    post_run(run.pk, actor=as_system)
    (sheet,) = InterestLine.objects.get().note.document.data["lines"]
    assert (sheet["debt"], sheet["corrects"], sheet["due_on"]) == (number, None, "2026-04-10")
