"""What interest hangs into lower layers: items of the ledger that are interest, what a reopened month takes back,
what an entry of a note comes from, and the rule of proof.
"""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from lokum.core.base.context import Actor
from lokum.core.papers.copies import name_copies
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.interest import rehearsing
from lokum.money.interest.proof import interest_booked
from lokum.money.interest.queries import source_of_line
from lokum.money.interest.reshaping import InterestCarrier
from lokum.money.interest.services import note_reached, undo_runs_since
from lokum.money.interest.services.waivers import install
from lokum.money.ledger.proof import register_check
from lokum.money.ledger.seams import SideDues, on_period_reopened, register_side_dues, register_source
from lokum.money.ledger.words import BATCH_KINDS
from lokum.property.reshaping.seams import add_carrier

register_side_dues(SideDues("SELECT entry_id, debt_id FROM interest_interestline", note_reached))
register_source("interest-line", source_of_line)
register_check("I11", _("Interest computed anew equals interest booked"), interest_booked)
BATCH_KINDS.add("interest", _("interest noted"))
BATCH_KINDS.add("interest-run", _("interest run"))
BATCH_KINDS.add("interest-undo", _("interest run undone"))
DOCUMENT_KINDS.add("interest_note", _("interest note"))
DOCUMENT_KINDS.add("interest_correction", _("correction of an interest note"))
name_copies("interest_note", "interest_correction")
install()
add_carrier(InterestCarrier())
rehearsing.register()


@on_period_reopened
def undo_interest(entity_id: int, month: dt.date, actor: Actor) -> None:
    undo_runs_since(entity_id, month, actor=actor)
