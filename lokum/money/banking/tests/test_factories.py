"""Every factory gives a valid record."""

import pytest

from lokum.core.base.context import Actor
from lokum.money.banking.factories import make_clearing_item
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.payments.factories import make_payment, make_virtual_account


@pytest.mark.parametrize("make", [make_account, make_entry, make_payment, make_virtual_account, make_clearing_item])
def test_factories_make_valid_records(as_system: Actor, settings: object, tmp_path: object, make: object) -> None:
    settings.FILE_STORE = tmp_path  # type: ignore[attr-defined]
    make()  # type: ignore[operator]
    make()  # type: ignore[operator]
