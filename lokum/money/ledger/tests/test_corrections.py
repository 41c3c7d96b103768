"""A correction refers to a posted document, adjusts its lines, and never takes more than is left of it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from lokum.money.ledger.models import AccountBalance, Allocation, Entry, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import sheet, trail_of
from lokum.money.ledger.services import (
    CorrectionRow,
    NewEntry,
    NewLine,
    allocate_oldest_first,
    close_period,
    correct_entry,
    correct_lines,
    post_batch,
    post_corrections,
    reverse_entry,
)
from lokum.money.ledger.tests.test_posting import payment, refused
from lokum.money.ledger.tests.world import World, make_world

DAY, LATER = dt.date(2026, 3, 1), dt.date(2026, 5, 5)
CLEAN = ("I1", "I2", "I4", "I5", "I8", "I9", "I13")


@pytest.fixture
def world(as_system) -> World:
    return make_world(2, actor=as_system)


def notice(world: World, account: int, number: int, parts: dict[int, str], actor) -> Entry:
    """A charge of several components: {component: amount}."""
    total = sum(map(Decimal, parts.values()), Decimal(0))
    lines = [NewLine(world.chart["receivable"].pk, debit_amount=total, of_payer=True)]
    lines += [
        NewLine(world.chart["income"].pk, credit_amount=Decimal(amount), component_key=component)
        for component, amount in parts.items()
    ]
    entry = NewEntry("charge", total, lines, "test", number, account, document_number=f"N/{number}")
    return post_batch(world.entity.pk, "test", f"n{number}", DAY, [entry], actor=actor).entries.get()


def books_are_right() -> None:
    assert {one.code: one.findings for one in prove(CLEAN) if one.count} == {}


def row(world: World, entry: Entry, amount: str, component: int) -> CorrectionRow:
    return CorrectionRow(entry.pk, world.chart["income"].pk, Decimal(amount), component)


@pytest.mark.req("LED-05")
def test_a_correction_adjusts_lines_covers_its_document_and_both_link_each_other(world, as_system):
    account = world.accounts[0]
    entry = notice(world, account, 1, {1: "100.00", 2: "40.00"}, as_system)
    rows = [row(world, entry, "-30", 1), row(world, entry, "-5", 1), row(world, entry, "12.50", 2)]
    batch = post_corrections(world.entity.pk, rows, "area measured anew", actor=as_system, booked_on=LATER)
    correction = batch.entries.get()
    assert (correction.amount, correction.corrects_id, correction.kind) == (Decimal("-22.50"), entry.pk, "correction")
    assert correction.description == "area measured anew" and correction.effective_on == DAY
    lines = {(line.component_key, line.debit_amount, line.credit_amount) for line in correction.lines.all()}
    assert lines == {(None, Decimal("12.50"), 0), (None, 0, 35), (1, 35, 0), (2, 0, Decimal("12.50"))}
    assert OpenItem.objects.get(entry=entry).open_amount == Decimal("117.50")
    assert OpenItem.objects.get(entry=correction).open_amount == 0
    shown = sheet(account).rows[0]
    assert (shown.charge, shown.correction, shown.payment) == (None, Decimal("-22.50"), None)
    assert trail_of(correction).original == entry and list(trail_of(entry).corrections) == [correction]
    books_are_right()


@pytest.mark.req("LED-05", "LED-18")
def test_never_more_than_is_left_of_the_document_or_of_its_line(world, as_system):
    entry = notice(world, world.accounts[0], 1, {1: "100.00", 2: "40.00"}, as_system)

    def post(amount: str, component: int, source: str = ""):
        rows = [row(world, entry, amount, component)]
        return post_corrections(world.entity.pk, rows, "why", actor=as_system, source=source)

    with refused("ledger.more_than_left"):
        post("-100.01", 1)  # the document would bear it, the line does not
    post("-60", 1, "once")
    with refused("ledger.posted_already"):
        post("-1", 1, "once")
    with refused("ledger.more_than_left"):
        post("-40.01", 1)
    post("5", 1)
    post("-45", 1)
    with refused("ledger.more_than_left"):
        correct_entry(entry.pk, change_amount=Decimal("-40.01"), reason="why", actor=as_system)
    correct_entry(entry.pk, change_amount=Decimal("-40"), reason="why", actor=as_system)
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == 0
    books_are_right()


@pytest.mark.req("LED-05")
def test_a_correction_and_a_document_are_each_reversed_once(world, as_system):
    account = world.accounts[0]
    entry = notice(world, account, 1, {1: "100.00"}, as_system)
    correction = correct_entry(entry.pk, change_amount=Decimal("-30"), reason="too large", actor=as_system)
    reverse_entry(correction.pk, "it was right", actor=as_system)
    assert OpenItem.objects.get(entry=entry).open_amount == 100
    with refused("ledger.reversed_already"):
        reverse_entry(correction.pk, "again", actor=as_system)
    second = correct_entry(entry.pk, change_amount=Decimal("-20"), reason="again", actor=as_system)
    post_batch(world.entity.pk, "test", "p", DAY, [payment(world, account, "50", 9)], actor=as_system)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    mirror = reverse_entry(entry.pk, "wrong person", actor=as_system).entries.get()
    assert mirror.amount == -80, "only what is left is mirrored"
    assert AccountBalance.objects.get(pk=account).amount == -50
    items = {one.entry_id: one.open_amount for one in OpenItem.objects.filter(account_id=account)}
    assert {amount for pk, amount in items.items() if amount} == {Decimal("50.00")}
    for gone in (entry, second):
        with refused("ledger.reversed_already"):
            reverse_entry(gone.pk, "again", actor=as_system)
    with refused("ledger.reversed_already"):
        correct_entry(entry.pk, change_amount=Decimal("1"), reason="more", actor=as_system)
    with refused("ledger.is_reversal"):
        reverse_entry(mirror.pk, "no", actor=as_system)
    books_are_right()


@pytest.mark.req("LED-05")
def test_what_cannot_be_corrected_is_refused_with_its_reason(world, as_system):
    other = make_world(1, actor=as_system, tag="W2")
    foreign = notice(other, other.accounts[0], 7, {1: "5"}, as_system)
    entry = notice(world, world.accounts[0], 1, {1: "100.00"}, as_system)
    correction = correct_entry(entry.pk, change_amount=Decimal("-30"), reason="x", actor=as_system)
    with refused("ledger.no_reason"):
        correct_entry(entry.pk, change_amount=Decimal("-1"), reason="  ", actor=as_system)
    with refused("ledger.nothing"):
        correct_entry(entry.pk, change_amount=Decimal("0"), reason="x", actor=as_system)
    with refused("ledger.no_line"):
        correct_entry(entry.pk, change_amount=Decimal("-1"), reason="x", line=1, actor=as_system)
    with refused("ledger.not_correctable"):
        post_corrections(world.entity.pk, [row(world, correction, "-1", 1)], "x", actor=as_system)
    for missing in (row(world, foreign, "-1", 1), CorrectionRow(10**9, world.chart["income"].pk, Decimal(1))):
        with refused("ledger.no_entry"):
            post_corrections(world.entity.pk, [missing], "x", actor=as_system)
    same = [row(world, entry, "-1", 1), row(world, entry, "1", 1)]
    assert post_corrections(world.entity.pk, same, "nothing", actor=as_system) is None
    close_period(world.entity.pk, LATER, actor=as_system)
    with refused("ledger.period_closed"):
        post_corrections(world.entity.pk, [row(world, entry, "-1", 1)], "x", actor=as_system, booked_on=LATER)


def test_amounts_that_shall_stand_and_a_shift_between_lines(world, as_system):
    entry = notice(world, world.accounts[0], 1, {1: "100.00", 2: "40.00"}, as_system)
    _payer, first, second = entry.lines.order_by("pk")
    shifted = correct_lines(
        entry.pk, amounts={first.pk: Decimal(90), second.pk: Decimal(50)}, reason="other component", actor=as_system
    )
    assert shifted.amount == 0 and AccountBalance.objects.get(pk=world.accounts[0]).amount == 140
    with refused("ledger.nothing"):
        correct_lines(entry.pk, amounts={first.pk: Decimal(90)}, reason="x", actor=as_system)
    correct_lines(entry.pk, amounts={second.pk: Decimal(0)}, reason="not used", actor=as_system)
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == 90
    spread = correct_entry(entry.pk, change_amount=Decimal("-0.01"), reason="cent", actor=as_system)
    assert spread.amount == Decimal("-0.01")
    with refused("ledger.more_than_left"):  # ten of the second line went away since
        reverse_entry(shifted.pk, "no shift", actor=as_system)
    books_are_right()


def test_a_corrected_payment_never_grows_and_reopens_what_it_paid(world, as_system):
    account = world.accounts[0]
    paid = post_batch(world.entity.pk, "t", "p", DAY, [payment(world, account, "50", 9)], actor=as_system).entries.get()
    with refused("ledger.more_than_left"):
        correct_entry(paid.pk, change_amount=Decimal("-1"), reason="x", actor=as_system)
    correct_entry(paid.pk, change_amount=Decimal("20"), reason="30 came", actor=as_system)
    assert OpenItem.objects.get(entry=paid).open_amount == 30
    assert Allocation.objects.get().rule == "correction"
    books_are_right()


@pytest.mark.req("LED-05", "LED-01")
def test_the_database_refuses_what_passes_the_service(world, as_system):
    """I4 stands in the database: a posting of any other kind that names a document is asked the same."""
    entry = notice(world, world.accounts[0], 1, {1: "100.00"}, as_system)
    income, receivable = world.chart["income"].pk, world.chart["receivable"].pk

    def less(amount: str, corrects: int, source: int) -> NewEntry:
        lines = [
            NewLine(income, debit_amount=Decimal(amount), component_key=1),
            NewLine(receivable, credit_amount=Decimal(amount), of_payer=True),
        ]
        return NewEntry("correction", -Decimal(amount), lines, "any", source, world.accounts[0], corrects_id=corrects)

    def post(*entries: NewEntry):
        return post_batch(world.entity.pk, "t", f"x{entries[0].source_id}", DAY, entries, actor=as_system)

    with refused("ledger.more_than_left"):
        post(less("120", entry.pk, 1))
    with refused("ledger.more_than_left"):
        post(less("60", entry.pk, 2), less("60", entry.pk, 3))
    half = post(less("60", entry.pk, 4)).entries.get()
    with refused("ledger.not_correctable"):
        post(less("1", half.pk, 5))
    books_are_right()


def test_two_corrections_at_once_leave_no_less_than_nothing(world, as_system):
    """The account is locked before the guard looks; see tests of concurrency for the race itself."""
    entry = notice(world, world.accounts[0], 1, {1: "10.00"}, as_system)
    with refused("ledger.more_than_left"), transaction.atomic():
        for number in range(2):
            rows = [row(world, entry, "-6", 1)]
            post_corrections(world.entity.pk, rows, "x", actor=as_system, source=f"c{number}")
