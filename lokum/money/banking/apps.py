from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BankingConfig(AppConfig):
    name = "lokum.money.banking"
    label = "banking"
    verbose_name = _("Bank")

    def ready(self) -> None:
        from lokum.money.banking.proof import queue_and_books
        from lokum.money.banking.queries import source_of_bank_entry, source_of_clearing_move
        from lokum.money.ledger.proof import register_check
        from lokum.money.ledger.seams import register_source
        from lokum.money.ledger.words import BATCH_KINDS

        BATCH_KINDS.add("statement", _("bank statement"))
        BATCH_KINDS.add("clearing", _("money cleared"))
        register_source("bank-entry", source_of_bank_entry)
        register_source("clearing-move", source_of_clearing_move)
        register_check("B1", _("The queue of unclear money equals the clearing account"), queue_and_books)
