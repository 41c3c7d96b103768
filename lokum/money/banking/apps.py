from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BankingConfig(AppConfig):
    name = "lokum.money.banking"
    label = "banking"
    verbose_name = _("Bank")

    def ready(self) -> None:
        from lokum.core.audit.verbs import name_codes, name_records
        from lokum.core.organisation.bank_accounts import on_bank_account_opened
        from lokum.money.banking import approvals, proof, queries
        from lokum.money.banking.closing import open_bank_lines
        from lokum.money.banking.models import OutgoingRule
        from lokum.money.banking.services import after_reversal, before_reversal, open_book, open_books_of
        from lokum.money.ledger.proof import register_check
        from lokum.money.ledger.seams import (
            ReversalWatch,
            on_books_prepared,
            register_closing_check,
            register_reversal_watch,
            register_source,
        )
        from lokum.money.ledger.words import ALLOCATION_RULES, BATCH_KINDS

        approvals.install()
        on_bank_account_opened(open_book)
        on_books_prepared(open_books_of)
        register_closing_check(open_bank_lines)
        name_codes("banking.bankentry", "way", OutgoingRule.Way.choices)
        name_records("banking.bankentry", "item", "banking.clearingitem")
        name_records("banking.bankentry", "entry", "ledger.entry")
        name_records("banking.clearingitem", "payment", "payments.payment")
        BATCH_KINDS.add("statement", _("bank statement"))
        BATCH_KINDS.add("clearing", _("money cleared"))
        BATCH_KINDS.add("bank-lines", _("outgoing bank entries"))
        BATCH_KINDS.add("refund", _("refund"))
        ALLOCATION_RULES.add("refund", _("refund"))
        register_source("refund", queries.source_of_refund)
        register_source("bank-again", queries.source_of_bank_entry)
        register_source("bank-entry", queries.source_of_bank_entry)
        register_source("clearing-move", queries.source_of_clearing_move)
        register_source("bank-out", queries.source_of_outgoing)
        register_reversal_watch("banking", ReversalWatch(before_reversal, after_reversal))
        register_check("B1", _("The queue of unclear money equals the clearing account"), proof.queue_and_books)
        register_check("B2", _("Each bank line is booked once, with its amount"), proof.lines_booked_once)
        register_check("B3", _("Bank accounts reach the closing balance of the last statement"), proof.closing_balances)
        register_check("B4", _("Ledger accounts of bank accounts move as the statements say"), proof.own_accounts)
        register_check("B5", _("Each refund is posted, covered by free money, and paid out once"), proof.refunds)
