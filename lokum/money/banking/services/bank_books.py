"""Each bank account of an entity has its own ledger account: "131-1", "131-2" ... below the account of the bank.

It is made with the bank account, or with the books when these come later. A new number of a bank account goes on with
the same one. What was kept on the shared account before stays there until a second person has it carried over by one
entry of its day (`set_apart`); nothing posted is touched (ADR 0034).
"""

import datetime as dt
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import EntityBankAccount
from lokum.money.banking.models import BankBook, BankStatement
from lokum.money.banking.reconciling import booked_for, chain_of
from lokum.money.ledger.models import Entry, LedgerAccount, Line, Period
from lokum.money.ledger.services import NewEntry, NewLine, open_analytic_account, post_batch, posting

OPENING, APART = "bank-opening", "bank-apart"


def book_of(bank_account: EntityBankAccount, *, actor: Actor) -> BankBook:
    """The book of a bank account, made when it has none yet. Raises Refusal where the entity keeps no books."""
    known = BankBook.objects.select_related("ledger_account").filter(bank_account=bank_account).first()
    if known is not None:
        return known
    with posting(actor):
        # Whoever comes second waits here and finds what the first has made.
        EntityBankAccount.objects.select_for_update(of=("self",)).get(pk=bank_account.pk)
        known = BankBook.objects.select_related("ledger_account").filter(bank_account=bank_account).first()
        return known or _open(bank_account, actor)


def _open(bank_account: EntityBankAccount, actor: Actor) -> BankBook:
    if bank_account.replaces_id is not None:
        former = book_of(EntityBankAccount.objects.get(pk=bank_account.replaces_id), actor=actor)
        return BankBook.objects.create(
            bank_account=bank_account, ledger_account=former.ledger_account, apart_since=former.apart_since
        )
    parent = LedgerAccount.objects.filter(entity_id=bank_account.entity_id, purpose="bank").first()
    if parent is None:
        raise Refusal("ledger.no_books", _("The books of %(entity)s are not set up.") % {"entity": bank_account.entity})
    account = open_analytic_account(parent, _part(bank_account), actor=actor)
    return BankBook.objects.create(bank_account=bank_account, ledger_account=account)


def _part(bank_account: EntityBankAccount) -> str:
    """What tells one bank account from another for a reader of the books: its fund, its bank, its last digits."""
    parts = [str(bank_account.fund or ""), bank_account.bank_name, f"…{bank_account.number[-4:]}"]
    return ", ".join(part for part in parts if part)


def open_book(bank_account: EntityBankAccount, actor: Actor) -> None:
    """With the bank account, where the entity keeps books already."""
    if LedgerAccount.objects.filter(entity_id=bank_account.entity_id, purpose="bank").exists():
        book_of(bank_account, actor=actor)


def open_books_of(entity_id: int, actor: Actor) -> None:
    """With the books: all bank accounts the entity has already."""
    for account in EntityBankAccount.objects.filter(entity_id=entity_id, book=None).order_by("pk"):
        open_book(account, actor)


def _locked(pk: int) -> BankBook:
    books = BankBook.objects.select_for_update(of=("self",)).select_related("bank_account__entity", "ledger_account")
    book = books.filter(pk=pk).first()
    if book is None:
        raise Missing("bank_book.missing", _("There is no such bank account in the books."))
    return book


def amount_to_carry(book: BankBook) -> Decimal:
    """What lines of this bank account, under all its numbers, have on the shared account; refuses what stands apart."""
    if not book.shared:
        text = _("This bank account has a ledger account of its own already.")
        raise Refusal("bank_book.apart", text, status=409)
    if book.bank_account.closed_on is not None:
        text = _("This bank account has ended; it stays where it was kept.")
        raise Refusal("bank_book.ended", text, status=409)
    return booked_for(book)


def set_apart(pk: int, *, told: Decimal | None = None, actor: Actor) -> BankBook:
    """Open the own ledger account and carry over by one entry of today what the bank account has on the shared one."""
    with posting(actor) as whole:
        book = _locked(pk)
        amount = amount_to_carry(book)
        if told is not None and told != amount:
            text = _("The balance changed since this was asked: %(amount)s now. Ask anew.") % {"amount": amount}
            raise Refusal("bank_book.changed", text, status=409)
        shared, entity = book.ledger_account, book.bank_account.entity
        today = clock.today(entity.time_zone)
        own = open_analytic_account(shared, _part(book.bank_account), actor=whole)
        if amount:
            _post(book, APART, Entry.Kind.TRANSFER, own, shared, amount, today, _("Own ledger account"), whole)
        chain = BankBook.objects.filter(bank_account__in=chain_of(book.bank_account))
        chain.update(ledger_account=own, apart_since=today)
        book.refresh_from_db()
        note(book, "set_apart", actor=actor, account=own.code, amount=str(amount))
        return book


