"""Writes bank statements the way Polish banks send them, for demonstration data and end-to-end tests.

One plain description (DemoStatement) becomes an mBank or PKO MT940 file or a camt.053 message (version 2 or
8); what the reader makes of it is the same in all of them. Names and accounts are the caller's invention.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from lokum.money.banking.formats.account_number import is_nrb

_WIDTH = 65
_SUBFIELD = 27
_TAIL = 12
_CRLF = "\r\n"


@dataclass(frozen=True)
class DemoEntry:
    """One movement; money in is positive. A ``reversal`` takes an earlier movement back."""

    booked_on: date
    amount: Decimal
    counter_account: str
    counter_name: str
    title: str
    bank_reference: str
    counter_address: str = ""
    virtual_account: str = ""
    value_on: date | None = None
    reversal: bool = False


@dataclass(frozen=True)
class DemoStatement:
    """A statement of one account; the closing balance is computed. Only camt.053 knows another currency."""

    account: str
    number: int
    opened_on: date
    closed_on: date
    opening_amount: Decimal
    entries: tuple[DemoEntry, ...]
    currency: str = "PLN"

    @property
    def closing_amount(self) -> Decimal:
        return self.opening_amount + sum((entry.amount for entry in self.entries), Decimal(0))


def write_mbank_mt940(statement: DemoStatement, *, encoding: str = "cp1250") -> bytes:
    """Plain text with keys, capitals, wrapped at 65 characters wherever that falls; virtual account as a
    tail.
    """
    lines = [
        f"\x01{_CRLF}:20:ST{statement.closed_on:%y%m%d}CYC/{statement.number}",
        f":25:PL{statement.account}",
        f":28C:{statement.number}/1",
        _balance("60F", statement.opening_amount, statement.opened_on),
    ]
    for entry in statement.entries:
        kind = "911-TRANSAKCJA IPH" if entry.virtual_account else "944-PRZELEW"
        lines += [_movement(entry, "N"), kind, *_wrap(":86:", _mbank_text(entry))]
    lines += [
        _balance("62F", statement.closing_amount, statement.closed_on),
        _balance("64", statement.closing_amount, statement.closed_on),
        "-\x03",
    ]
    return (_CRLF.join(lines) + _CRLF).encode(encoding, "replace")


def write_pko_mt940(statement: DemoStatement, *, encoding: str = "cp1250", virtual_subfield: str = "24") -> bytes:
    """Subfields ``~NN``, one per line, texts continued in the next number after 27 characters."""
    lines = [
        ":20:MT940",
        f":25:/PL{statement.account}",
        f":28C:{statement.number}",
        _balance("60F", statement.opening_amount, statement.opened_on),
    ]
    for entry in statement.entries:
        lines += [_movement(entry, ""), ":86:020", *_pko_subfields(entry, virtual_subfield)]
    lines += [_balance("62F", statement.closing_amount, statement.closed_on), "-"]
    return (_CRLF.join(lines) + _CRLF).encode(encoding, "replace")


def write_camt053(statement: DemoStatement, *, version: int = 8) -> bytes:
    """camt.053.001.08, or .02 with its flat parties."""
    if version not in (2, 8):
        raise ValueError("versions 2 and 8 are written")
    currency = statement.currency
    body = "".join(_camt_entry(entry, version, currency) for entry in statement.entries)
    day = f"{statement.closed_on.isoformat()}T22:00:00+00:00"
    name = f"{statement.number}/{statement.closed_on.year}"
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{name}</MsgId><CreDtTm>{day}</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>{name}</Id><ElctrncSeqNb>{statement.number}</ElctrncSeqNb>"
        f"<LglSeqNb>{statement.number}</LglSeqNb><CreDtTm>{day}</CreDtTm>"
        f"<Acct><Id>{_camt_number(statement.account)}</Id><Ccy>{currency}</Ccy></Acct>\n"
        + _camt_balance("OPBD", statement.opening_amount, statement.opened_on, currency)
        + _camt_balance("CLBD", statement.closing_amount, statement.closed_on, currency)
        + body
        + "</Stmt></BkToCstmrStmt></Document>\n"
    )
    return text.encode()


def _comma(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")


def _balance(tag: str, amount: Decimal, on: date) -> str:
    return f":{tag}:{'D' if amount < 0 else 'C'}{on:%y%m%d}PLN{_comma(amount)}"


def _movement(entry: DemoEntry, letter: str) -> str:
    value_on = entry.value_on or entry.booked_on
    if entry.reversal:
        sign = "RD" if entry.amount >= 0 else "RC"
    else:
        sign = "C" if entry.amount >= 0 else "D"
    amount = _comma(entry.amount)
    reference = f"NTRFNONREF//{entry.bank_reference}"
    return f":61:{value_on:%y%m%d}{entry.booked_on:%m%d}{sign}{letter}{amount}{reference}"


def _incoming(entry: DemoEntry) -> bool:
    return (entry.amount >= 0) != entry.reversal


def _mbank_text(entry: DemoEntry) -> str:
    party = f"{entry.counter_name}  {entry.counter_address}".upper()
    start = "911 TRANSAKCJA COLLECT; " if entry.virtual_account else "944 PRZELEW; "
    if entry.virtual_account:
        start += f"ID IPH: XX{entry.virtual_account[-_TAIL:]}; "
    account_key, party_key = ("Z RACH.", "OD") if _incoming(entry) else ("NA RACH.", "DLA")
    return (
        f"{start}{account_key}: {entry.counter_account}; {party_key}: {party}; "
        f"TYT.: {entry.title.upper()}; TNR: {entry.bank_reference}.000001"
    )


def _wrap(tag: str, text: str) -> list[str]:
    pieces = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)] or [""]
    return [tag + pieces[0], *pieces[1:]]


def _pko_subfields(entry: DemoEntry, virtual_subfield: str) -> list[str]:
    fields = [("00", "PRZELEW PRZYCHODZACY" if _incoming(entry) else "PRZELEW WYCHODZACY")]
    fields += _numbered(entry.title, [n for n in ("20", "21", "22", "23", "24", "25") if n != virtual_subfield])
    if entry.virtual_account:
        fields.append((virtual_subfield, entry.virtual_account))
    fields += [("30", entry.counter_account[2:10]), ("31", entry.counter_account[10:])]
    fields += _numbered(entry.counter_name, ["32", "33"])
    fields.append(("38", f"PL{entry.counter_account}"))
    fields += _numbered(entry.counter_address, ["62", "63"])
    return [f"~{number}{text}" for number, text in fields]


def _numbered(text: str, numbers: list[str]) -> list[tuple[str, str]]:
    pieces = [text[start : start + _SUBFIELD] for start in range(0, len(text), _SUBFIELD)]
    return list(zip(numbers, pieces, strict=False))


def _camt_number(number: str) -> str:
    """A Polish account as IBAN, any other number as the bank writes it."""
    return f"<IBAN>PL{number}</IBAN>" if is_nrb(number) else f"<Othr><Id>{number}</Id></Othr>"


def _camt_balance(code: str, amount: Decimal, on: date, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_camt_amount(amount, currency)}"
        f"<Dt><Dt>{on.isoformat()}</Dt></Dt></Bal>\n"
    )


def _camt_amount(amount: Decimal, currency: str) -> str:
    side = "DBIT" if amount < 0 else "CRDT"
    return f'<Amt Ccy="{currency}">{abs(amount):.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def _camt_party(name: str, party: str, address: str, version: int) -> str:
    postal = f"<PstlAdr><AdrLine>{escape(address)}</AdrLine></PstlAdr>" if address else ""
    inner = f"<Nm>{escape(name)}</Nm>{postal}"
    return f"<{party}><Pty>{inner}</Pty></{party}>" if version == 8 else f"<{party}>{inner}</{party}>"


def _camt_account(party: str, account: str) -> str:
    return f"<{party}Acct><Id>{_camt_number(account)}</Id></{party}Acct>" if account else ""


def _camt_entry(entry: DemoEntry, version: int, currency: str) -> str:
    value_on = entry.value_on or entry.booked_on
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version == 8 else "<Sts>BOOK</Sts>"
    payer, payee = ("Dbtr", "Cdtr") if _incoming(entry) else ("Cdtr", "Dbtr")
    parties = [
        _camt_party(entry.counter_name, payer, entry.counter_address, version),
        _camt_account(payer, entry.counter_account),
    ]
    own = _camt_account(payee, entry.virtual_account)
    parties = [*parties, own] if payer == "Dbtr" else [own, *parties]
    return (
        f"<Ntry>{_camt_amount(entry.amount, currency)}"
        f"{'<RvslInd>true</RvslInd>' if entry.reversal else ''}{status}"
        f"<BookgDt><Dt>{entry.booked_on.isoformat()}</Dt></BookgDt>"
        f"<ValDt><Dt>{value_on.isoformat()}</Dt></ValDt>"
        f"<AcctSvcrRef>{escape(entry.bank_reference)}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        "<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f"<RltdPties>{''.join(parties)}</RltdPties>"
        f"<RmtInf><Ustrd>{escape(entry.title)}</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>\n"
    )
