"""Overpayments given back: one paid out by its bank line, one sent to the bank, one waiting for a second person."""

import datetime as dt
from decimal import Decimal

from lokum.core.base.context import Actor, acting
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.demo.desk_work import staff
from lokum.demo.organisation import Books
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_mbank_mt940
from lokum.money.banking.approvals import request_refund
from lokum.money.banking.models import BankStatement, Refund
from lokum.money.banking.overpaid import last_sender, overpaid
from lokum.money.banking.services import order_refund, post_statement, receive_file
from lokum.money.ledger.models import Account

WAITING = Decimal("10.00")


def give_back(books: Books, today: dt.date, *, actor: Actor) -> None:
    """Of the accounts in credit: most of the first is paid out, a rest of it waits; the second is ordered."""
    with acting(actor):
        accountant, deputy = staff("ksiegowa"), staff("zastepca")
        in_credit = Account.objects.filter(entity=books.entity, balance__amount__lt=-WAITING).order_by("code")
        found = [(one, overpaid(one.pk).limit) for one in in_credit if last_sender(one.pk)[1]]
    for place, (account, over) in enumerate([pair for pair in found if pair[1] > WAITING][:2]):
        refund = _approved(account, over - WAITING if place == 0 else over, accountant, deputy)
        with acting(accountant):
            order_refund(refund.pk, actor=accountant)
            if place == 0:
                _ask(account, WAITING, "Reszta nadpłaty, na wniosek z recepcji", accountant)
        if place == 0:
            _paid_out(books, refund, today, actor)


def _ask(account: Account, amount: Decimal, reason: str, actor: Actor) -> ApprovalRequest:
    name, number = last_sender(account.pk)
    found: ApprovalRequest = request_refund(
        account.pk, amount=amount, payee_name=name, payee_number=number, reason=reason, actor=actor
    )
    return found


def _approved(account: Account, amount: Decimal, accountant: Actor, deputy: Actor) -> Refund:
    with acting(accountant):
        asked = _ask(account, amount, "Wniosek o zwrot nadpłaty", accountant)
    with acting(deputy):
        approve(asked.pk, actor=deputy)
        return Refund.objects.filter(account=account).latest("pk")


def _paid_out(books: Books, refund: Refund, today: dt.date, actor: Actor) -> None:
    """The bank's statement of today carries it out; the line is known by account number, amount and number."""
    with acting(actor):
        last = BankStatement.objects.filter(bank_account=books.bank_account, closing_amount__isnull=False).latest("pk")
        assert last.closing_amount is not None
        line = DemoEntry(
            booked_on=today, amount=-refund.amount, counter_account=refund.payee_number,
            counter_name=refund.payee_name, title=f"Zwrot nadpłaty {refund.number}",
            bank_reference=f"{today:%y%m%d}{books.entity.pk:02d}R",
        )  # fmt: skip
        statement = DemoStatement(books.bank_account.number, 900, today, today, last.closing_amount, (line,))
        file = receive_file(write_mbank_mt940(statement), f"wyciag-{books.entity.code}-{today}-zwroty.sta", actor=actor)
        for read in file.statements.all():
            post_statement(read.pk, actor=actor)
