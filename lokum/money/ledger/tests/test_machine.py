"""Random walks through the ledger's services, ten thousand steps in every run of the tests.

A model of a few lines (balances per account as plain decimals) is compared with the books: the account a step touched
after each step, every rule and every place that shows a balance once in each walk and at its end.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.money.ledger.factories import make_sub_account
from lokum.money.ledger.models import AccountBalance, Allocation, Entry
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balance, sheet
from lokum.money.ledger.services import (
    allocate_oldest_first,
    close_period,
    close_year,
    correct_entry,
    post_batch,
    reopen_period,
    reverse_batch,
    reverse_entry,
    transfer_between_sub_accounts,
    undo_allocation,
)
from lokum.money.ledger.tests.test_posting import charge, payment
from lokum.money.ledger.tests.world import make_world

ACTOR = system_actor("machine")
RULES = ("I1", "I2", "I4", "I5", "I8", "I9", "I13")
amounts = st.decimals(Decimal("0.01"), Decimal("999.99"), places=2)
days = st.dates(dt.date(2025, 11, 1), dt.date(2026, 3, 31))  # over the end of a year
months = st.sampled_from([dt.date(2025, 11, 1), *(dt.date(2026, month, 1) for month in (1, 2, 3))])
places = st.integers(0, 2)
YEAR = tuple(dt.date(2025, month, 1) for month in range(1, 13))
CHECK_EVERY = 125
STEPS = 10_000


class Books(RuleBasedStateMachine):
    batches = Bundle("batches")
    taken = 0  # steps of all walks

    @initialize()
    def world(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.books = make_world(3, actor=ACTOR)
        self.subs = [None, *(make_sub_account(entity=self.books.entity).pk for _place in range(2))]
        self.expected = dict.fromkeys(self.books.accounts, Decimal(0))
        self.closed: set[dt.date] = set()
        self.reversed: set[int] = set()
        self.left: dict[int, Decimal] = {}  # of corrected documents
        self.corrections: list[tuple[Entry, Entry]] = []
        self.number = 0

    def step(self) -> None:
        self.number += 1
        Books.taken += 1
        if self.number % CHECK_EVERY == 0:
            self.check()

    def moved(self, account: int, amount: Decimal) -> None:
        """The model follows; the account that was touched must agree at once."""
        self.expected[account] += amount
        assert AccountBalance.objects.get(pk=account).amount == self.expected[account]

    @rule(
        target=batches, amount=amounts, place=places, day=days, pays=st.booleans(), late=st.integers(0, 20), sub=places
    )
    def post(self, amount, place, day, pays, late, sub):
        self.step()
        account = self.books.accounts[place]
        make = payment if pays else charge
        due = day + dt.timedelta(days=late)
        entry = make(self.books, account, str(amount), self.number, due_on=due, sub_account_id=self.subs[sub])
        try:
            batch = post_batch(self.books.entity.pk, "m", f"s{self.number}", day, [entry], actor=ACTOR)
        except Refusal as refusal:
            assert refusal.code == "ledger.period_closed" and day.replace(day=1) in self.closed
            return None
        assert day.replace(day=1) not in self.closed
        self.moved(account, -amount if pays else amount)
        return batch.entries.get()

    @rule(number=st.integers(0, 500), amount=amounts, day=days)
    def post_a_used_source(self, number, amount, day):
        """The same source or the same business event again: refused, whatever it says."""
        self.step()
        if not number or number >= self.number or day.replace(day=1) in self.closed:
            return
        entry = charge(self.books, self.books.accounts[0], str(amount), self.number)
        try:
            with transaction.atomic():
                post_batch(self.books.entity.pk, "m", f"s{number}", day, [entry], actor=ACTOR)
                raise Refusal("unused", "the source was free")
        except Refusal as refusal:
            assert refusal.code in ("ledger.posted_already", "unused")

    @rule(place=st.none() | places)
    def allocate(self, place):
        self.step()
        accounts = None if place is None else [self.books.accounts[place]]
        allocate_oldest_first(self.books.entity.pk, accounts, actor=ACTOR)
        assert allocate_oldest_first(self.books.entity.pk, accounts, actor=ACTOR)[0] == 0

    @rule(chance=st.integers(0, 10**6))
    def undo(self, chance):
        self.step()
        rows = list(Allocation.objects.exclude(rule__in=("reversal", "correction")).order_by("pk"))
        if rows:
            row = rows[chance % len(rows)]
            try:
                undo_allocation(row.pk, "step", actor=ACTOR)
            except Refusal as refusal:
                assert refusal.code == "ledger.undone_already" and row.undone_at is not None

    @rule(entry=batches, change=st.decimals(Decimal("-150"), Decimal("150"), places=2))
    def correct(self, entry, change):
        """Up or down, as often as the walk likes: never beyond what is left, never after a reversal."""
        self.step()
        if entry is None or not change:
            return
        left = self.left.get(entry.pk, entry.amount)
        fits = (left + change) * entry.amount >= 0 and (entry.amount > 0 or left + change >= entry.amount)
        try:
            correction = correct_entry(entry.pk, change_amount=change, reason="step", actor=ACTOR)
        except Refusal as refusal:
            codes = ("ledger.more_than_left", "ledger.reversed_already")
            assert refusal.code in codes and (entry.pk in self.reversed or not fits or not left)
            return
        assert fits and entry.pk not in self.reversed
        self.left[entry.pk] = left + change
        self.corrections.append((entry, correction))
        self.moved(entry.account_id, change)

    @rule(chance=st.integers(0, 10**6))
    def reverse_a_correction(self, chance):
        self.step()
        if not self.corrections:
            return
        entry, correction = self.corrections[chance % len(self.corrections)]
        left = self.left[entry.pk] - correction.amount
        fits = left * entry.amount >= 0 and (entry.amount > 0 or left >= entry.amount)
        done = entry.pk in self.reversed or correction.pk in self.reversed
        try:
            reverse_entry(correction.pk, "step", actor=ACTOR)
        except Refusal as refusal:
            assert refusal.code in ("ledger.more_than_left", "ledger.reversed_already") and (done or not fits)
            return
        assert fits and not done
        self.reversed.add(correction.pk)
        self.left[entry.pk] = left
        self.moved(entry.account_id, -correction.amount)

    @rule(entry=batches, whole=st.booleans())
    def reverse(self, entry, whole):
        self.step()
        if entry is None:
            return
        day = dt.date(2026, 5, 5)
        try:
            if whole:
                reverse_batch(entry.batch_id, "step", actor=ACTOR, booked_on=day)
            else:
                reverse_entry(entry.pk, "step", actor=ACTOR, booked_on=day)
        except Refusal as refusal:
            assert refusal.code == "ledger.reversed_already" and entry.pk in self.reversed
            return
        self.reversed.add(entry.pk)
        self.moved(entry.account_id, -self.left.get(entry.pk, entry.amount))

    @rule(first=months)
    def close(self, first):
        """Close a month or open it again; opening one of a closed year takes the closing of the year back."""
        self.step()
        if first in self.closed:
            reopen_period(self.books.entity.pk, first, actor=ACTOR)
            self.closed.discard(first)
        else:
            close_period(self.books.entity.pk, first, actor=ACTOR)
            self.closed.add(first)

    @rule(day=days)
    def transfer(self, day):
        """Between sub-accounts of the same payer: no balance moves, and done again nothing moves."""
        self.step()
        try:
            transfer_between_sub_accounts(self.books.entity.pk, day, actor=ACTOR)
        except Refusal as refusal:
            assert refusal.code == "ledger.period_closed" and day.replace(day=1) in self.closed
            return
        assert transfer_between_sub_accounts(self.books.entity.pk, day, actor=ACTOR) == (0, Decimal(0))
        assert dict(AccountBalance.objects.filter(pk__in=self.expected).values_list("pk", "amount")) == self.expected

    @rule(whole=st.booleans())
    def end_year(self, whole):
        """A year closes when all its months are closed, once; payers' accounts do not notice."""
        self.step()
        if whole:
            for first in YEAR:
                if first not in self.closed:
                    close_period(self.books.entity.pk, first, actor=ACTOR)
                    self.closed.add(first)
        try:
            made = close_year(self.books.entity.pk, 2025, actor=ACTOR)
        except Refusal as refusal:
            assert refusal.code == "ledger.year_open_months" and not self.closed.issuperset(YEAR)
            return
        assert self.closed.issuperset(YEAR)
        assert close_year(self.books.entity.pk, 2025, actor=ACTOR) == made

    def check(self) -> None:
        found = {one.code: one.findings for one in prove(RULES) if one.count}
        assert not found, found
        for account, expected in self.expected.items():
            assert AccountBalance.objects.get(pk=account).amount == expected
            rows = sheet(account, newest_first=False, size=10_000).rows
            assert (rows[-1].balance if rows else 0) == expected
            assert balance(account, dt.date(2027, 1, 1)).total == expected

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            try:
                self.check()
            finally:
                transaction.set_rollback(True)
                self.atomic.__exit__(None, None, None)


def walk(examples: int, steps: int) -> None:
    """One actor from begin to end: who acts already is not announced to the database at every step."""
    Books.taken = 0
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    with acting(ACTOR):
        run_state_machine_as_test(Books, settings=chosen)


@pytest.mark.slow
@pytest.mark.req("LED-01", "LED-18")
def test_random_walks_through_the_ledger(db):
    walk(54, 250)  # a walk takes some 210 steps: one whose rules find nothing to do ends early
    assert Books.taken >= STEPS


@pytest.mark.soak
def test_long_random_walks_through_the_ledger(db):
    walk(100, 200)
