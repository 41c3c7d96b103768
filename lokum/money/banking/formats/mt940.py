"""MT940 statements and MT942 interim reports, in the forms Polish banks send.

Lines of ``:86:`` are joined with nothing in between and without trimming, because banks break them inside
words and numbers. RC takes a credit back (minus), RD takes a debit back (plus). A file that ends before its
closing balance is refused; a date that does not exist keeps its entry, with a warning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from .account_number import account_key
from .mt940_dialects import read_details
from .problems import BrokenFile, CutFile, EmptyFile, FileNote, note
from .statement import Balance, Entry, SideTotal, Statement, parse_amount

_TAG = re.compile(r":(13D|20|21|25P?|28C?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS):")
_MARK = re.compile(r":(20|25P?|28C?|34F|60[FM]|61|62[FM]|NS):", re.MULTILINE)
_ENTRY = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}| {4})?(?P<sign>R?[CD])(?P<letter>[A-Z])?\s?"
    r"(?P<amount>[0-9]{1,18}(?:,[0-9]*)?)(?P<kind>[A-Z][A-Z0-9]{3})?(?P<rest>.*)"
)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,18}(?:,[0-9]*)?)\s*")
_TOTAL = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9]{1,18}(?:,[0-9]*)?)\s*")
_HEADER = re.compile(r"^\{1:.*?\{4:")
_NO_REFERENCE = "NONREF"


@dataclass
class _Tag:
    name: str
    line: int
    lines: list[str]

    @property
    def joined(self) -> str:
        return "".join(self.lines)


@dataclass
class _Block:
    """Tags of one statement while it is put together. ``closed`` tells whether an end sign was seen."""

    line: int
    tags: list[_Tag] = field(default_factory=list)
    closed: bool = False
    has_closing: bool = False

    def first(self, *names: str) -> _Tag | None:
        return next((tag for tag in self.tags if tag.name in names), None)


def looks_like_mt940(text: str) -> bool:
    return _MARK.search(text[:4000].replace("\r", "\n")) is not None


def read_mt940(text: str, *, virtual_subfield: str | None = None) -> tuple[Statement, ...]:
    """All statements of the file. Raises FileProblem (empty, cut or broken file)."""
    blocks = _split_blocks(text)
    if not blocks:
        raise EmptyFile("no_statement", _("The file contains no statement."))
    pages = [_read_block(block, virtual_subfield) for block in blocks]
    return _join_pages(pages)


def _split_blocks(text: str) -> list[_Block]:
    """Cut the file into statements: a new one begins at ``:20:``, the sign ``-`` ends one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks: list[_Block] = []
    current: _Block | None = None
    for number, raw in enumerate(lines, start=1):
        line = raw.lstrip("\x01\x02\ufeff") if current is None or current.closed else raw
        if line.startswith("{1:"):
            line = _HEADER.sub("", line)
        match = _TAG.match(line) if line.startswith(":") else None
        if match and match.group(1) == "NS" and current is None:
            continue
        if match:
            if current is None or current.closed or _begins_another(match.group(1), current):
                current = _Block(number)
                blocks.append(current)
            current.has_closing = current.has_closing or match.group(1).startswith("62")
            current.tags.append(_Tag(match.group(1), number, [line[match.end() :]]))
        elif current is not None and _is_end(line, lines, number):
            current.closed = True
        elif current is not None and current.tags and not current.closed:
            current.tags[-1].lines.append(line)
        elif line.strip(" \x00\x01\x02\x03\x1a{}-") and not line.startswith("{"):
            raise BrokenFile("text_outside", _("There is text that belongs to no statement."), line=number)
    return blocks


def _begins_another(name: str, block: _Block) -> bool:
    """``:20:`` always does; some files leave it out and go on with the account behind a closing balance."""
    return name == "20" or (name in ("25", "25P") and block.has_closing)


