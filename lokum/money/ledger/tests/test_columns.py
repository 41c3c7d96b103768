"""How registers of the books show their figures."""

import pytest

from lokum.core.desk.columns import column
from lokum.core.desk.desk import registry
from lokum.money.ledger.models import Account


@pytest.mark.req("LED-04")
def test_the_balances_of_accounts_are_a_column_of_amounts() -> None:
    """Aligned right, with cents: as every other column of money."""
    desk = registry.of(Account)
    assert desk is not None
    shown = column(desk, "total")
    assert (shown.kind, shown.right_aligned) == ("amount", True)
