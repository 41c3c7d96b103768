"""What a file is, which encoding it has, and in which words it is refused."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lokum.money.banking.formats.csv_profile import CsvProfile
from lokum.money.banking.formats.detect import BankProfile, read_bank_file
from lokum.money.banking.formats.encodings import decode
from lokum.money.banking.formats.problems import (
    BrokenFile,
    CutFile,
    EmptyFile,
    FileProblem,
    ForeignFile,
)

pytestmark = pytest.mark.req("PAY-02")
SAMPLES = Path(__file__).parent / "samples"
TEXT = "Bożena Śliwińska wpłaca za łąkę, Źródlana, ĄĆĘŁŃÓŚŹŻ"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso-8859-2", "cp852"])
def test_encoding_is_found(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == (TEXT, encoding)
    assert decode(b"\xef\xbb\xbf" + TEXT.encode()) == (TEXT, "utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso-8859-2", "cp852"])
def test_statement_in_any_encoding(encoding: str) -> None:
    text = (SAMPLES / "pko_cp1250.sta").read_bytes().decode("cp1250")
    (statement,) = read_bank_file(text.encode(encoding)).statements
    assert statement.entries[0].counter_name == "Bożena Śliwińska"


def test_fixed_encoding_wins_and_must_fit() -> None:
    data = (SAMPLES / "pko_cp1250.sta").read_bytes()
    assert read_bank_file(data, profile=BankProfile(encoding="cp1250")).encoding == "cp1250"
    with pytest.raises(BrokenFile) as caught:
        read_bank_file(data, encoding="utf-8")
    assert caught.value.code == "wrong_encoding"


def test_digest_is_that_of_the_bytes() -> None:
    data = (SAMPLES / "camt053_v8.xml").read_bytes()
    file = read_bank_file(data)
    assert (file.sha256, file.format) == (hashlib.sha256(data).hexdigest(), "camt.053")


@pytest.mark.parametrize("data", [b"", b" \r\n\r\n", b"\xef\xbb\xbf", b"\x00\x00"])
def test_empty_file(data: bytes) -> None:
    with pytest.raises(EmptyFile):
        read_bank_file(data)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04xl/workbook.xml", "spreadsheet"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"Data;Kwota\n2026-09-11;10,00\n", "known form"),
        (b"MZ\x00\x00", "text file"),
    ],
)
def test_foreign_file_is_refused_in_plain_words(data: bytes, word: str) -> None:
    with pytest.raises(ForeignFile) as caught:
        read_bank_file(data)
    assert word in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_crash(data: bytes) -> None:
    try:
        read_bank_file(data)
    except FileProblem as problem:
        assert str(problem)


FRAGMENTS = [":20:X", ":25:1", ":28C:1", ":60F:C260910PLN0,00", ":61:2609110911C1,00NTRF", ":86:020~20x"]
FRAGMENTS += [
    ":62F:C260911PLN1,00",
    "-",
    ":61:2",
    ":90C:1PLN1,00",
    ":34F:PLN0,",
    "\x01",
    "~",
    "^30",
    "110,20260914,1,",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=14))
def test_pieces_of_statements_in_any_order_never_crash(pieces: list[str]) -> None:
    try:
        read_bank_file("\n".join(pieces).encode("utf-8", "replace"))
    except FileProblem as problem:
        assert str(problem)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(path.name for path in SAMPLES.iterdir())), st.data())
def test_damaged_samples_never_crash(name: str, data: st.DataObject) -> None:
    content = bytearray((SAMPLES / name).read_bytes())
    for _change in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        for statement in read_bank_file(bytes(content)).statements:
            statement.check()
    except FileProblem as problem:
        assert str(problem)


ELIXIR = (
    '110,20260911,51234,22223333,0,"60222233330000000000000001","98111122220007000000005101",'
    '"JAN|WZOROWY|UL. DŁUGA 1|00-001 MIASTO","WM","0","11112222","CZYNSZ|LOKAL 3||","","","51","R1"\r\n'
)


def test_elixir_columns() -> None:
    file = read_bank_file((ELIXIR * 2).encode("cp852"), encoding="cp852")
    first, second = file.statements[0].entries
    assert first == second
    assert (first.amount, first.counter_name, first.counter_address) == (
        Decimal("512.34"),
        "JAN WZOROWY",
        "UL. DŁUGA 1 00-001 MIASTO",
    )
    assert (first.title, first.bank_reference) == ("CZYNSZ LOKAL 3", "R1")


def test_elixir_cut_inside_a_line_is_refused() -> None:
    data = (ELIXIR * 2).encode()
    for length in range(len(ELIXIR.encode()) + 1, len(data) - 2):
        with pytest.raises(FileProblem):
            read_bank_file(data[:length])


PROFILE = CsvProfile(
    name="wzór",
    columns={"booked_on": "Data", "amount": "Kwota", "title": "Opis", "virtual_account": "Rachunek"},
    date_format="%d.%m.%Y",
    account="12111122220000000000770001",
)


def test_table_with_a_profile() -> None:
    text = 'Data;Opis;Kwota;Rachunek\r\n11.09.2026;"Czynsz; lokal 3";1 512,34;PL98111122220007000000005101\r\n'
    text += "12.09.2026;Opłata;-3.000,50;\r\n"
    file = read_bank_file(text.encode("cp1250"), profile=BankProfile(csv=PROFILE))
    first, second = file.statements[0].entries
    assert (first.amount, first.title) == (Decimal("1512.34"), "Czynsz; lokal 3")
    assert first.virtual_account == "98111122220007000000005101"
    assert (second.amount, second.virtual_account) == (Decimal("-3000.50"), None)


def test_table_of_payment_rows_in_hundredths() -> None:
    columns = {"booked_on": 1, "credit_amount": 2, "title": 3}
    profile = CsvProfile("02", dict(columns), ",", 0, False, "%Y%m%d", "PLN", "", "02", True)
    data = b"01,naglowek\n02,20260911,51234,Czynsz\n03,1\n"
    (entry,) = read_bank_file(data, profile=BankProfile(csv=profile)).statements[0].entries
    assert entry.amount == Decimal("512.34")


def test_table_without_the_expected_column_or_with_a_short_row() -> None:
    with pytest.raises(ForeignFile) as caught:
        read_bank_file(b"Data;Opis\n11.09.2026;x\n", profile=BankProfile(csv=PROFILE))
    assert "Kwota" in str(caught.value)
    cut = b"Data;Opis;Kwota;Rachunek\n11.09.2026;x;1,00;\n11.09.2026;x;1,00"
    with pytest.raises(CutFile) as short:
        read_bank_file(cut, profile=BankProfile(csv=PROFILE))
    assert short.value.line == 3
