"""The public and constructed sample files say what their expected results say."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lokum.money.banking.formats.detect import read_bank_file
from lokum.money.banking.formats.problems import BrokenFile, EmptyFile
from lokum.money.banking.formats.statement import Entry, parse_amount

pytestmark = pytest.mark.req("PAY-02")


@pytest.fixture
def poland(shared_data: Path) -> Path:
    return shared_data / "poland"


def _agrees(entry: Entry, expected: dict[str, Any]) -> None:
    assert entry.value_on.isoformat() == expected["value_date"]
    assert abs(entry.amount) == Decimal(expected["amount"])
    assert (entry.amount > 0) == (expected["sign"] == "C")
    assert entry.counter_name == expected["name"]
    assert entry.title == expected["title"]
    assert entry.counter_account == expected["counter_account"]


def test_mbank_file(poland: Path) -> None:
    folder = poland / "mt940" / "real"
    expected = json.loads((folder / "expected.json").read_text())["mBank__mt940.sta"]
    (statement,) = read_bank_file((folder / "mBank__mt940.sta").read_bytes()).statements
    assert statement.account == expected["account"]
    assert statement.account_key == expected["account"][2:]
    assert statement.opening and f"{statement.opening.amount}" == expected["opening"]
    assert statement.closing and f"{statement.closing.amount}" == expected["closing"]
    assert statement.check().right is True
    for entry, wanted in zip(statement.entries, expected["entries"], strict=True):
        _agrees(entry, wanted)
        assert entry.virtual_tail == wanted["virtual_account_last12"]
        assert entry.virtual_account is None
        assert entry.bank_reference == wanted["bank_reference"]
        assert entry.end_to_end == wanted["reference"]
        assert entry.counter_address == "UL. NIJAKA 1 M 2 31-234 KRAKOW"


def test_several_statements_and_the_question_mark_form(poland: Path) -> None:
    folder = poland / "mt940" / "real"
    expected = json.loads((folder / "expected.json").read_text())["cmxl__mt940.sta"]["statements"]
    statements = read_bank_file((folder / "cmxl__mt940.sta").read_bytes()).statements
    assert len(statements) == len(expected)
    for statement, wanted in zip(statements, expected, strict=True):
        assert statement.account == wanted["account"]
        assert statement.currency == wanted["currency"]
        assert len(statement.entries) == wanted["entries"]
        check = statement.check()
        assert f"{check.opening}" == wanted["opening"]
        assert f"{check.stated}" == wanted["closing"]
        assert f"{check.computed}" == wanted["computed"]
        assert check.right is True
    assert statements[1].entries[1].counter_name == "MUELLER"


def test_published_spellings_of_amounts(poland: Path) -> None:
    folder = poland / "mt940" / "real"
    expected = json.loads((folder / "expected.json").read_text())["betterplace__amount_formats.sta"]["amounts"]
    lines = (folder / "betterplace__amount_formats.sta").read_text().splitlines()
    assert [f"{parse_amount(line[15:])}" for line in lines] == expected
    with pytest.raises(BrokenFile):  # balances alone are no statement
        read_bank_file((folder / "betterplace__amount_formats.sta").read_bytes())


def test_long_statement_number_and_no_entries(poland: Path) -> None:
    data = (poland / "mt940" / "real" / "self-provided__long_statement_number.sta").read_bytes()
    (statement,) = read_bank_file(data).statements
    assert (statement.account, statement.number) == ("0067-00763/93984487", "1810118101")
    assert (statement.currency, statement.entries, statement.check().right) == ("TRY", (), True)


def test_day_that_does_not_exist_keeps_its_entry(poland: Path) -> None:
    data = (poland / "mt940" / "real" / "self-provided__wrapped_timestamp.sta").read_bytes()
    (statement,) = read_bank_file(data).statements
    (entry,) = statement.entries
    assert entry.booked_on.isoformat() == "2016-03-01"
    assert entry.value_on == entry.booked_on
    assert entry.amount == Decimal("-6.00")
    assert [warning.code for warning in entry.warnings] == ["broken_date"]
    assert "2016-02-30" in str(entry.warnings[0].message)
    assert "12-09-2014T16:26:37" in entry.title
    assert statement.check().right is True


def test_file_without_a_statement_is_refused(poland: Path) -> None:
    data = (poland / "mt940" / "real" / "self-provided__empty_non_swift.sta").read_bytes()
    with pytest.raises(EmptyFile):
        read_bank_file(data)


def test_constructed_pko_file(poland: Path) -> None:
    folder = poland / "mt940" / "constructed"
    expected = json.loads((folder / "tilde_pko_like_cp1250.expected.json").read_text())
    file = read_bank_file((folder / "tilde_pko_like_cp1250.sta").read_bytes())
    assert file.encoding == expected["encoding"]
    (statement,) = file.statements
    assert statement.account == expected["account"]
    assert statement.check().right is True
    for entry, wanted in zip(statement.entries, expected["entries"], strict=True):
        _agrees(entry, wanted)
        assert entry.virtual_account == wanted["virtual_account"]
        assert entry.counter_address == wanted["address"]


def test_elixir_file(poland: Path) -> None:
    folder = poland / "elixir"
    expected = json.loads((folder / "sample_iso88592.expected.json").read_text())
    file = read_bank_file((folder / "sample_iso88592.txt").read_bytes(), encoding=expected["encoding"])
    (statement,) = file.statements
    assert (file.format, statement.account) == ("elixir-0", "")
    for entry, wanted in zip(statement.entries, expected["entries"], strict=True):
        assert entry.booked_on.isoformat() == wanted["date"]
        assert f"{entry.amount}" == wanted["amount"]
        assert entry.counter_account == wanted["payer_account"]
        assert entry.virtual_account == wanted["virtual_account"]
        assert entry.counter_name == wanted["payer"]
        assert entry.title == wanted["title"]


@pytest.mark.parametrize(
    "name", ["camt053.v2.minimal", "camt053.v2.with-party-ids", "camt053.v2.all-balance-types", "camt053.v8"]
)
def test_camt_statements(poland: Path, name: str) -> None:
    folder = poland / "camt" / "real"
    wanted = json.loads((folder / f"{name}.json").read_text())["getEntries"][0]
    file = read_bank_file((folder / f"{name}.xml").read_bytes())
    (statement,) = file.statements
    (entry,) = statement.entries
    assert file.format == "camt.053"
    assert statement.version == (8 if "v8" in name else 2)
    assert int(entry.amount * 100) == int(wanted["getAmount"]["getAmount"])
    assert entry.currency == wanted["getAmount"]["getCurrency"]["getCode"]
    assert entry.booked_on.isoformat() == wanted["getBookingDate"]["0"][:10]
    assert entry.value_on.isoformat() == wanted["getValueDate"]["0"][:10]
    record = wanted["getRecord"]
    assert statement.account == record["getAccount"]["getIdentification"]
    stated = [balance for balance in record["getBalances"] if balance["getType"] == "closing"]
    if stated and name != "camt053.v2.all-balance-types":
        assert statement.closing
        assert int(statement.closing.amount * 100) == int(stated[0]["getAmount"]["getAmount"])
        assert statement.check().reason == "currencies_differ"
        assert entry.counter_name == "NAME NAME"
        assert entry.counter_account == "NL56AGDH9619008421"
        assert entry.title == "4654654654654654"


def test_camt_notification_whose_details_have_no_amounts(poland: Path) -> None:
    file = read_bank_file((poland / "camt" / "real" / "camt054.v2.xml").read_bytes())
    (statement,) = file.statements
    (entry,) = statement.entries
    assert (file.format, statement.opening, statement.closing) == ("camt.054", None, None)
    assert statement.check().right is None
    assert entry.amount == Decimal("-200000.00")
    assert [warning.code for warning in entry.warnings] == ["details_without_amounts"]
    for block in ("V1", "V2", "V3 block 1", "V3 block 2"):
        assert block in entry.title
