"""What the ledger hangs into lower layers: accounts of new agreements; and its own rules of proof."""

from collections.abc import Sequence

from lokum.core.base.context import Actor
from lokum.money.ledger.proof import register_own_rules
from lokum.money.ledger.services import open_accounts
from lokum.property.occupancy.seams import on_agreement_opened

register_own_rules()


@on_agreement_opened
def open_accounts_of(agreement_ids: Sequence[int], actor: Actor) -> None:
    open_accounts(agreement_ids, actor=actor)
