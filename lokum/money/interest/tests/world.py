"""Debts and payments of single payers, as the tests need them."""

import datetime as dt
from decimal import Decimal

from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Account, Entry


def owe(account: Account, amount: str | Decimal, due_on: dt.date, **over: object) -> Entry:
    return make_entry(account=account, amount=Decimal(amount), booked_on=due_on.replace(day=1), due_on=due_on, **over)


def pay(account: Account, amount: str | Decimal, on: dt.date, **over: object) -> Entry:
    values = {"booked_on": on, "effective_on": on, "due_on": on} | over
    return make_entry(account=account, amount=-Decimal(amount), **values)
