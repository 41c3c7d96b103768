"""What allowances hang into lower layers: the claim before notices, shares on them, sources, the proof."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base.context import Actor
from lokum.core.organisation.inherited import register_setting, setting
from lokum.core.organisation.models import Entity
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.allowances.models import Allowance, BodyPayment, ClaimLine
from lokum.money.allowances.queries import noted_shares
from lokum.money.allowances.services import claim_due
from lokum.money.charges.seams import ThirdParties, register_third_parties
from lokum.money.ledger.proof import register_view
from lokum.money.ledger.seams import Source, register_source
from lokum.money.ledger.words import BATCH_KINDS

WITH_NOTICES = "allowances.with_notices"


def claim_with_notices(entity: Entity, month: dt.date, actor: Actor) -> None:
    """Before the notices of a month: what is due of it is claimed, so that they show the payers' own part."""
    if Allowance.objects.filter(account__entity=entity).exists() and setting(WITH_NOTICES, entity.node_id):
        claim_due(entity, month, actor=actor)


def _line(source_id: int) -> Source | None:
    line = ClaimLine.objects.select_related("allowance__body", "claim").filter(pk=source_id).first()
    if line is None:
        return None
    facts: list[tuple[str, Any]] = [
        (_("Payer body"), line.allowance.body), (_("Decision"), line.allowance), (_("Month"), f"{line.month:%Y-%m}"),
    ]  # fmt: skip
    return Source(str(line.allowance.get_kind_display()), line.claim, facts)


def _payment(source_id: int) -> Source | None:
    payment = BodyPayment.objects.select_related("claim__body").filter(pk=source_id).first()
    if payment is None:
        return None
    return Source(_("Payment of a payer body"), payment, [(_("Payer body"), payment.claim.body)])


BATCH_KINDS.add("allowance", gettext_lazy("shares of third parties"))
DOCUMENT_KINDS.add("allowance_claim", gettext_lazy("claim of allowances"))
register_source("allowance", _line)
register_source("allowance-payment", _payment)
register_third_parties(ThirdParties(claim_with_notices, noted_shares, lambda kind: str(Allowance.Kind(kind).label)))
register_setting(
    WITH_NOTICES, gettext_lazy("Allowances: claim a month before its notices are issued"), "yesno", True,
    help=gettext_lazy("Otherwise a person claims; notices issued before show no share of a third party."),
)  # fmt: skip
register_view("A1", gettext_lazy("Claims of allowances equal their ledger account"), "proof_a1")