def _is_end(line: str, lines: list[str], number: int) -> bool:
    """``-``, ``-}`` or ``-`` and character 03, unless the text of an entry goes on behind it."""
    if line.strip("\x03\x1a ") != "-" and not line.startswith("-}"):
        return False
    for position in range(number, len(lines)):
        following = lines[position]
        if following.strip("\x00\x01\x02\x03\x1a \ufeff"):
            return following.lstrip("\x01\x02\ufeff").startswith((":20:", "{", ":NS:", ":25:"))
    return True


def _read_block(block: _Block, virtual_subfield: str | None) -> Statement:
    warnings: list[FileNote] = []
    _refuse_doubles(block)
    account_tag = block.first("25", "25P")
    opening_tag, closing_tag = block.first("60F", "60M"), block.first("62F", "62M")
    totals = {name: _read_total(tag) for name in ("90C", "90D") if (tag := block.first(name))}
    interim = opening_tag is None and closing_tag is None and (bool(totals) or block.first("34F") is not None)
    if account_tag is None or not account_tag.joined.strip():
        if closing_tag is None and opening_tag is None and not interim:
            raise _cut(block)
        raise BrokenFile("no_account", _("The statement does not name its account."), line=block.line)
    if interim:
        _refuse_cut_report(block, totals)
    elif closing_tag is None:
        raise _cut(block)
    elif opening_tag is None:
        raise BrokenFile("no_opening", _("The statement has no opening balance."), line=block.line)
    account = account_tag.lines[0].strip().lstrip("/").strip()
    opening = _read_balance(opening_tag, warnings) if opening_tag else None
    closing = _read_balance(closing_tag, warnings) if closing_tag else None
    currency = opening.currency if opening else _report_currency(block, totals)
    fallback_on = (closing.on if closing else None) or (opening.on if opening else None)
    entries = _read_entries(block, account, currency, fallback_on, virtual_subfield)
    number_tag = block.first("28C", "28")
    return Statement(
        account=account,
        number=number_tag.lines[0].strip() if number_tag else "",
        currency=currency,
        opening=opening,
        closing=closing,
        entries=entries,
        format="mt942" if interim else "mt940",
        warnings=tuple(warnings),
        credits=totals["90C"][0] if "90C" in totals else None,
        debits=totals["90D"][0] if "90D" in totals else None,
        interim=interim,
        currency_line=_currency_line(block),
    )


def _currency_line(block: _Block) -> int | None:
    tag = block.first("60F", "60M") or block.first("90C", "90D") or block.first("34F")
    return tag.line if tag else None


def _refuse_doubles(block: _Block) -> None:
    for names in (("25", "25P"), ("60F", "60M"), ("62F", "62M"), ("90C",), ("90D",)):
        doubles = [tag for tag in block.tags if tag.name in names]
        if len(doubles) > 1:
            raise BrokenFile(
                "statements_mixed",
                _("Two statements run into each other; the file is damaged here."),
                line=doubles[1].line,
            )


def _cut(block: _Block) -> CutFile:
    last = block.tags[-1].line if block.tags else block.line
    return CutFile("cut", _("The file is cut: a statement ends without its closing balance."), line=last)


def _refuse_cut_report(block: _Block, totals: dict[str, tuple[SideTotal, str]]) -> None:
    """An interim report has no closing balance; its totals, or the end sign, must be there instead."""
    signs = {
        "90C" if _sign_of(match) > 0 else "90D"
        for tag in block.tags
        if tag.name == "61" and (match := _ENTRY.match(tag.lines[0]))
    }
    if totals and not signs <= totals.keys():
        raise CutFile("cut", _("The file is cut: the totals of the interim report are missing."), line=block.line)
    if not totals and not block.closed:
        raise CutFile("cut", _("The file is cut: the interim report does not come to its end."), line=block.line)


def _read_total(tag: _Tag) -> tuple[SideTotal, str]:
    match = _TOTAL.fullmatch(tag.lines[0])
    if not match:
        raise CutFile("cut", _("The file is cut: the totals of the interim report are missing."), line=tag.line)
    return SideTotal(int(match.group(1)), _amount(match.group(3), tag.line)), match.group(2)


