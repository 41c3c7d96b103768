"""What is kept about documents beside their data: batches on their way, statements and replies, changes of fees."""

from lokum.money.documents.models.advances import Advance, AdvanceUse
from lokum.money.documents.models.changes import FeeChange, FeeChangeLetter
from lokum.money.documents.models.delivery import DeliveryBatch, DeliveryItem
from lokum.money.documents.models.invoices import Invoice, InvoiceRate
from lokum.money.documents.models.statements import AccountStatement

__all__ = [
    "AccountStatement",
    "Advance",
    "AdvanceUse",
    "DeliveryBatch",
    "DeliveryItem",
    "FeeChange",
    "FeeChangeLetter",
    "Invoice",
    "InvoiceRate",
]