def _post(
    book: BankBook, source: str, kind: str, debited: LedgerAccount, credited: LedgerAccount, amount: Decimal,
    day: dt.date, text: str, actor: Actor,
) -> int:  # fmt: skip
    """One entry between two ledger accounts; `amount` below zero goes the other way. Once for each book and source."""
    if amount < 0:
        debited, credited, amount = credited, debited, -amount
    entry = NewEntry(
        kind=kind, amount=Decimal(0), description=f"{text} {book.bank_account}"[:250], booked_on=day,
        source_kind=source, source_id=book.pk,
        lines=[NewLine(debited.pk, debit_amount=amount), NewLine(credited.pk, credit_amount=amount)],
    )  # fmt: skip
    batch = post_batch(book.bank_account.entity_id, "bank-lines", f"{source}:{book.pk}", day, [entry], actor=actor)
    return int(batch.entries.get().pk)


def taken_over(book: BankBook) -> Decimal | None:
    """The opening balance that stands in the books for a bank account; None where none was taken over."""
    entries = Entry.objects.filter(source_kind__startswith=OPENING, source_id=book.pk, corrections=None)
    if not entries.exists():
        return None
    lines = Line.objects.filter(entry__in=entries, ledger_account__purpose__in=("bank", "bank_account"))
    return lines.aggregate(n=Sum(F("debit_amount") - F("credit_amount")))["n"] or Decimal(0)


def take_opening(pk: int, *, actor: Actor) -> BankStatement:
    """Book the opening balance of a bank account's first statement against the opening items of the chart."""
    with posting(actor) as whole:
        statement = BankStatement.objects.select_related("bank_account__entity").filter(pk=pk).first()
        if statement is None:
            raise Missing("bank.no_statement", _("There is no such statement."))
        told = BankStatement.objects.filter(
            bank_account=statement.bank_account, opening_amount__isnull=False
        ).exclude(state=BankStatement.State.REPEATED).order_by("from_on", "pk")  # fmt: skip
        first = told.first()
        if first is None or first.pk != pk or statement.from_on is None:
            text = _("Only the first statement of a bank account tells its opening balance.")
            raise Refusal("bank.not_first", text, status=409)
        if statement.bank_account.replaces_id is not None:
            text = _("This account goes on from the one it replaces; its balance stands in the books.")
            raise Refusal("bank.goes_on", text, status=409)
        book = _locked(book_of(statement.bank_account, actor=whole).pk)
        if taken_over(book) is not None:
            text = _("The opening balance of this bank account was taken over already.")
            raise Refusal("bank.opening_taken", text, status=409)
        _take(book, statement, statement.from_on, whole)
        note(statement, "opening_taken", actor=actor, amount=str(statement.opening_amount))
        return statement


def _take(book: BankBook, statement: BankStatement, first_on: dt.date, actor: Actor) -> None:
    amount, entity_id = statement.opening_amount or Decimal(0), book.bank_account.entity_id
    opening = LedgerAccount.objects.filter(entity_id=entity_id, purpose="opening").first()
    if opening is None:
        raise Refusal("ledger.no_books", _("The books of %(entity)s are not set up.") % {"entity": entity_id})
    if not amount:
        text = _("The first statement opens with nothing; there is nothing to take over.")
        raise Refusal("bank.opening_zero", text, status=409)
    before = first_on - dt.timedelta(days=1)
    closed = Period.objects.filter(
        entity_id=entity_id, starts_on=clock.first_of_month(before), closed_at__isnull=False
    ).exists()
    day = first_on if closed else before
    times = Entry.objects.filter(source_kind__startswith=OPENING, source_id=book.pk).count()
    source = f"{OPENING}/{times + 1}" if times else OPENING
    text = _("Opening balance of the bank account")
    _post(book, source, Entry.Kind.OPENING, book.ledger_account, opening, amount, day, text, actor)
