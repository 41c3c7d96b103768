"""Random walks through the ledger with deposits in it: a model of a few lines is compared with register and books."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from lokum.core.base.errors import Refusal
from lokum.money.deposits.factories import make_deposit_kind
from lokum.money.deposits.models import Deposit, DepositMove
from lokum.money.deposits.services import apply_forfeit, apply_return, apply_use, call_deposit, take_back
from lokum.money.ledger.models import Allocation, LedgerAccount
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_by_rule, post_batch, undo_allocation
from lokum.money.ledger.tests.test_machine import ACTOR, Books, places
from lokum.money.ledger.tests.test_posting import payment

chances = st.integers(0, 10**6)
large = st.decimals(Decimal("1000.00"), Decimal("3000.00"), places=2)  # no payment of the ledger's own walk is so large
DAY = dt.date(2026, 5, 5)


class Deposits(Books):
    """The walk of the ledger, and deposits called, paid, used, returned, forfeited and taken back beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.kind: Any = None
        self.open: dict[int, Decimal] = {}
        self.held: dict[int, Decimal] = {}
        self.owner: dict[int, int] = {}

    def _kind(self) -> Any:
        if self.kind is None:
            income = LedgerAccount.objects.get(entity=self.books.entity, purpose="income")
            self.kind = make_deposit_kind(entity=self.books.entity, forfeit_account=income)
        return self.kind

    def _chosen(self, chance: int) -> int | None:
        known = sorted(self.held)
        return known[chance % len(known)] if known else None

    @rule(place=places, amount=large)
    def call(self, place: int, amount: Decimal) -> None:
        self.step()
        account = self.books.accounts[place]
        deposit = call_deposit(account, self._kind().pk, due_on=dt.date(2099, 1, 1), amount=amount, actor=ACTOR)
        self.open[deposit.pk], self.held[deposit.pk], self.owner[deposit.pk] = amount, Decimal(0), account

    @rule(chance=chances, amount=large)
    def pay_for(self, chance: int, amount: Decimal) -> None:
        """A payment that names the deposit: it takes what is waiting, the rest stays on the account."""
        self.step()
        key = self._chosen(chance)
        if key is None or any(amount == one for one in self.open.values()):
            return
        account, number = self.owner[key], Deposit.objects.get(pk=key).number
        one = payment(self.books, account, str(amount), self.number, description=f"kaucja {number}")
        post_batch(self.books.entity.pk, "m", f"d{self.number}", DAY, [one], actor=ACTOR)
        allocate_by_rule(self.books.entity.pk, [account], actor=ACTOR)
        taken = min(amount, self.open[key])
        self.expected[account] += taken - amount
        self.open[key] -= taken
        self.held[key] += taken

    @rule(chance=chances, amount=large, act=st.sampled_from([apply_return, apply_forfeit]))
    def give(self, chance: int, amount: Decimal, act: Any) -> None:
        self.step()
        key = self._chosen(chance)
        if key is None:
            return
        try:
            act(key, amount=amount, reason="step", actor=ACTOR)
        except Refusal as refusal:
            assert refusal.code == "deposit.more_than_held" and amount > self.held[key]
            return
        assert amount <= self.held[key]
        self.held[key] -= amount

    @rule(chance=chances)
    def use(self, chance: int) -> None:
        """Whatever the account owes is covered, as far as the deposit reaches."""
        self.step()
        key = self._chosen(chance)
        if key is None:
            return
        try:
            made = apply_use(key, reason="step", actor=ACTOR)
        except Refusal as refusal:
            assert refusal.code in ("deposit.more_than_held", "deposit.no_debts")
            return
        used = sum((one.amount for one in made), Decimal(0))
        assert 0 < used <= self.held[key]
        self.held[key] -= used
        self.expected[self.owner[key]] -= used

    @rule(chance=chances)
    def take_a_take_back(self, chance: int) -> None:
        self.step()
        moves = list(DepositMove.objects.filter(kind="take", undoes=None, undone_by=None).order_by("pk"))
        if not moves:
            return
        move = moves[chance % len(moves)]
        try:
            take_back(move.pk, reason="step", actor=ACTOR)
        except Refusal as refusal:
            assert refusal.code == "deposit.more_than_held" and move.amount > self.held[move.deposit_id]
            return
        self.held[move.deposit_id] -= move.amount
        self.open[move.deposit_id] += move.amount
        self.expected[self.owner[move.deposit_id]] -= move.amount
        # The money still names the deposit: the next allocation would take it again, so it is given back here.
        allocate_by_rule(self.books.entity.pk, [self.owner[move.deposit_id]], actor=ACTOR)
        self._read()

    @rule(chance=chances)
    def undo(self, chance: int) -> None:
        """As in the ledger's walk; what covers a deposit belongs to its posting and is not undone by hand."""
        self.step()
        fixed = ("reversal", "correction", "deposit")
        rows = list(Allocation.objects.exclude(rule__in=fixed).order_by("pk"))
        if rows:
            row = rows[chance % len(rows)]
            try:
                undo_allocation(row.pk, "step", actor=ACTOR)
            except Refusal as refusal:
                assert refusal.code == "ledger.undone_already" and row.undone_at is not None

    @rule(place=st.none() | places)
    def allocate(self, place: int | None) -> None:
        """The ledger's own step, then the model learns which deposits money was meant for."""
        accounts = None if place is None else [self.books.accounts[place]]
        self.step()
        allocate_by_rule(self.books.entity.pk, accounts, actor=ACTOR)
        assert allocate_by_rule(self.books.entity.pk, accounts, actor=ACTOR)[0] == 0
        self._read()

    def _read(self) -> None:
        """Money freed by a step before may name a deposit: what it took moves from the account to the deposit."""
        for one in Deposit.objects.filter(pk__in=self.held):
            taken = one.held_amount - self.held[one.pk]
            assert taken == self.open[one.pk] - one.open_amount and taken >= 0
            self.expected[self.owner[one.pk]] += taken
            self.held[one.pk], self.open[one.pk] = one.held_amount, one.open_amount

    def check(self) -> None:
        super().check()
        found = {one.code: one.findings for one in prove(("K1", "I5")) if one.count}
        assert not found, found
        known = dict(Deposit.objects.filter(pk__in=self.held).values_list("pk", "held_amount"))
        assert known == self.held


@pytest.mark.req("LED-21", "LED-18")
def test_random_walks_with_deposits(as_system: Any) -> None:
    run_state_machine_as_test(
        Deposits,
        settings=settings(
            max_examples=8,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
