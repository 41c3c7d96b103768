"""The same money is known again; equal money counts as often as it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lokum.money.banking.formats.detect import BankProfile, read_bank_file
from lokum.money.banking.formats.identity import (
    entry_identity,
    fold_text,
    identify_entries,
    statement_fingerprint,
)
from lokum.money.banking.formats.statement import Entry, Statement

pytestmark = pytest.mark.req("PAY-02")
SAMPLES = Path(__file__).parent / "samples"
FORMS = ["mbank_cp1250.sta", "pko_cp1250.sta", "camt053_v2.xml", "camt053_v8.xml"]


def sample(name: str) -> Statement:
    (statement,) = read_bank_file((SAMPLES / name).read_bytes()).statements
    return statement


def test_one_statement_in_four_formats_has_the_same_identities() -> None:
    statements = [sample(name) for name in FORMS]
    identities = {tuple(identify_entries(item.account, item.entries)) for item in statements}
    assert len(identities) == 1
    assert len({statement_fingerprint(item) for item in statements}) == 1
    assert all(item.check().right for item in statements)


def test_two_equal_transfers_both_count() -> None:
    statement = sample("mbank_cp1250.sta")
    identities = identify_entries(statement.account, statement.entries)
    assert statement.entries[0] == statement.entries[1]
    assert len(set(identities)) == len(identities)


def test_day_statement_after_an_interim_report_adds_only_what_is_new() -> None:
    statement = sample("pko_cp1250.sta")
    earlier = identify_entries(statement.account, statement.entries[:2])
    later = identify_entries(statement.account, statement.entries)
    assert later[:2] == earlier


def test_identity_depends_on_account_day_content_and_ordinal() -> None:
    day = date(2026, 9, 11)
    entry = Entry(day, day, Decimal("10.00"), "PLN", title="Czynsz", counter_name="Jan")
    account = "12111122220000000000770001"
    first = entry_identity(account, day, entry, 0)
    assert first == entry_identity(f"/PL{account}", day, replace(entry, title="CZYNSZ "), 0)
    others = [
        entry_identity("98111122220007000000005101", day, entry, 0),
        entry_identity(account, date(2026, 9, 12), entry, 0),
        entry_identity(account, day, entry, 1),
        entry_identity(account, day, replace(entry, amount=Decimal("10.01")), 0),
        entry_identity(account, day, replace(entry, reversal=True), 0),
        entry_identity(account, day, replace(entry, title="Czynsz 2"), 0),
        entry_identity(account, day, replace(entry, virtual_tail="000000005101"), 0),
    ]
    assert len({first, *others}) == len(others) + 1


def test_word_of_the_bank_is_no_part_of_the_identity() -> None:
    day = date(2026, 9, 11)
    plain = Entry(day, day, Decimal("-5.00"), "PLN")
    worded = replace(plain, title="OPŁATA MIESIĘCZNA", operation="Opłata miesięczna")
    assert entry_identity("1", day, plain, 0) == entry_identity("1", day, worded, 0)


def test_setting_of_the_profile_does_not_change_the_identity() -> None:
    one, two = "98111122220007000000005101", "71111122220007000000005102"
    text = f"020~00P~20Czynsz~21{two}~28{one}~38PL60222233330000000000000001"
    head = ":20:X\n:25:PL12111122220000000000770001\n:28C:1\n:60F:C260910PLN0,00\n"
    data = f"{head}:61:2609110911C1,00NTRF\n:86:{text}\n:62F:C260911PLN1,00\n-".encode()
    found = []
    for subfield in (None, "28", "21"):
        (statement,) = read_bank_file(data, profile=BankProfile(virtual_subfield=subfield)).statements
        (entry,) = statement.entries
        assert entry.virtual_account == {None: None, "28": one, "21": two}[subfield]
        assert entry.mentioned_accounts == (two, one)
        found += identify_entries(statement.account, statement.entries)
    assert len(set(found)) == 1


def test_fold() -> None:
    assert fold_text("Żółw, ul. Źródlana 2") == fold_text("ZOLW UL ZRODLANA  2") == "ZOLWULZRODLANA2"
