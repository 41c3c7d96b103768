"""Every written statement is read back as what it was, in every form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lokum.demo.statement_writer import (
    DemoEntry,
    DemoStatement,
    write_camt053,
    write_mbank_mt940,
    write_pko_mt940,
)
from lokum.money.banking.formats.account_number import nrb_check_digits
from lokum.money.banking.formats.detect import read_bank_file
from lokum.money.banking.formats.identity import fold_text, identify_entries

pytestmark = pytest.mark.req("PAY-02")


def _write_camt_v2(statement: DemoStatement) -> bytes:
    return write_camt053(statement, version=2)


FORMS: list[Callable[[DemoStatement], bytes]] = [
    write_mbank_mt940,
    write_pko_mt940,
    write_camt053,
    _write_camt_v2,
]


def _account(bban: int) -> str:
    text = f"{bban:024d}"
    return nrb_check_digits(text) + text


WORD = st.text("aąbcćdeęlłmnńoópsśwzźżAŁŚŻ0123456789", min_size=1, max_size=9)


def _words(least: int, most: int) -> st.SearchStrategy[str]:
    return st.lists(WORD, min_size=least, max_size=most).map(" ".join)


DAYS = st.dates(date(2026, 9, 1), date(2026, 9, 30))
ENTRIES = st.builds(
    DemoEntry,
    booked_on=DAYS,
    amount=st.integers(-500_000, 500_000).filter(bool).map(lambda cents: Decimal(cents) / 100),
    counter_account=st.integers(10**22, 10**22 + 10**9).map(_account),
    counter_name=_words(1, 4),
    title=_words(1, 10),
    bank_reference=st.from_regex(r"R[0-9]{6,12}", fullmatch=True),
    counter_address=_words(1, 4),
    virtual_account=st.none().map(lambda _none: ""),
    value_on=DAYS,
    reversal=st.booleans(),
)


def _on_virtual_accounts(entries: list[DemoEntry]) -> tuple[DemoEntry, ...]:
    """What comes in, or goes back after it came in, stands on a virtual account."""
    return tuple(
        replace(entry, virtual_account=_account(111122220007000000005100 + number))
        if (entry.amount > 0) != entry.reversal
        else entry
        for number, entry in enumerate(entries)
    )


STATEMENTS = st.builds(
    DemoStatement,
    account=st.just(_account(111122220000000000770001)),
    number=st.integers(1, 366),
    opened_on=st.just(date(2026, 8, 31)),
    closed_on=st.just(date(2026, 9, 30)),
    opening_amount=st.integers(-100_000, 10_000_000).map(lambda cents: Decimal(cents) / 100),
    entries=st.lists(ENTRIES, max_size=6).map(_on_virtual_accounts),
)


@settings(max_examples=60, deadline=None)
@given(STATEMENTS)
def test_round_trip(written: DemoStatement) -> None:
    identities = set()
    for write in FORMS:
        encoding = None if "camt" in write.__name__ else "cp1250"
        (read,) = read_bank_file(write(written), encoding=encoding).statements
        identities.add(tuple(identify_entries(read.account, read.entries)))
        assert read.account_key == written.account
        check = read.check()
        assert (check.right, check.opening, check.stated) == (
            True,
            written.opening_amount,
            written.closing_amount,
        )
        for entry, wanted in zip(read.entries, written.entries, strict=True):
            assert (entry.amount, entry.reversal) == (wanted.amount, wanted.reversal)
            assert (entry.booked_on, entry.value_on) == (wanted.booked_on, wanted.value_on)
            assert entry.counter_account == wanted.counter_account
            assert fold_text(entry.counter_name) == fold_text(wanted.counter_name)
            assert fold_text(entry.title) == fold_text(wanted.title)
            assert (entry.virtual_account or entry.virtual_tail or "")[-12:] == wanted.virtual_account[-12:]
            assert entry.warnings == ()
    assert len(identities) == 1


def test_only_versions_that_exist_are_written() -> None:
    statement = DemoStatement(_account(1), 1, date(2026, 9, 1), date(2026, 9, 1), Decimal(0), ())
    with pytest.raises(ValueError, match="versions"):
        write_camt053(statement, version=3)
