"""What a paper shows, as plain data. Amounts are Decimal in `currency`; dates are dates; texts are shown literally."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PostalAddress:
    """Name and address as they stand in the window of the envelope."""

    name: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""

    def lines(self, language: str) -> list[str]:
        """As the reader's post writes them: in Chinese from the large to the small, the person last."""
        place = f"{self.postal_code} {self.city}".strip()
        order = [self.name, self.street, place, self.country]
        if language.lower().startswith("zh"):
            order.reverse()
        return [line for line in order if line]


@dataclass(frozen=True)
class Letterhead:
    """Who writes: name, lines below it (address, tax number), contact at the right. logo: SVG text."""

    name: str
    lines: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    logo: str = ""


@dataclass(frozen=True)
class TransferDetails:
    """How to pay: payee, own account number, title; `code_text` is what the payment code holds, "" = no code."""

    payee: str
    account_number: str
    title: str
    amount: Decimal
    code_text: str = ""


@dataclass(frozen=True)
class NoticeLine:
    """One component: what it is counted by (`basis`), how many units at what price, tax kind, amount."""

    item: str
    basis: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    vat: str = ""
    note: str = ""


@dataclass(frozen=True)
class NoticePaper:
    """The charge notice. `balance` lines (name, amount) end in `to_pay`; nothing due = `to_pay` of zero."""

    number: str
    proof: str
    issued_on: dt.date
    period: dt.date
    due_on: dt.date
    currency: str
    language: str
    letterhead: Letterhead
    address: PostalAddress
    subject: tuple[str, ...]
    lines: tuple[NoticeLine, ...]
    total: Decimal
    balance: tuple[tuple[str, Decimal], ...]
    to_pay: Decimal
    transfer: TransferDetails
    notes: tuple[str, ...] = ()
    large_print: bool = False


@dataclass(frozen=True)
class LetterPaper:
    """A plain letter: a subject and paragraphs; `facts` are (name, value) pairs set apart from the text."""

    number: str
    proof: str
    issued_on: dt.date
    language: str
    letterhead: Letterhead
    address: PostalAddress
    title: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    large_print: bool = False


@dataclass(frozen=True)
class StatementRow:
    """A row of the account sheet; an amount of None leaves its column empty."""

    on: dt.date
    text: str
    charge: Decimal | None
    correction: Decimal | None
    payment: Decimal | None
    balance: Decimal


@dataclass(frozen=True)
class StatementPaper:
    """The account sheet of a time: opening balance, rows, totals, closing balance."""

    number: str
    proof: str
    issued_on: dt.date
    language: str
    currency: str
    letterhead: Letterhead
    address: PostalAddress
    account: str
    from_on: dt.date | None
    to_on: dt.date
    opening: Decimal
    rows: tuple[StatementRow, ...]
    large_print: bool = False
