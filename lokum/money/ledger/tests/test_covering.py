"""Which debt a payment covers: the published table of art. 451 KC, line by line."""

import datetime as dt
from decimal import Decimal

import pytest

from lokum.money.ledger.covering import Cover, Due, Order, cover

APRIL, MAY = dt.date(2026, 4, 10), dt.date(2026, 5, 11)
PAID = dt.date(2026, 6, 30)
DUES = (
    Due(1, APRIL, Decimal(300)),
    Due(2, MAY, Decimal(300)),
    Due(3, PAID, Decimal("6.16"), on=1, on_due=APRIL),
    Due(4, PAID, Decimal("3.80"), on=2, on_due=MAY),
)
MONEY = Decimal(250)


@pytest.mark.req("LED-06")
def test_nothing_named_interest_first():
    covers, left = cover(MONEY, DUES, Order.LEGAL)
    assert covers == [Cover(3, Decimal("6.16")), Cover(1, Decimal("243.84"))]
    assert left == 0  # April 56.16, May 300.00 and May's interest stay open


@pytest.mark.req("LED-06")
def test_nothing_named_principal_first():
    assert cover(MONEY, DUES, Order.PRINCIPAL_FIRST) == ([Cover(1, MONEY)], 0)


@pytest.mark.req("LED-06")
def test_payer_names_may():
    covers, _left = cover(MONEY, DUES, Order.LEGAL, named={2})
    assert covers == [Cover(4, Decimal("3.80")), Cover(2, Decimal("246.20"))]


@pytest.mark.req("LED-06")
def test_interest_of_all_debts_never_comes_first():
    for order in Order:
        covers, _left = cover(MONEY, DUES, order)
        assert [one.key for one in covers][:2] != [3, 4]


def test_what_is_left_after_all_debts_is_credit():
    covers, left = cover(Decimal(700), DUES, Order.PRINCIPAL_FIRST)
    assert [one.key for one in covers] == [1, 2, 3, 4]
    assert left == Decimal("90.04")


def test_oldest_first_takes_interest_notes_by_their_own_due_dates():
    covers, _left = cover(Decimal(605), DUES, Order.OLDEST_FIRST)
    assert covers[-1] == Cover(3, Decimal(5))


def test_interest_that_arose_after_the_payment_comes_behind_the_principal():
    dues = (Due(1, APRIL, Decimal(300)), Due(2, PAID, Decimal("6.16"), on=1, on_due=APRIL, arisen_on=PAID))
    assert cover(MONEY, dues, Order.LEGAL, paid_on=MAY)[0] == [Cover(1, MONEY)]
    assert cover(MONEY, dues, Order.LEGAL, paid_on=PAID)[0][0] == Cover(2, Decimal("6.16"))
