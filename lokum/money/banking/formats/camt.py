"""camt.053 statements and camt.054 notifications, versions 2 and 8 (and those between, which differ in
neither part).

Element names are compared without their namespace. One entry (``Ntry``) may hold several transactions
(``TxDtls``); each becomes an entry of its own. No DTD, entities or inclusions, and limits of size, depth and
number of elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext_lazy as _

from .account_number import account_key, is_nrb
from .problems import BrokenFile, CutFile, EmptyFile, FileNote, ForeignFile, HostileFile, note
from .statement import Balance, Entry, SideTotal, Statement, parse_amount

MAX_BYTES = 24 * 1024 * 1024
MAX_DEPTH = 40
MAX_ELEMENTS = 600_000  # some 15 000 entries
MAX_ATTRIBUTES = 200_000
_CHUNK = 64 * 1024
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]+\.\d{3})\.(\d{3})\.(\d{2})")
_LINE = "{}line"  # an attribute no file can have: where a currency stands
_NOT_GIVEN = frozenset({"", "NOTPROVIDED", "NONREF", "NOT PROVIDED"})


class _TooMuch(Exception):
    """Raised inside the parser when a limit is passed."""


class _LimitedBuilder(TreeBuilder):
    """Builds the tree; stops at a foreign root, or as soon as it is deeper than a statement can be."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.line: Callable[[], int] = lambda: 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.depth += 1
        if self.depth == 1:
            _message_kind(tag)
        if self.depth > MAX_DEPTH or "XInclude" in tag:
            raise _TooMuch
        if "Ccy" in attrs or tag.endswith("}Ccy"):
            attrs = attrs | {_LINE: str(self.line())}
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag)


def _is_bomb(data: bytes) -> bool:
    """Counts ends of elements and attributes before anything is built, so a bomb costs no more than this."""
    plain = data.replace(b"\x00", b"") if b"\x00" in data else data  # UTF-16 has a zero in every sign
    return plain.count(b"/>") + plain.count(b"</") > MAX_ELEMENTS or plain.count(b"=") > MAX_ATTRIBUTES


def _message_kind(tag: str) -> tuple[str, int]:
    """``camt.053`` or ``camt.054`` and the version. Raises ForeignFile for the root of any other document."""
    match = _NAMESPACE.search(tag)
    if match and match.group(1) in ("camt.053", "camt.054"):
        return match.group(1), int(match.group(3))
    raise ForeignFile(
        "not_a_statement",
        _("The file is XML of the kind “%(kind)s”, not a bank statement (camt.053 or camt.054)."),
        kind=match.group(1) if match else tag.rpartition("}")[2][:40],
    )


def parse_xml(data: bytes) -> Element:
    """The root element. Raises HostileFile, ForeignFile, CutFile or BrokenFile."""
    hostile = _("The file is not an ordinary bank statement: it is too large, too deep or defines things of its own.")
    if len(data) > MAX_BYTES or _is_bomb(data):
        raise HostileFile("too_large", _("The file is larger than a bank statement can be."))
    builder = _LimitedBuilder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.line = lambda: int(parser.parser.CurrentLineNumber)
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
        root = parser.close()
    except (_TooMuch, DefusedXmlException):
        raise HostileFile("hostile_xml", hostile) from None
    except ParseError as error:
        line = error.position[0] if getattr(error, "position", None) else None
        raise CutFile("xml_broken", _("The file is cut or damaged: its XML does not come to an end."), line=line)
    except (LookupError, ValueError, UnicodeError):
        raise BrokenFile("wrong_encoding", _("The file names an encoding that is not known.")) from None
    assert isinstance(root, Element)
    return root


def read_camt(data: bytes) -> tuple[Statement, ...]:
    """All statements of the message. Raises FileProblem."""
    root = parse_xml(data)
    kind, version = _message_kind(root.tag)
    name = "Stmt" if kind == "camt.053" else "Ntfctn"
    message = next(iter(root), None)
    found = [] if message is None else [child for child in message if _local(child) == name]
    if not found:
        raise EmptyFile("no_statement", _("The file contains no statement."))
    return tuple(_read_statement(element, kind, version) for element in found)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: Element | None, name: str) -> Iterator[Element]:
    if element is not None:
        yield from (child for child in element if _local(child) == name)


