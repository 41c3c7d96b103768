"""What deposits hang into the ledger: money meant for them, reversals that touch them, the rule of proof."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.addresses import url_of
from lokum.core.papers.copies import name_copies
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.deposits import wording
from lokum.money.deposits.models import DepositMove, DepositPaper
from lokum.money.deposits.services.taking import claim, note_mirrors, release_hanging, waiting_accounts
from lokum.money.ledger.proof import register_view
from lokum.money.ledger.seams import (
    Claimant,
    ReversalWatch,
    Source,
    register_claimant,
    register_reversal_watch,
    register_source,
)
from lokum.money.ledger.words import ALLOCATION_RULES, BATCH_KINDS


def source_of_move(key: int) -> Source | None:
    """The deposit a posted move belongs to."""
    move = DepositMove.objects.select_related("deposit__kind").filter(pk=key).first()
    if move is None:
        return None
    facts: list[tuple[str, Any]] = [(str(_("kind")), move.get_kind_display()), (str(_("date")), move.on)]
    return Source(f"{move.deposit.kind} {move.deposit.number}", move.deposit, facts, url=url_of(move.deposit))


wording.register()
for kind, label in DepositPaper.Kind.choices:
    DOCUMENT_KINDS.add(kind, label)
    name_copies(kind)
BATCH_KINDS.add("deposit", _("deposit"))
ALLOCATION_RULES.add("deposit", _("deposit"))
register_claimant("deposits", Claimant(waiting_accounts, claim))
register_reversal_watch("deposits", ReversalWatch(release_hanging, note_mirrors))
register_source("deposit", source_of_move)
register_view("K1", _("Deposits equal their ledger account, day by day"), "proof_k1")
