"""A deposit passes to the account of another payer, by written agreement: what is held moves as one pair of entries."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.money import places_of, round_amount
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.deposits.models import Deposit
from lokum.money.deposits.posting import Step, chart_of, post_steps
from lokum.money.deposits.queries import locked_deposit
from lokum.money.deposits.services.calling import start_deposit
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import lock_accounts, posting


def plan_transfer(deposit: Deposit, target: Account, document: str) -> Decimal:
    """What would pass on: all that is held. Raises Refusal where it cannot."""
    account = deposit.account
    if deposit.held_amount <= 0:
        text = _("Only %(held)s is held of this deposit.") % {
            "held": amount_text(deposit.held_amount, account.currency)
        }
        raise Refusal("deposit.more_than_held", text, status=409)
    if deposit.open_amount > 0:
        text = _("Part of this deposit is still waiting to be paid; withdraw the call of it first.")
        raise Refusal("deposit.waiting", text, status=409)
    if target.pk == account.pk or (target.entity_id, target.currency) != (account.entity_id, account.currency):
        text = _("A deposit passes to another account of the same entity and currency.")
        raise Refusal("deposit.other_entity", text, fields={"account": [text]})
    if not document.strip():
        text = _("A deposit passes on only in writing: name the agreement.")
        raise Refusal("deposit.no_document", text, fields={"document": [text]})
    return deposit.held_amount


def grown_agreed(deposit: Deposit) -> Decimal:
    """The agreed amount to which the monthly rents belong once additions have become part of what is held.

    So a return of the new deposit counts the same rents of the same share as one of the former would.
    """
    nominal = deposit.held_amount - deposit.added_amount
    if nominal <= 0 or not deposit.added_amount:
        return deposit.agreed_amount
    grown = deposit.agreed_amount * deposit.held_amount / nominal
    return round_amount(grown, places_of(deposit.account.currency))


def apply_transfer(
    pk: int, account_id: int, *, document: str, reason: str, proposed_by: str = "", told: str = "", actor: Actor
) -> Deposit:
    """Post what was approved: the deposit leaves one account and is held on the other from now on (returned).

    told: what was held when it was asked for; anything else refuses (`deposit.changed`).
    """
    with posting(actor) as whole:
        source = Deposit.objects.filter(pk=pk).values_list("account_id", flat=True).first()
        lock_accounts([one for one in (source, account_id) if one])
        deposit = locked_deposit(pk)
        target = Account.objects.select_related("entity", "payer").get(pk=account_id)
        amount = plan_transfer(deposit, target, document)
        if told and Decimal(told) != amount:
            text = _("The deposit or the debts have changed since this was asked for. Ask anew.")
            raise Refusal("deposit.changed", text, status=409)
        transit = chart_of(target.entity_id).get("transit")
        if transit is None:
            raise Refusal("deposit.chart", _("The chart of accounts of this entity has no account for transfers."))
        today = clock.today(target.entity.time_zone)
        made = start_deposit(
            target, deposit.kind, grown_agreed(deposit), deposit.rent_months, today, today,
            _("From %(number)s: %(document)s") % {"number": deposit.number, "document": document},
        )  # fmt: skip
        values: tuple[tuple[str, Any], ...] = (
            ("reason", f"{document}: {reason}"[:500]), ("proposed_by", proposed_by[:150]),
            ("approved_by", actor.label[:150]),
        )  # fmt: skip
        out = (*values, ("payee_name", str(target.payer)[:200]))
        steps = [Step(deposit, "transfer_out", amount, against=transit, values=out),
                 Step(made, "transfer_in", amount, against=transit, values=values)]  # fmt: skip
        post_steps(target.entity_id, steps, actor=whole)
        note(deposit, "passed on", actor=actor, amount=str(amount), number=made.number, document=document)
        note(made, "passed on", actor=actor, amount=str(amount), number=deposit.number, document=document)
        made.refresh_from_db()
        return made
