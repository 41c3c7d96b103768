"""Valid defaults for bank files, statements, entries and queued money. Numbers count up; nothing is random."""

import datetime as dt
import hashlib
import itertools
from decimal import Decimal
from typing import Any

from lokum.core.annex.services import store_file
from lokum.core.base import clock
from lokum.money.banking.models import (
    BankBook,
    BankEntry,
    BankFile,
    BankStatement,
    ClearingItem,
    OutgoingBooking,
    OutgoingRule,
    Refund,
)
from lokum.money.ledger.factories import make_entry, make_ledger_account
from lokum.money.payments.factories import make_bank_account

_count = itertools.count(1)
_DAY = dt.date(2026, 3, 2)


def make_bank_file(**over: Any) -> BankFile:
    number = next(_count)
    values: dict[str, Any] = {"name": f"day{number}.sta", "format": "mt940", "received_at": clock.now()} | over
    if "file" not in values:
        values["file"] = store_file(f"statement {number}".encode(), media_type="text/plain")
    return BankFile.objects.create(**values)


def make_bank_statement(**over: Any) -> BankStatement:
    values: dict[str, Any] = {"number": str(next(_count)), "from_on": _DAY, "to_on": _DAY} | over
    if "file" not in values:
        values["file"] = make_bank_file()
    if "bank_account" not in values:
        values["bank_account"] = make_bank_account(number=f"{next(_count):026d}")
    return BankStatement.objects.create(**values)


def make_bank_entry(**over: Any) -> BankEntry:
    number = next(_count)
    values: dict[str, Any] = {
        "identity": hashlib.sha256(f"factory {number}".encode()).hexdigest(),
        "position": number,
        "booked_on": _DAY,
        "value_on": _DAY,
        "amount": Decimal("100.00"),
        "counter_name": "Anna Wzorcowa",
        "title": "OPLATY",
    } | over
    if "statement" not in values:
        values["statement"] = make_bank_statement()
    values.setdefault("bank_account", values["statement"].bank_account)
    return BankEntry.objects.create(**values)


def make_clearing_item(**over: Any) -> ClearingItem:
    """Money in the queue (registers only: no posting stands behind it)."""
    values: dict[str, Any] = {"reason": ClearingItem.Reason.NO_NUMBER, "opened_on": _DAY} | over
    if "bank_entry" not in values:
        values["bank_entry"] = make_bank_entry()
    values.setdefault("entity", values["bank_entry"].bank_account.entity)
    values.setdefault("amount", values["bank_entry"].amount)
    values.setdefault("left_amount", values["amount"])
    return ClearingItem.objects.create(**values)


def make_outgoing_rule(**over: Any) -> OutgoingRule:
    values: dict[str, Any] = {"name": f"Rule {next(_count)}", "words": "PROWIZJA", "way": OutgoingRule.Way.FEE} | over
    if "ledger_account" not in values:
        given = {"entity": values["entity"]} if "entity" in values else {}
        values["ledger_account"] = make_ledger_account(kind="expense", purpose="", **given)
    values.setdefault("entity", values["ledger_account"].entity)
    return OutgoingRule.objects.create(**values)


def make_outgoing_booking(**over: Any) -> OutgoingBooking:
    """A booking (register only: no posting stands behind it)."""
    values: dict[str, Any] = {"way": OutgoingBooking.Way.OTHER, "entry_id": next(_count), "booked_at": clock.now()}
    values |= over
    if "bank_entry" not in values:
        values["bank_entry"] = make_bank_entry(amount=Decimal("-12.00"), state=BankEntry.State.POSTED)
    return OutgoingBooking.objects.create(**values)


def make_bank_book(**over: Any) -> BankBook:
    """A bank account that stands apart in the books of its entity."""
    values: dict[str, Any] = dict(over)
    if "bank_account" not in values:
        values["bank_account"] = make_bank_account(number=f"{next(_count):026d}")
    if "ledger_account" not in values:
        entity = values["bank_account"].entity
        values["ledger_account"] = make_ledger_account(kind="asset", purpose="bank_account", entity=entity)
    return BankBook.objects.create(**values)


def make_refund(**over: Any) -> Refund:
    """A refund of an account with a posted entry of its own."""
    values: dict[str, Any] = {
        "amount": Decimal("40.00"), "payee_name": "Anna Wzorcowa", "payee_number": "19111000010000000000000021",
        "reason": "paid twice", "number": f"REF9{next(_count):05d}", "approved_at": clock.now(),
    } | over  # fmt: skip
    if "entry" not in values:
        values["entry"] = make_entry(kind="refund", amount=values["amount"])
    if "account" not in values and "item" not in values:
        values["account_id"] = values["entry"].account_id
    values.setdefault("entity_id", values["entry"].entity_id)
    return Refund.objects.create(**values)
