"""Reading rules of MT940 and MT942, one by one."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lokum.money.banking.formats.detect import BankProfile, read_bank_file
from lokum.money.banking.formats.mt940 import read_mt940
from lokum.money.banking.formats.problems import BrokenFile, CutFile, FileProblem
from lokum.money.banking.formats.statement import Entry, Statement

pytestmark = pytest.mark.req("PAY-02")
SAMPLES = Path(__file__).parent / "samples"
VIRTUAL = "98111122220007000000005101"
OTHER = "71111122220007000000005102"


def statement(*lines: str, opening: str = "C260910PLN100,00", closing: str) -> Statement:
    head = [":20:X", ":25:PL12111122220000000000770001", ":28C:47", f":60F:{opening}"]
    (read,) = read_mt940("\r\n".join([*head, *lines, f":62F:{closing}", "-", ""]))
    return read


def entry(first: str, text: str = "020~00PRZELEW", closing: str = "C260911PLN110,00") -> Entry:
    (read,) = statement(f":61:{first}", f":86:{text}", closing=closing).entries
    return read


def test_pekao_form_with_padded_amounts_and_latin2() -> None:
    file = read_bank_file((SAMPLES / "pekao_iso88592.sta").read_bytes())
    (read,) = file.statements
    assert (file.encoding, read.check().right) == ("iso-8859-2", True)
    first, second, third = read.entries
    assert first == second
    assert (first.title, first.virtual_account) == ("Opłaty za lokal 3, wrzesień 2026", VIRTUAL)
    assert (third.counter_name, third.amount) == ("Wodociągi Jaśminowe sp. z o.o.", Decimal("-1480.00"))
    assert third.counter_account == "06222233330000000000000003"


@pytest.mark.parametrize(
    ("sign", "amount", "reversal"), [("C", 10, False), ("D", -10, False), ("RC", -10, True), ("RD", 10, True)]
)
def test_signs(sign: str, amount: int, reversal: bool) -> None:
    closing = f"C260911PLN{100 + amount},00"
    read = entry(f"2609110911{sign}10,00NTRFNONREF", closing=closing)
    assert (read.amount, read.reversal) == (Decimal(amount), reversal)


@pytest.mark.parametrize("digits", ["10,00", "10,", "10", "10,0", "000000000010,00"])
@pytest.mark.parametrize("entry_day", ["0911", "    ", ""])
def test_spellings_of_the_entry_line(digits: str, entry_day: str) -> None:
    read = entry(f"260911{entry_day}CN{digits}NTRFNONREF//REF1")
    assert (read.amount, read.bank_reference) == (Decimal("10.00"), "REF1")
    assert read.booked_on == date(2026, 9, 11)


@pytest.mark.parametrize(("first", "booked_on"), [("2612310102", date(2027, 1, 2)), ("2701021231", date(2026, 12, 31))])
def test_booking_day_across_the_turn_of_the_year(first: str, booked_on: date) -> None:
    assert entry(f"{first}C10,00NTRFNONREF").booked_on == booked_on


def test_ing_form_with_two_texts() -> None:
    read = statement(
        ":61:2609110911C10,00S150REF//77",
        ":86:150",
        ":86:150~00B150PRZELEW",
        "~20Czynsz",
        f"~29{VIRTUAL}",
        "~3022223333",
        "~310000000000000001",
        "~32JAN WZOROWY",
        "~38PL60222233330000000000000001",
        "~62UL. DŁUGA 1",
        closing="C260911PLN110,00",
    )
    (only,) = read.entries
    assert (only.title, only.counter_name, only.counter_address) == ("Czynsz", "JAN WZOROWY", "UL. DŁUGA 1")
    assert (only.virtual_account, only.counter_account) == (VIRTUAL, "60222233330000000000000001")


def test_angle_form_with_quoted_title() -> None:
    text = f'020<00PRZELEW<10123<20"Czynsz za lokal"<21{VIRTUAL}<27JAN WZOROWY<29UL. DŁUGA 1<3022223333'
    read = entry("2609110911C10,00NTRFNONREF", f"{text}<310000000000000001<63REFABC1")
    assert (read.title, read.counter_name, read.counter_address) == (
        "Czynsz za lokal",
        "JAN WZOROWY",
        "UL. DŁUGA 1",
    )
    assert (read.bank_reference, read.virtual_account) == ("ABC1", VIRTUAL)
    assert read.counter_account == "60222233330000000000000001"


def test_break_inside_number_word_and_key() -> None:
    read = statement(
        ":61:2609110911CN10,00NTRFNONREF//R1",
        ":86:911 TRANSAKCJA COLLECT; ID IPH: XX0000000",
        "05101; Z RA",
        "CH.: 6022223333",
        "0000000000000001; OD: JAN WZOROWY  UL. DŁUGA 1; TYT.: CZY",
        "NSZ; Z RACH.: 1; TNR: 5; TNR: 6",
        closing="C260911PLN110,00",
    )
    (only,) = read.entries
    assert (only.virtual_tail, only.counter_account) == ("000000005101", "60222233330000000000000001")
    assert (only.title, only.end_to_end) == ("CZYNSZ; Z RACH.: 1; TNR: 5", "6")


def test_virtual_account_from_the_subfield_of_the_profile_first() -> None:
    text = f"020~00P~20Czynsz~21{OTHER}~28{VIRTUAL}~38PL60222233330000000000000001"
    head = ":20:X\r\n:25:PL12111122220000000000770001\r\n:28C:1\r\n:60F:C260910PLN0,00\r\n"
    data = f"{head}:61:2609110911C10,00NTRFNONREF\r\n:86:{text}\r\n:62F:C260911PLN10,00\r\n-".encode()
    (guessed,) = read_bank_file(data).statements[0].entries
    assert guessed.virtual_account is None
    assert [warning.code for warning in guessed.warnings] == ["virtual_account_ambiguous"]
    (named,) = read_bank_file(data, profile=BankProfile(virtual_subfield="28")).statements[0].entries
    assert (named.virtual_account, named.warnings) == (VIRTUAL, ())


def test_number_with_wrong_check_digits_is_no_virtual_account() -> None:
    assert entry("2609110911C10,00NTRFNONREF", f"020~00P~20{VIRTUAL[:-1]}7").virtual_account is None


def test_transfer_out_has_no_virtual_account() -> None:
    read = entry("2609110911D10,00NTRFNONREF", f"020~00P~20{VIRTUAL}", closing="C260911PLN90,00")
    assert read.virtual_account is None


def test_unknown_form_of_text_becomes_the_title() -> None:
    assert entry("2609110911C10,00NTRFNONREF", "Wpłata gotówki").title == "Wpłata gotówki"


def test_balances_that_do_not_agree_show_both_values() -> None:
    read = statement(":61:2609110911C10,00NTRFNONREF", closing="C260911PLN115,50")
    check = read.check()
    assert (check.right, check.computed, check.stated) == (False, Decimal("110.00"), Decimal("115.50"))
    assert check.difference == Decimal("5.50")


def test_overdrawn_balances_are_negative() -> None:
    read = statement(":61:2609110911D10,00NTRFNONREF", opening="D260910PLN5,00", closing="D260911PLN15,00")
    assert read.check().right is True


def test_statement_without_closing_balance_is_cut() -> None:
    with pytest.raises(CutFile) as caught:
        read_mt940(":20:X\n:25:1\n:28C:1\n:60F:C260910PLN1,00\n:61:2609110911C10,00NTRFNONREF\n")
    assert caught.value.code == "cut"
    assert caught.value.line == 5
    assert "cut" in str(caught.value)


def test_unreadable_entry_is_refused_with_its_line() -> None:
    with pytest.raises(BrokenFile) as caught:
        statement(":61:26091", closing="C260911PLN100,00")
    assert (caught.value.code, caught.value.line) == ("entry_unreadable", 5)


def test_fraction_of_a_grosz_is_refused() -> None:
    with pytest.raises(BrokenFile):
        statement(":61:2609110911C10,005NTRFNONREF", closing="C260911PLN110,00")


def test_pages_of_one_statement_are_joined() -> None:
    head = ":20:A\n:25:PL12111122220000000000770001\n"
    text = (
        f"{head}:28C:5/1\n:60F:C260910PLN0,00\n:61:2609110911C1,00NTRFNONREF\n:62M:C260911PLN1,00\n-\n"
        f"{head}:28C:5/2\n:60M:C260911PLN1,00\n:61:2609110911C2,00NTRFNONREF\n:62F:C260911PLN3,00\n-"
    )
    (joined,) = read_mt940(text)
    assert [item.index for item in joined.entries] == [0, 1]
    assert (joined.check().right, joined.warnings) == (True, ())
    (first,) = read_mt940(text[: text.index("-\n") + 2])
    assert [warning.code for warning in first.warnings] == ["not_last_page"]


def test_gap_between_statements_of_a_file_is_noted() -> None:
    one = ":20:A\n:25:1\n:28C:{0}\n:60F:C260910PLN{1},00\n:62F:C260910PLN{1},00\n-\n"
    file = read_bank_file((one.format(1, 5) + one.format(2, 7)).encode())
    assert [warning.code for warning in file.statements[1].warnings] == ["order"]


def test_envelope_of_the_network() -> None:
    block = "{{1:F01X}}{{2:O940}}{{4:\r\n:20:A\r\n:25:1\r\n:28C:{0}\r\n:60F:C260910PLN5,00\r\n:62F:C260910PLN5,00\r\n"
    text = (block + "-}}{{5:{{CHK:1}}}}\r\n") * 2
    assert [read.number for read in read_bank_file(text.format(7).encode()).statements] == ["7", "7"]


INTERIM = (
    ":20:X\n:25:PL12111122220000000000770001\n:28C:1\n:34F:PLN0,\n:13D:2609111200+0200\n"
    ":61:2609110911C10,00NTRFNONREF\n:86:x\n:61:2609110911D3,00NTRFNONREF\n:86:y\n"
)


def test_interim_report_is_checked_by_its_totals() -> None:
    (right,) = read_mt940(INTERIM + ":90D:1PLN3,00\n:90C:1PLN10,00\n-\n")
    assert (right.interim, right.format, right.check().right) == (True, "mt942", True)
    (wrong,) = read_mt940(INTERIM + ":90D:1PLN3,00\n:90C:2PLN10,00\n-\n")
    assert (wrong.check().right, wrong.check().reason) == (False, "totals_differ")
    with pytest.raises(CutFile):
        read_mt940(INTERIM + ":90D:1PLN3,00\n")
    with pytest.raises(CutFile):
        read_mt940(INTERIM)


@pytest.mark.parametrize("name", ["mbank_cp1250.sta", "pko_cp1250.sta", "pekao_iso88592.sta"])
def test_file_cut_anywhere_is_never_silently_shorter(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    whole = read_bank_file(data).statements[0]
    for length in range(len(data)):
        try:
            (read,) = read_bank_file(data[:length]).statements
        except FileProblem:
            continue
        assert read.check().right is False or len(read.entries) == len(whole.entries), length
        assert read.check().right is False or read.check().stated == whole.check().stated, length


HEAD = ":20:X\n:25:1\n:28C:1\n:60F:C260910PLN0,00\n:61:2609110911C1,00NTRF\n"
FLOODS = {
    "accounts": ":25:1\n" * 300_000,
    "texts": HEAD + ":86:x\n" * 200_000,
    "subfields": HEAD + ":86:" + "~20x" * 200_000,
    "blanks": HEAD + ":86:" + " " * 1_000_000 + "x",
    "keys": HEAD + ":86:1 X; " + "; OD: x" * 100_000,
    "dashes": HEAD + "-\n" * 300_000,
    "gaps": (HEAD + "-\n" + "\n" * 1000) * 300,
    "accounts in text": HEAD + ":86:" + f"{VIRTUAL} " * 30_000,
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods_take_no_more_than_their_length(name: str) -> None:
    text = FLOODS[name]
    for ending in ("", "\n:62F:C260911PLN1,00\n-\n"):
        started = time.process_time()
        try:
            read_bank_file((text + ending).encode())
        except FileProblem:
            pass
        assert time.process_time() - started < 5
