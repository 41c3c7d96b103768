"""Valid defaults for pools, numbers and payments. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from lokum.core.organisation.factories import make_entity
from lokum.core.organisation.models import EntityBankAccount
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.payments.models import Payment, VirtualAccount, VirtualAccountPool

_count = itertools.count(1)


def make_bank_account(**over: Any) -> EntityBankAccount:
    """A bank account of an entity; the default number is the account of the constructed PKO sample."""
    values = {"number": "98111122220000000000990001", "opened_on": dt.date(2000, 1, 1)} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    return EntityBankAccount.objects.create(**values)


def make_pool(**over: Any) -> VirtualAccountPool:
    """A pool of the sort code of the published example with a mask of its own."""
    values = {"sort_code": "11112222", "mask": f"{next(_count):04d}"} | over
    if "bank_account" not in values:
        values["bank_account"] = make_bank_account(number=f"{next(_count):026d}")
    return VirtualAccountPool.objects.create(**values)


def make_virtual_account(**over: Any) -> VirtualAccount:
    """A number given out outside the pool's count (tests of registers); services use `issue_numbers`."""
    values = {"issued_on": dt.date(2020, 1, 1)} | over
    if "pool" not in values:
        values["pool"] = make_pool()
    if "account" not in values:
        values["account"] = make_account()
    if "number" not in values:
        values["number"] = f"{next(_count):026d}"
    return VirtualAccount.objects.create(**values)


def make_payment(**over: Any) -> Payment:
    """A payment with a posted entry of its own."""
    if "entry" not in over:
        over["entry"] = make_entry(kind="payment", amount=-over.get("amount", Decimal("100.00")))
    entry = over["entry"]
    values = {
        "entity_id": entry.entity_id,
        "account_id": entry.account_id,
        "channel": Payment.Channel.BANK,
        "channel_reference": f"reference {next(_count)}",
        "amount": abs(entry.amount),
        "booked_on": entry.booked_on,
        "value_on": entry.effective_on,
        "payer_name": "Anna Wzorcowa",
        "title": "OPLATY",
    } | over
    return Payment.objects.create(**values)
