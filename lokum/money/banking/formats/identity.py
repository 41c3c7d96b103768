"""Which entry is this? The same money must be known again in any later file, in whatever format.

Identity = bank account + booking date + the whole entry + its ordinal among identical entries of that day, so
a repeated file adds nothing and two equal transfers both count. The entry is taken in a normal form that
survives the change of format: letters without accents and case, no blanks or punctuation (formats break lines
at different places), a virtual account as its last twelve digits (some banks report no more).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import date

from .account_number import TAIL_LENGTH, account_key, find_nrbs
from .statement import Entry, Statement

_NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "BRAK"})
_OTHER_ASCII = re.compile(r"[^0-9A-Za-z]+")
_STROKED = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D"})


def fold_text(text: str) -> str:
    """Capitals and digits only, accents removed: ``Żegota, ul. Źródlana 2`` and ``ZEGOTA UL ZRODLANA 2``
    agree.
    """
    if text.isascii():  # most text is, and a statement has a hundred thousand of them
        return _OTHER_ASCII.sub("", text).upper()
    plain = unicodedata.normalize("NFKD", text.translate(_STROKED).casefold())
    return "".join(character for character in plain if character.isalnum()).upper()


def entry_normal_form(entry: Entry, account: str) -> tuple[str, ...]:
    """The entry without anything that depends on the file format or on a setting of the bank profile."""
    reference = "" if entry.bank_reference.upper() in _NO_REFERENCE else fold_text(entry.bank_reference)
    counter = account_key(entry.counter_account)
    # Formats cut addresses differently, so they count only when nothing better tells the payers apart.
    address = "" if counter or reference else fold_text(entry.counter_address)
    # The bank's word for the movement is no title; formats word it differently or leave it out.
    title = fold_text(entry.title)
    if title == fold_text(entry.operation):
        title = ""
    return (
        entry.value_on.isoformat(),
        f"{entry.amount:.2f}",
        entry.currency,
        "R" if entry.reversal else "",
        counter,
        fold_text(entry.counter_name),
        address,
        title,
        reference,
        *_tails(entry, {account_key(account), counter}),
    )


def _tails(entry: Entry, excluded: set[str]) -> list[str]:
    """Ends of every account the entry may be meant for, whichever of them the profile takes for the virtual one."""
    numbers = {entry.virtual_account or "", *entry.mentioned_accounts, *find_nrbs(entry.title)} - excluded
    tails = {number[-TAIL_LENGTH:] for number in numbers} | {entry.virtual_tail or ""}
    return sorted(tails - {""})


def entry_identity(account: str, booked_on: date, entry: Entry, ordinal: int) -> str:
    """Hash (64 hexadecimal digits) of account, day, entry and ordinal; the ordinal counts from 0."""
    return _identity(account_key(account), booked_on, entry_normal_form(entry, account), ordinal)


def _identity(account: str, booked_on: date, normal_form: tuple[str, ...], ordinal: int) -> str:
    parts = (account, booked_on.isoformat(), *normal_form, str(ordinal))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def identify_entries(account: str, entries: Iterable[Entry]) -> list[str]:
    """Identities in the order of the entries, with ordinals among identical entries of one day."""
    seen: Counter[tuple[object, ...]] = Counter()
    identities = []
    own = account_key(account)
    for entry in entries:
        form = entry_normal_form(entry, account)
        key = (entry.booked_on, form)
        identities.append(_identity(own, entry.booked_on, form, seen[key]))
        seen[key] += 1
    return identities


def statement_fingerprint(statement: Statement) -> str:
    """The same for the same statement in two formats, even when the bank words its entries differently in
    them.

    Account, balances and the days and amounts of all entries, in no particular order.
    """
    balances = [
        f"{balance.amount:.2f}{balance.currency}" if balance else "-"
        for balance in (statement.opening, statement.closing)
    ]
    moves = sorted(f"{entry.booked_on.isoformat()}{entry.amount:.2f}{entry.currency}" for entry in statement.entries)
    number = re.sub(r"[^0-9]", "", statement.number.split("/")[0]).lstrip("0") if not moves else ""
    parts = (account_key(statement.account), *balances, number, *moves)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
