"""Everything that makes and moves documents beside the month run."""

from lokum.money.documents.services.advances import issue_advance, return_advance, settle_advance
from lokum.money.documents.services.changes import issue_fee_change
from lokum.money.documents.services.delivery import deliver_run, produce_batch
from lokum.money.documents.services.invoices import issue_invoice, issue_run_invoices
from lokum.money.documents.services.statements import issue_statement, issue_statements, order_statements, record_reply

__all__ = [
    "deliver_run",
    "issue_advance",
    "issue_fee_change",
    "issue_invoice",
    "issue_run_invoices",
    "issue_statement",
    "issue_statements",
    "order_statements",
    "produce_batch",
    "record_reply",
    "return_advance",
    "settle_advance",
]
