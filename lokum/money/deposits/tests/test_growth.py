"""What is added to a deposit, to the cent."""

import datetime as dt
from decimal import Decimal as D

import pytest

from lokum.money.deposits.growth import months_after, rents_in, simple_interest, valorised


@pytest.mark.req("LED-21")
def test_valorisation_follows_the_rent_of_the_day_of_return() -> None:
    """Six rents of 412.50 are 2,475.00; at a rent of 530.40 six rents go back: 3,182.40."""
    rents = rents_in(D("2475.00"), D("412.50"))
    assert rents == 6
    assert valorised(D("2475.00"), D("2475.00"), rents, D("530.40")) == D("3182.40")
    # 600.00 of it were used: 1,875/2,475 of 3,182.40 = 2,410.909...
    assert valorised(D("1875.00"), D("2475.00"), rents, D("530.40")) == D("2410.91")
    # the rent fell: never less than what was paid
    assert valorised(D("2475.00"), D("2475.00"), rents, D("300.00")) == D("2475.00")
    # 1,000.00 at a rent of 333.33 are 3.0000300003 rents; at the same rent the same amount goes back
    assert valorised(D("1000.00"), D("1000.00"), rents_in(D("1000.00"), D("333.33")), D("333.33")) == D("1000.00")
    assert valorised(D(0), D("1000.00"), D(3), D("333.33")) == 0


@pytest.mark.req("LED-21")
def test_interest_counts_days_of_what_was_held() -> None:
    """1,000.00 from 1 March, 400.00 out on 10 April; 3 % to 30 April: (1000 x 40 + 600 x 20) x 3 % / 365 = 4.27."""
    events = [(dt.date(2026, 4, 10), D("-400")), (dt.date(2026, 3, 1), D("1000"))]
    whole = simple_interest(events, D(3), None, dt.date(2026, 4, 30))
    assert whole == D("4.27")
    # counted to 31 March (30 days = 2.47) before: from there 10 days of 1,000 and 20 of 600 = 1.81
    assert simple_interest(events, D(3), None, dt.date(2026, 3, 31)) == D("2.47")
    assert simple_interest(events, D(3), dt.date(2026, 3, 31), dt.date(2026, 4, 30)) == D("1.81")
    assert simple_interest(events, D(3), None, dt.date(2026, 3, 1)) == 0
    assert simple_interest([(dt.date(2026, 1, 1), D(40000))], D("1.7"), None, dt.date(2027, 1, 1), places=0) == 680


def test_a_month_later_ends_with_the_shorter_month() -> None:
    assert months_after(dt.date(2026, 1, 31), 1) == dt.date(2026, 2, 28)
    assert months_after(dt.date(2026, 11, 15), 2) == dt.date(2027, 1, 15)
    assert months_after(dt.date(2026, 5, 31), 0) == dt.date(2026, 5, 31)
