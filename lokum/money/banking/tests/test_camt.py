"""camt rules that the public samples do not show, and hostile XML."""

from __future__ import annotations

import time
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from lokum.money.banking.formats.camt import read_camt
from lokum.money.banking.formats.detect import read_bank_file
from lokum.money.banking.formats.problems import (
    BrokenFile,
    CutFile,
    EmptyFile,
    FileProblem,
    ForeignFile,
    HostileFile,
)
from lokum.money.banking.formats.statement import Statement

pytestmark = pytest.mark.req("PAY-02")
SAMPLES = Path(__file__).parent / "samples"
HEAD = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
TAIL = "</BkToCstmrStmt></Document>"
ACCOUNT = "<Acct><Id><IBAN>PL12111122220000000000770001</IBAN></Id></Acct>"


def balance(code: str, amount: str, side: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='PLN'>{amount}</Amt>"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-09-11</Dt></Dt></Bal>"
    )


def detail(amount: str, virtual: str = "", side: str = "", currency: str = "PLN") -> str:
    indicator = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    target = f"<CdtrAcct><Id><IBAN>PL{virtual}</IBAN></Id></CdtrAcct>" if virtual else ""
    stated = f"<Amt Ccy='{currency}'>{amount}</Amt>" if amount else ""
    return f"<TxDtls>{stated}{indicator}<RltdPties>{target}</RltdPties></TxDtls>"