def _find(element: Element | None, path: str) -> Element | None:
    """First element at a path of local names; ``Pty`` (version 8) is stepped into where it stands between."""
    for name in path.split("/"):
        if element is None:
            return None
        element = next(_children(element, name), None)
    return element


def _text(element: Element | None, path: str = "") -> str:
    found = _find(element, path) if path else element
    return " ".join((found.text or "").split()) if found is not None else ""


def _amount(element: Element, indicator: str) -> tuple[Decimal, str]:
    digits = _text(element)
    try:
        amount = parse_amount(digits)
    except ValueError:
        raise BrokenFile("amount_unreadable", _("The amount %(text)s cannot be read."), text=digits[:40]) from None
    return (-amount if indicator == "DBIT" else amount), element.get("Ccy", "")


def _line(element: Element | None) -> int | None:
    text = element.get(_LINE) if element is not None else None
    return int(text) if text else None


def _indicator(element: Element | None) -> str:
    value = _text(element, "CdtDbtInd")
    if value not in ("CRDT", "DBIT", ""):
        raise BrokenFile("sign_unreadable", _("An amount is neither credit nor debit."))
    return value


def _date(element: Element | None, warnings: list[FileNote]) -> date | None:
    """``Dt`` or the day of ``DtTm`` as the bank wrote it; fractions of a second may have nine digits."""
    text = _text(element, "Dt") or _text(element, "DtTm")
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        warnings.append(note("broken_date", _("The date %(text)s does not exist."), text=text[:40]))
        return None


def _account(element: Element | None) -> str:
    text = _text(element, "Id/IBAN") or _text(element, "Id/Othr/Id")
    return text.replace(" ", "")


def _read_statement(element: Element, kind: str, version: int) -> Statement:
    warnings: list[FileNote] = []
    account_element = _find(element, "Acct")
    account = _account(account_element)
    if not account:
        raise BrokenFile("no_account", _("The statement does not name its account."))
    opening, closing = _read_balances(element, warnings)
    entries = _read_entries(element, account, opening or closing, warnings)
    stated = _find(account_element, "Ccy")
    currency = _text(stated)
    for item in (opening, closing, *entries[:1]):
        currency = currency or (item.currency if item else "")
    if kind == "camt.053":
        if opening is None:
            warnings.append(note("opening_missing", _("The statement has no opening balance.")))
        if closing is None:
            warnings.append(note("closing_missing", _("The statement has no closing balance.")))
    if not _totals_agree(element):
        warnings.append(note("totals_differ", _("The entries do not give the totals that the bank states.")))
    if _text(element, "StmtPgntn/LastPgInd") == "false":
        warnings.append(note("not_last_page", _("Further pages of the statement are in another file.")))
    return Statement(
        account=account,
        number=_text(element, "LglSeqNb") or _text(element, "ElctrncSeqNb") or _text(element, "Id"),
        currency=currency,
        opening=opening,
        closing=closing,
        entries=entries,
        format=kind,
        version=version,
        warnings=tuple(warnings),
        credits=_side_total(element, "TtlCdtNtries"),
        debits=_side_total(element, "TtlDbtNtries"),
        currency_line=_line(stated),
    )


def _side_total(element: Element, name: str) -> SideTotal | None:
    count, total = _text(element, f"TxsSummry/{name}/NbOfNtries"), _text(element, f"TxsSummry/{name}/Sum")
    if not (count.isascii() and count.isdigit() and len(count) < 10 and total):
        return None
    try:
        return SideTotal(int(count), parse_amount(total))
    except ValueError:
        return None


