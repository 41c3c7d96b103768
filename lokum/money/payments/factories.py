"""Valid defaults for pools, numbers and payments. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from typing import Any

from lokum.core.organisation.factories import make_entity
from lokum.core.organisation.models import EntityBankAccount
from lokum.money.payments.models import VirtualAccountPool

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
        values["bank_account"] = make_bank_account()
    return VirtualAccountPool.objects.create(**values)