def _report_currency(block: _Block, totals: dict[str, tuple[SideTotal, str]]) -> str:
    for _total, currency in totals.values():
        return currency
    limit = block.first("34F")
    return limit.lines[0][:3] if limit else ""


def _read_balance(tag: _Tag, warnings: list[FileNote]) -> Balance:
    match = _BALANCE.fullmatch(tag.lines[0])
    if not match:
        raise CutFile("balance_unreadable", _("A balance of the statement cannot be read."), line=tag.line)
    sign, day, currency, digits = match.groups()
    amount = _amount(digits, tag.line)
    on = _date(day)
    if on is None:
        warnings.append(note("broken_date", _("The date %(text)s does not exist."), line=tag.line, text=_spell(day)))
    return Balance(-amount if sign == "D" else amount, currency, on, final=tag.name.endswith("F"), line=tag.line)


def _amount(digits: str, line: int) -> Decimal:
    try:
        return parse_amount(digits)
    except ValueError:
        raise BrokenFile("amount_unreadable", _("The amount %(text)s cannot be read."), line=line, text=digits)


def _date(digits: str) -> date | None:
    year = int(digits[:2])
    try:
        return date(year + (2000 if year < 80 else 1900), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return None


def _spell(digits: str) -> str:
    century = "20" if int(digits[:2]) < 80 else "19"
    return f"{century}{digits[:2]}-{digits[2:4]}-{digits[4:6]}"


def _sign_of(match: re.Match[str]) -> int:
    return 1 if match["sign"] in ("C", "RD") else -1


def _read_entries(
    block: _Block, account: str, currency: str, fallback_on: date | None, virtual_subfield: str | None
) -> tuple[Entry, ...]:
    found: list[tuple[_Tag, list[_Tag]]] = []
    follows = False  # whether the tag before was an entry or its text
    for tag in block.tags:
        if tag.name == "61":
            found.append((tag, []))
            follows = True
        elif tag.name == "86" and follows:
            found[-1][1].append(tag)
        elif tag.name in ("62F", "62M", "64", "65", "90C", "90D"):
            follows = False
    return tuple(
        _read_entry(tag, texts, account, currency, fallback_on, virtual_subfield, index=index)
        for index, (tag, texts) in enumerate(found)
    )


def _join_texts(texts: list[_Tag]) -> str:
    """One text from one or two ``:86:``; the second repeats the three-digit code of the first (ING)."""
    parts = [tag.joined for tag in texts]
    code = parts[0].strip()[:3] if parts else ""
    if len(code) == 3:
        parts[1:] = [part.removeprefix(code) for part in parts[1:]]
    return "".join(parts)


def _read_entry(
    tag: _Tag,
    texts: list[_Tag],
    account: str,
    currency: str,
    fallback_on: date | None,
    virtual_subfield: str | None,
    *,
    index: int,
) -> Entry:
    match = _ENTRY.match(tag.lines[0])
    if not match:
        raise BrokenFile("entry_unreadable", _("An entry of the statement cannot be read."), line=tag.line)
    warnings: list[FileNote] = []
    booked_on, value_on = _entry_dates(match, tag.line, fallback_on, warnings)
    amount = _amount(match["amount"], tag.line) * _sign_of(match)
    reversal = match["sign"].startswith("R")
    details = read_details(
        _join_texts(texts),
        own_account=account_key(account),
        # What comes in, or goes back after it came in, may stand on a virtual account; a transfer out cannot.
        look_for_virtual=match["sign"] in ("C", "RC"),
        virtual_subfield=virtual_subfield,
    )
    warnings += [_unclear(code, tag.line) for code in details.unclear]
    reference, bank_reference = _references(match["rest"])
    operation = details.operation or _supplement(tag)
    raw = "\n".join([":61:" + "\n".join(tag.lines), *(":86:" + "\n".join(text.lines) for text in texts)])
    return Entry(
        booked_on=booked_on,
        value_on=value_on,
        amount=amount,
        currency=currency,
        reversal=reversal,
        counter_account=details.counter_account,
        counter_name=details.name,
        counter_address=details.address,
        title=details.title or operation,
        bank_reference=bank_reference or details.reference or ("" if reference == _NO_REFERENCE else reference),
        end_to_end=details.reference,
        operation=operation,
        virtual_account=details.virtual_account,
        virtual_tail=details.virtual_tail,
        mentioned_accounts=details.mentioned,
        raw=raw,
        warnings=tuple(warnings),
        index=index,
        line=tag.line,
    )


def _supplement(tag: _Tag) -> str:
    """The line behind ``:61:`` when ``:86:`` says nothing."""
    return " ".join(line.strip() for line in tag.lines[1:] if line.strip())


def _references(rest: str) -> tuple[str, str]:
    reference, _slashes, bank_reference = rest.partition("//")
    return reference.strip(), bank_reference.strip()


def _unclear(code: str, line: int) -> FileNote:
    patterns = {
        "virtual_account_ambiguous": _("Several account numbers could be the virtual account."),
        "virtual_account_unreadable": _("The virtual account cannot be read."),
    }
    return note(code, patterns[code], line=line)


def _entry_dates(
    match: re.Match[str], line: int, fallback_on: date | None, warnings: list[FileNote]
) -> tuple[date, date]:
    """Booking and value date; a day that does not exist is replaced by the other one, with a warning."""
    value_on = _date(match["value"])
    if value_on is None:
        warnings.append(
            note("broken_date", _("The date %(text)s does not exist."), line=line, text=_spell(match["value"]))
        )
    booked_on: date | None = None
    entry = (match["entry"] or "").strip()
    if entry:
        booked_on = _entry_date(match["value"], entry)
        if booked_on is None:
            warnings.append(
                note(
                    "broken_date",
                    _("The date %(text)s does not exist."),
                    line=line,
                    text=f"{entry[:2]}-{entry[2:]}",
                )
            )
    booked_on = booked_on or value_on or fallback_on
    if booked_on is None:
        raise BrokenFile("entry_without_date", _("An entry has no date that exists."), line=line)
    return booked_on, value_on or booked_on


def _entry_date(value: str, entry: str) -> date | None:
    """Month and day of the booking, in the year that lies nearest to the value date (turn of the year)."""
    shift = 0
    month, value_month = int(entry[:2]), int(value[2:4])
    if value_month == 12 and month == 1:
        shift = 1
    elif value_month == 1 and month == 12:
        shift = -1
    return _date(f"{(int(value[:2]) + shift) % 100:02d}{entry}")


def _join_pages(pages: list[Statement]) -> tuple[Statement, ...]:
    """Pages of one statement (``:62M:`` then ``:60M:``) become one statement."""
    joined: list[Statement] = []
    for page in pages:
        last = joined[-1] if joined else None
        if last and _continues(last, page):
            entries = list(last.entries)
            for entry in page.entries:
                entries.append(_reindexed(entry, len(entries)))
            joined[-1] = Statement(
                account=last.account,
                number=last.number,
                currency=last.currency,
                opening=last.opening,
                closing=page.closing,
                entries=tuple(entries),
                format=last.format,
                warnings=last.warnings + page.warnings,
                currency_line=last.currency_line,
            )
        else:
            joined.append(page)
    return tuple(_noted(statement) for statement in joined)


def _continues(last: Statement, page: Statement) -> bool:
    if last.closing is None or last.closing.final or page.opening is None or page.opening.final:
        return False
    same_number = last.number.split("/")[0] == page.number.split("/")[0]
    return last.account == page.account and same_number and last.closing.amount == page.opening.amount


def _reindexed(entry: Entry, index: int) -> Entry:
    return replace(entry, index=index)


def _noted(statement: Statement) -> Statement:
    extra = []
    if statement.opening and not statement.opening.final:
        extra.append(note("not_first_page", _("Earlier pages of the statement are in another file.")))
    if statement.closing and not statement.closing.final:
        extra.append(note("not_last_page", _("Further pages of the statement are in another file.")))
    return replace(statement, warnings=statement.warnings + tuple(extra)) if extra else statement