def _totals_agree(element: Element) -> bool:
    """Number and sum of the entries against ``TxsSummry``, side by side; true where the bank states none."""
    sums: dict[str, list[Decimal]] = {"CRDT": [], "DBIT": []}
    for item in _children(element, "Ntry"):
        amount = _find(item, "Amt")
        if amount is not None:
            sums.setdefault(_indicator(item), []).append(_amount(amount, "")[0])
    for name, side in (("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
        stated = _side_total(element, name)
        if stated and (stated.count, stated.amount) != (len(sums[side]), sum(sums[side], Decimal(0))):
            return False
    return True


def _read_balances(element: Element, warnings: list[FileNote]) -> tuple[Balance | None, Balance | None]:
    balances: dict[str, list[Balance]] = {}
    for item in _children(element, "Bal"):
        code = _text(item, "Tp/CdOrPrtry/Cd")
        amount_element = _find(item, "Amt")
        if amount_element is None:
            raise BrokenFile("balance_unreadable", _("A balance of the statement cannot be read."))
        amount, currency = _amount(amount_element, _indicator(item))
        on = _date(_find(item, "Dt"), warnings)
        balances.setdefault(code, []).append(Balance(amount, currency, on, line=_line(amount_element)))
    opening = balances.get("OPBD") or balances.get("PRCD") or balances.get("ITBD")
    closing = balances.get("CLBD") or balances.get("ITBD", [])[1:]
    return (opening[0] if opening else None), (closing[-1] if closing else None)


def _read_entries(
    element: Element, account: str, balance: Balance | None, warnings: list[FileNote]
) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    pending = 0
    for item in _children(element, "Ntry"):
        status = _text(item, "Sts/Cd") or _text(item, "Sts")
        if status in ("PDNG", "INFO", "FUTR"):
            pending += 1
            continue
        entries += _EntryReader(item, account, balance, len(entries)).read()
    if pending:
        warnings.append(
            note(
                "pending_left_out",
                _("Entries that are not booked yet were left out: %(count)s."),
                count=pending,
            )
        )
    return tuple(entries)


class _EntryReader:
    """One ``Ntry`` and its transactions."""

    def __init__(self, element: Element, account: str, balance: Balance | None, first_index: int) -> None:
        self.element = element
        self.own = account_key(account)
        self.first_index = first_index
        self.warnings: list[FileNote] = []
        amount_element = _find(element, "Amt")
        self.indicator = _indicator(element)
        if amount_element is None or not self.indicator:
            raise BrokenFile("entry_unreadable", _("An entry of the statement cannot be read."))
        self.amount, self.currency = _amount(amount_element, self.indicator)
        self.line = _line(amount_element)
        self.reversal = _text(element, "RvslInd").lower() in ("true", "1")
        booked_on = _date(_find(element, "BookgDt"), self.warnings)
        value_on = _date(_find(element, "ValDt"), self.warnings)
        day = booked_on or value_on or (balance.on if balance else None)
        if day is None:
            raise BrokenFile("entry_without_date", _("An entry has no date that exists."))
        self.booked_on, self.value_on = day, value_on or day

    def read(self) -> list[Entry]:
        details = [item for block in _children(self.element, "NtryDtls") for item in _children(block, "TxDtls")]
        if len(details) < 2:
            detail = details[0] if details else None
            self._compare(detail)
            return [self._entry(detail, self.amount, 0, self.warnings)]
        amounts = [self._detail_amount(detail) for detail in details]
        if any(amount is None for amount in amounts):
            warning = note("details_without_amounts", _("One entry holds several payments without their amounts."))
            return [self._entry(details[0], self.amount, 0, [*self.warnings, warning], details)]
        return self._split(details, [amount for amount in amounts if amount is not None])

    def _split(self, details: list[Element], amounts: list[Decimal]) -> list[Entry]:
        """Every payment its own entry; what they do not add up to (charges kept by the bank) another one."""
        rest = self.amount - sum(amounts, Decimal(0))
        warnings = list(self.warnings)
        if rest:
            warnings.append(
                note(
                    "details_differ",
                    _("The payments of an entry differ from its amount by %(difference)s."),
                    difference=f"{rest:.2f}",
                )
            )
        entries = [
            self._entry(detail, amount, offset, warnings)
            for offset, (detail, amount) in enumerate(zip(details, amounts, strict=True))
        ]
        if rest:
            entries.append(self._entry(None, rest, len(entries), warnings))
        return entries

    def _compare(self, detail: Element | None) -> None:
        stated = _find(detail, "Amt")
        if detail is None or stated is None:
            return
        amount, currency = _amount(stated, _indicator(detail) or self.indicator)
        if (amount, currency or self.currency) != (self.amount, self.currency):
            self.warnings.append(
                note(
                    "detail_differs",
                    _("The payment says %(amount)s %(currency)s, the entry differs; the entry counts."),
                    amount=f"{amount:.2f}",
                    currency=currency,
                )
            )

    def _detail_amount(self, detail: Element) -> Decimal | None:
        """Signed amount of one payment in the currency of the entry; None when the file does not tell."""
        indicator = _indicator(detail) or self.indicator
        for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt"):
            element = _find(detail, path)
            if element is not None and element.get("Ccy", self.currency) == self.currency:
                return _amount(element, indicator)[0]
        return None

    def _entry(
        self,
        detail: Element | None,
        amount: Decimal,
        offset: int,
        warnings: list[FileNote],
        all_details: list[Element] | None = None,
    ) -> Entry:
        # The parties of a reversal keep the roles of the payment that is taken back.
        incoming = (amount >= 0) != self.reversal
        parties = _find(detail, "RltdPties")
        side, own_side = ("Dbtr", "Cdtr") if incoming else ("Cdtr", "Dbtr")
        counter = account_key(_account(_find(parties, f"{side}Acct")))
        target = account_key(_account(_find(parties, f"{own_side}Acct"))) if incoming else ""
        # In Poland a virtual account is a full account number; elsewhere any number that is neither side's own.
        fits = is_nrb(target) or (bool(target) and not is_nrb(self.own))
        virtual = target if fits and target not in (self.own, counter) else None
        name, address = _party(_find(parties, side))
        titles = [_title(item) for item in all_details or ([detail] if detail is not None else [])]
        operation = _text(self.element, "AddtlNtryInf")
        title = " ".join(text for text in titles if text) or operation
        end_to_end = _text(detail, "Refs/EndToEndId")
        return Entry(
            booked_on=self.booked_on,
            value_on=self.value_on,
            amount=amount,
            currency=self.currency,
            reversal=self.reversal,
            counter_account=counter,
            counter_name=name,
            counter_address=address,
            title=title,
            bank_reference=_text(detail, "Refs/AcctSvcrRef") or _text(self.element, "AcctSvcrRef"),
            operation=operation,
            end_to_end="" if end_to_end.upper() in _NOT_GIVEN else end_to_end,
            virtual_account=virtual,
            raw="\n".join(_lines(detail if detail is not None else self.element)),
            warnings=tuple(warnings),
            index=self.first_index + offset,
            line=self.line,
        )


def _party(element: Element | None) -> tuple[str, str]:
    """Name and address in one line; version 8 puts both inside ``Pty``."""
    inner = _find(element, "Pty")
    party = inner if inner is not None else element
    postal = _find(party, "PstlAdr")
    lines = [_text(line) for line in _children(postal, "AdrLine")]
    if not lines and postal is not None:
        street = " ".join(part for part in (_text(postal, "StrtNm"), _text(postal, "BldgNb")) if part)
        town = " ".join(part for part in (_text(postal, "PstCd"), _text(postal, "TwnNm")) if part)
        lines = [street, town]
    return _text(party, "Nm"), " ".join(line for line in lines if line)


def _title(detail: Element) -> str:
    remittance = _find(detail, "RmtInf")
    texts = [_text(item) for item in _children(remittance, "Ustrd")]
    if not any(texts):
        for structured in _children(remittance, "Strd"):
            texts += [_text(structured, "CdtrRefInf/Ref")]
            texts += [_text(item) for item in _children(structured, "AddtlRmtInf")]
    if not any(texts):
        texts = [_text(detail, "AddtlTxInf")]
    return " ".join(text for text in texts if text)


def _lines(element: Element, prefix: str = "") -> Iterator[str]:
    """The element in lines ``path: text``, for the eye of whoever has to judge an unclear entry."""
    path = f"{prefix}/{_local(element)}" if prefix else _local(element)
    if text := _text(element):
        yield f"{path}: {text}"
    for child in element:
        yield from _lines(child, path)