def entry(amount: str, details: str = "", side: str = "CRDT", status: str = "BOOK", day: str = "") -> str:
    booked = day or "<Dt>2026-09-11</Dt>"
    return (
        f"<Ntry><Amt Ccy='PLN'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>"
        f"<BookgDt>{booked}</BookgDt><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def read(*parts: str) -> Statement:
    (statement,) = read_camt((HEAD + "<Stmt><Id>1</Id>" + ACCOUNT + "".join(parts) + "</Stmt>" + TAIL).encode())
    return statement


def test_several_payments_of_one_entry_are_entries_of_their_own() -> None:
    first, second = "98111122220007000000005101", "71111122220007000000005102"
    statement = read(
        balance("OPBD", "0.000"),
        entry("30.00", detail("10.00", first) + detail("25", second) + detail("5.00000", side="DBIT")),
        balance("CLBD", "30.00"),
    )
    assert [item.amount for item in statement.entries] == [
        Decimal("10.00"),
        Decimal("25.00"),
        Decimal("-5.00"),
    ]
    assert [item.virtual_account for item in statement.entries] == [first, second, None]
    assert [item.index for item in statement.entries] == [0, 1, 2]
    assert statement.check().right is True


def test_payments_that_do_not_add_up_leave_a_rest_with_a_warning() -> None:
    statement = read(entry("9.50", detail("5.00") + detail("5.00")))
    assert [item.amount for item in statement.entries] == [Decimal("5.00"), Decimal("5.00"), Decimal("-0.50")]
    assert {warning.code for item in statement.entries for warning in item.warnings} == {"details_differ"}


def test_payment_in_another_currency_is_not_split() -> None:
    statement = read(entry("9.50", detail("5.00") + detail("1.00", currency="EUR")))
    assert [item.amount for item in statement.entries] == [Decimal("9.50")]
    assert statement.entries[0].warnings[0].code == "details_without_amounts"


def test_totals_of_the_bank_are_compared() -> None:
    total = "<TxsSummry><TtlCdtNtries><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum></TtlCdtNtries></TxsSummry>"
    right = read(total.format(2, "3.00"), entry("1.00"), entry("2.00"), entry("9.00", side="DBIT"))
    assert "totals_differ" not in [warning.code for warning in right.warnings]
    for count, amount in ((3, "3.00"), (2, "3.01")):
        wrong = read(total.format(count, amount), entry("1.00"), entry("2.00"))
        assert "totals_differ" in [warning.code for warning in wrong.warnings]


def test_date_with_nine_decimals_of_a_second() -> None:
    statement = read(entry("1.00", day="<DtTm>2026-09-11T23:59:59.123456789+02:00</DtTm>"))
    assert statement.entries[0].booked_on.isoformat() == "2026-09-11"


def test_debit_balance_and_missing_closing() -> None:
    statement = read(balance("OPBD", "5.00", "DBIT"), entry("1.00"))
    assert statement.opening is not None
    assert statement.opening.amount == Decimal("-5.00")
    assert statement.check().right is None
    assert "closing_missing" in [warning.code for warning in statement.warnings]


def test_entries_not_booked_yet_are_left_out() -> None:
    statement = read(entry("1.00"), entry("2.00", status="PDNG"))
    assert len(statement.entries) == 1
    assert "pending_left_out" in [warning.code for warning in statement.warnings]


def test_fraction_of_a_grosz_is_an_error() -> None:
    with pytest.raises(BrokenFile):
        read(entry("1.005"))


def test_several_statements_of_several_accounts() -> None:
    other = ACCOUNT.replace("12111122220000000000770001", "98111122220007000000005101")
    data = f"{HEAD}<Stmt>{ACCOUNT}</Stmt><Stmt>{other}</Stmt>{TAIL}".encode()
    assert [statement.account_key[:2] for statement in read_camt(data)] == ["12", "98"]


def test_message_without_statement_is_an_error() -> None:
    with pytest.raises(EmptyFile):
        read_camt((HEAD + TAIL).encode())


def test_payment_order_is_refused_by_name() -> None:
    data = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><X/></Document>'
    with pytest.raises(ForeignFile) as caught:
        read_bank_file(data)
    assert "pain.001" in str(caught.value)


@pytest.mark.parametrize("name", ["camt053_v2.xml", "camt053_v8.xml"])
def test_file_cut_anywhere_is_refused(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    end = data.rindex(b">") + 1
    for length in range(0, end, 3):
        with pytest.raises(FileProblem):
            read_bank_file(data[:length])


LAUGHS = b"<!DOCTYPE l [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
)
HOSTILE = {
    "entities": LAUGHS + b"]><l>&m;</l>",
    "external": b"<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Document>&x;</Document>",
    "dtd": b"<!DOCTYPE Document SYSTEM 'http://192.0.2.1/x.dtd'><Document/>",
    "deep": HEAD.encode() + b"<a>" * 2_000_000,
    "wide": HEAD.encode() + b"<b/>" * 3_000_000,
    "wide in UTF-16": (HEAD + "<b/>" * 2_000_000).encode("utf-16"),
    "attributes": HEAD.encode() + b"<b " + b" ".join(b'a%d=""' % n for n in range(1_500_000)) + b"/>",
    "pieces": HEAD.encode() + "ł\n".encode() * 7_000_000,
    "references": HEAD.encode() + b"&#322;" * 3_500_000,
    "large": HEAD.encode() + b" " * 30_000_000,
    "xinclude": HEAD.encode() + b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>',
}


# Text without an end is no attack as long as it takes neither time nor memory.
MERE_TEXT = {"pieces", "references"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_quickly_and_in_little_memory(name: str) -> None:
    data = HOSTILE[name]
    started = time.process_time()
    with pytest.raises(FileProblem) as caught:
        read_bank_file(data)
    assert isinstance(caught.value, HostileFile) or name in MERE_TEXT
    assert time.process_time() - started < 1
    tracemalloc.start()
    with pytest.raises(FileProblem):
        read_bank_file(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * 1024 * 1024


def test_largest_accepted_message_stays_in_little_memory() -> None:
    data = (HEAD + "<Stmt>").encode() + b"<b/>" * 599_000 + b"</Stmt>" + TAIL.encode()
    tracemalloc.start()
    with pytest.raises(BrokenFile):
        read_camt(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * 1024 * 1024


def test_broken_xml_names_its_line() -> None:
    with pytest.raises(CutFile) as caught:
        read_bank_file(f"{HEAD}\n<x>\n{TAIL}".encode())
    assert caught.value.line == 3


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "windows-1250", "ISO-8859-2"])
def test_encoding_that_the_message_declares(encoding: str) -> None:
    text = (
        (SAMPLES / "camt053_v8.xml").read_text(encoding="utf-8").replace('encoding="UTF-8"', f'encoding="{encoding}"')
    )
    (statement,) = read_bank_file(text.encode(encoding)).statements
    assert statement.entries[0].counter_name == "Bożena Śliwińska"


def test_encoding_that_nobody_knows() -> None:
    with pytest.raises(BrokenFile) as caught:
        read_bank_file(b'<?xml version="1.0" encoding="x-none"?>' + (HEAD + TAIL).encode())
    assert caught.value.code == "wrong_encoding"


def test_outside_poland_any_other_number_of_the_receiver_is_a_virtual_account() -> None:
    own = "<Acct><Id><Othr><Id>9990123456789</Id></Othr></Id><Ccy>TWD</Ccy></Acct>"

    def paid_to(number: str) -> str | None:
        target = f"<CdtrAcct><Id><Othr><Id>{number}</Id></Othr></Id></CdtrAcct>"
        money = entry("2033", f"<TxDtls><RltdPties>{target}</RltdPties></TxDtls>").replace("PLN", "TWD")
        (statement,) = read_camt((HEAD + "<Stmt><Id>1</Id>" + own + money + "</Stmt>" + TAIL).encode())
        return statement.entries[0].virtual_account

    assert paid_to("99901000000007") == "99901000000007"
    assert paid_to("999-0123456789") is None  # the entity's own account
