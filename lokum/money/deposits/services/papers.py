"""Letters about a deposit: issued once for what they tell of, kept unchanged, shown to the payer."""

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.papers.letters import TEMPLATE
from lokum.core.papers.services import ensure_series, issue_document
from lokum.money.deposits.models import DepositMove, DepositPaper
from lokum.money.deposits.papers import RECEIVED, SETTLED, paper_data, standing
from lokum.money.deposits.queries import locked_deposit, moves_of
from lokum.money.ledger.addressees import addressees
from lokum.money.ledger.joint_copies import copy_letters

PATTERNS = {"deposit_receipt": "DR/{year}/{serial:05}", "deposit_settlement": "DS/{year}/{serial:05}"}
TOLD = {
    "deposit_receipt": RECEIVED,
    "deposit_settlement": (*RECEIVED, "interest", "valorisation", *SETTLED),
}


def issue_receipt(pk: int, *, actor: Actor) -> DepositPaper:
    """Confirm in writing what was received. Raises Refusal (`deposit.nothing_received`, `.paper_issued`)."""
    return _issue(pk, DepositPaper.Kind.RECEIPT, actor)


def issue_settlement(pk: int, *, actor: Actor) -> DepositPaper:
    """Say in writing how a deposit was settled: additions, deductions with their documents, what went back and where.

    Raises Refusal (`deposit.nothing_settled`, `.paper_issued`).
    """
    return _issue(pk, DepositPaper.Kind.SETTLEMENT, actor)


def _issue(pk: int, kind: str, actor: Actor) -> DepositPaper:
    with transaction.atomic():
        deposit = locked_deposit(pk)
        moves = moves_of([pk])[pk]
        if kind == DepositPaper.Kind.RECEIPT and not standing(moves, *RECEIVED):
            raise Refusal("deposit.nothing_received", _("Nothing was received of this deposit yet."), status=409)
        if kind == DepositPaper.Kind.SETTLEMENT and not standing(moves, *SETTLED):
            text = _("Nothing of this deposit was used, returned, passed on or kept yet.")
            raise Refusal("deposit.nothing_settled", text, status=409)
        last = max(one.pk for one in moves if one.kind in TOLD[kind])
        _refuse_twice(pk, kind, last)
        account = deposit.account
        one, today = addressees([account.pk])[0], clock.today(account.entity.time_zone)
        document = issue_document(
            ensure_series(account.entity_id, kind, PATTERNS[kind], restarts="year"), TEMPLATE,
            paper_data(deposit, moves, kind, one, today), issued_on=today, actor=actor, **one.keys,
        )  # fmt: skip
        copy_letters([document], lambda _document, reader: paper_data(deposit, moves, kind, reader, today))
        made = DepositPaper.objects.create(
            deposit=deposit, kind=kind, through=DepositMove(pk=last), document=document, made_at=clock.now(),
            amount=deposit.taken_amount if kind == DepositPaper.Kind.RECEIPT else deposit.returned_amount,
            made_by=actor.label[:150],
        )  # fmt: skip
        note(deposit, "letter issued", actor=actor, document=document.number)
        return made


def _refuse_twice(pk: int, kind: str, last: int) -> None:
    known = DepositPaper.objects.filter(deposit=pk, kind=kind, through=last).select_related("document").first()
    if known is not None:
        text = _("Letter %(number)s tells this already; nothing happened since.") % {"number": known.document.number}
        raise Refusal("deposit.paper_issued", text, status=409, details={"document": known.document_id})
