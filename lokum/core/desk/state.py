"""Why the tables of this app have no register of their own."""

from lokum.core.desk.desk import no_desk
from lokum.core.desk.models import IdempotencyKey, ImportBatch, ImportRow, SavedView

no_desk(SavedView, "shown as tabs of the list it belongs to")
no_desk(IdempotencyKey, "technical: the first answers to repeated requests")
no_desk(ImportBatch, "shown on the import pages of the register it filled")
no_desk(ImportRow, "shown on the page of its batch")
