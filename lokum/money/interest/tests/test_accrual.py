"""Interest by SQL equals interest by the pure module, on published examples and on random histories."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lokum.core.organisation.models import Entity
from lokum.money.interest.accrual import dues
from lokum.money.interest.calculation import Part, Terms, interest, stretches_of
from lokum.money.interest.factories import make_interest_policy, make_interest_rate, make_interest_regime
from lokum.money.interest.models import InterestPolicy, InterestRegime
from lokum.money.interest.rates import rates_of
from lokum.money.interest.tests.world import owe, pay
from lokum.money.ledger.factories import make_account, make_sub_account
from lokum.money.ledger.services import allocate_pairs
from lokum.packs.pl.holidays import move_past_days_off

D = dt.date


@pytest.mark.req("LED-08")
def test_published_example_from_the_books(as_system):
    account = make_account()
    make_interest_policy(entity=account.entity)
    debt, payment = owe(account, 640, D(2025, 8, 10)), pay(account, 640, D(2025, 9, 19))
    allocate_pairs([(payment.pk, debt.pk, Decimal(640))], rule="by_hand", actor=as_system)
    (found,) = dues(account.entity, D(2026, 6, 30), [account.pk], stretches=True)
    assert (found.computed, found.difference, found.start_on) == (Decimal("7.11"), Decimal("7.11"), D(2025, 8, 11))
    assert found.stretches == [["2025-08-12", "2025-09-19", "640.00"]]


@pytest.mark.req("LED-08")
def test_without_policy_nothing_accrues(as_system):
    account = make_account()
    owe(account, 640, D(2025, 8, 10))
    (found,) = dues(account.entity, D(2026, 6, 30))
    assert (found.computed, found.policy_id) == (0, None)


@pytest.mark.req("LED-07", "LED-08")
def test_a_sub_account_has_a_policy_of_its_own_or_none(as_system):
    """Court costs bear nothing, the fund by the commercial rate; a payer's own exception does not change that."""
    account = make_account()
    costs = make_sub_account(entity=account.entity, kind="court_costs")
    fund = make_sub_account(entity=account.entity, kind="repair_fund")
    commercial = InterestRegime.objects.get(code="pl-commercial")
    make_interest_policy(entity=account.entity)
    make_interest_policy(entity=account.entity, sub_account=costs, regime=None)
    make_interest_policy(entity=account.entity, sub_account=fund, regime=commercial)
    for sub in (None, costs.pk, fund.pk):
        owe(account, 1000, D(2026, 1, 12), sub_account_id=sub)
    main, of_costs, of_fund = (one for one in dues(account.entity, D(2026, 1, 31)))
    assert (of_costs.computed, of_costs.regime_id, of_fund.regime_id) == (0, None, commercial.pk)
    assert 0 < main.computed < of_fund.computed
    make_interest_policy(entity=account.entity, party=account.payer, regime=None)
    assert [one.computed for one in dues(account.entity, D(2026, 1, 31))] == [0, 0, of_fund.computed]


@pytest.mark.req("LED-07")
def test_an_exception_is_of_one_kind_and_not_of_the_main_sub_account(as_system):
    account = make_account()
    main = make_sub_account(entity=account.entity, kind="main")
    foreign = make_sub_account(kind="court_costs")
    own = make_sub_account(entity=account.entity, kind="court_costs")
    valid = DateRange(D(2026, 1, 1), None)
    for wrong in ({"sub_account": main}, {"sub_account": foreign}, {"sub_account": own, "party": account.payer}):
        with pytest.raises(ValidationError):
            InterestPolicy(entity=account.entity, valid=valid, **wrong).full_clean()
    InterestPolicy(entity=account.entity, valid=valid, sub_account=own).full_clean()


@pytest.mark.req("LED-08")
def test_exceptions_win_and_debts_keep_the_policy_of_their_due_day(as_system):
    account = make_account()
    make_interest_policy(entity=account.entity, valid=DateRange(D(2000, 1, 1), D(2026, 1, 1)))
    make_interest_policy(
        entity=account.entity,
        valid=DateRange(D(2026, 1, 1), None),
        regime=InterestRegime.objects.get(code="pl-commercial"),
    )
    owe(account, 100, D(2025, 12, 10))
    owe(account, 100, D(2026, 1, 12))
    old, new = dues(account.entity, D(2026, 1, 31))
    assert (old.regime_id, new.regime_id) != (new.regime_id, old.regime_id)
    make_interest_policy(entity=account.entity, party=account.payer, regime=None)
    assert [one.computed for one in dues(account.entity, D(2026, 1, 31))] == [0, 0]


@pytest.mark.req("LED-08")
def test_a_day_before_the_table_is_marked_unknown(as_system):
    account = make_account()
    regime = make_interest_rate(valid_from=D(2026, 1, 1)).regime
    make_interest_policy(entity=account.entity, regime=regime)
    owe(account, 100, D(2025, 12, 10))
    (found,) = dues(account.entity, D(2026, 1, 31))
    assert (found.known, found.computed, found.after_on) == (False, None, D(2025, 12, 10))


AMOUNTS = st.decimals("0.01", "3000", places=2)
TERMS = st.fixed_dictionaries(
    {
        "due_day_counts": st.booleans(),
        "moves_due_day": st.booleans(),
        "grace_days": st.sampled_from([0, 0, 3, 10]),
        "grace_start": st.sampled_from(["due", "end"]),
        "cap_percent": st.sampled_from([None, Decimal("0.5"), Decimal(100)]),
        "rounding": st.sampled_from(["once", "stretch"]),
    }
)
DEBTS = st.lists(st.tuples(AMOUNTS, st.integers(0, 500)), min_size=1, max_size=4)
PAYMENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 100), st.integers(-30, 400)), max_size=6)


def terms_of(values: dict) -> Terms:
    return Terms(
        due_day_counts=values["due_day_counts"],
        grace_days=values["grace_days"],
        from_grace_end=values["grace_start"] == "end",
        cap_percent=values["cap_percent"],
        by_stretch=values["rounding"] == "stretch",
        move=move_past_days_off if values["moves_due_day"] else None,
    )


@pytest.mark.req("LED-08")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=TERMS, debts=DEBTS, payments=PAYMENTS, day=st.integers(0, 900), unit=st.sampled_from(["year", "day"]))
def test_sql_equals_the_pure_module(as_system, values, debts, payments, day, unit):
    account = make_account()
    regime = make_interest_regime(unit=unit)
    for start, rate in ((D(2024, 1, 1), "8.5"), (D(2025, 6, 17), "11.25"), (D(2025, 12, 4), "0.3")):
        make_interest_rate(regime=regime, valid_from=start, rate=Decimal(rate))
    make_interest_policy(entity=account.entity, regime=regime, **values)
    owed = [owe(account, amount, D(2025, 1, 1) + dt.timedelta(days=offset)) for amount, offset in debts]
    left = {one.pk: one.amount for one in owed}
    parts: dict[int, list[Part]] = {one.pk: [] for one in owed}
    for place, percent, offset in payments:
        debt = owed[place % len(owed)]
        amount = min(left[debt.pk], (debt.amount * percent / 100).quantize(Decimal("0.01")))
        if amount > 0:
            on = debt.due_on + dt.timedelta(days=offset)
            credit = pay(account, amount, on)
            allocate_pairs([(credit.pk, debt.pk, amount)], rule="by_hand", actor=as_system)
            left[debt.pk] -= amount
            parts[debt.pk].append(Part(on, amount))
    as_of = D(2025, 1, 1) + dt.timedelta(days=day)
    rates = rates_of([regime.pk])[regime.pk]
    expected, by_hand = {}, {}
    for debt in owed:
        rows = stretches_of(debt.amount, debt.due_on, parts[debt.pk], as_of, terms_of(values))
        if rows:
            by_hand[debt.pk] = [[str(first), str(last), f"{open_then:.2f}"] for first, last, open_then in rows]
        sheet = interest(debt.amount, debt.due_on, parts[debt.pk], as_of, rates, terms_of(values))
        if sheet.amount:
            expected[debt.pk] = sheet.amount
    entity = Entity.objects.get(pk=account.entity_id)
    for accounts in (None, [account.pk]):
        found = {one.debt_id: one.computed for one in dues(entity, as_of, accounts) if one.computed}
        assert found == expected
        by_sql = {one.debt_id: one.stretches for one in dues(entity, as_of, accounts, stretches=True) if one.stretches}
        assert by_sql == by_hand
