"""The words of letters about deposits; entities may write their own (Settings, Document templates)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lokum.core.base import clock
from lokum.core.organisation.legal_data import data_on
from lokum.core.papers.rendering import texts
from lokum.core.papers.seams import TemplateKind, register_template_kind
from lokum.money.deposits.models import Deposit, DepositPaper
from lokum.money.ledger.addressees import Addressee, addressees
from lokum.money.ledger.own_words import own_values, own_variables

VARIABLES: dict[str, Any] = {
    "payer": gettext_lazy("name of the payer"),
    "premises": gettext_lazy("address of the premises"),
    "account": gettext_lazy("number of the payer's account"),
    "entity": gettext_lazy("name of the entity"),
    "date": gettext_lazy("date of the letter"),
    "deposit": gettext_lazy("number of the deposit"),
    "kind": gettext_lazy("kind of the deposit"),
    "basis": gettext_lazy("legal basis of the deposit"),
    "agreed": gettext_lazy("agreed amount"),
    "received": gettext_lazy("amount received so far"),
    "added": gettext_lazy("interest and valorisation"),
    "deducted": gettext_lazy("amount deducted for debts and kept"),
    "returned": gettext_lazy("amount returned"),
    "held": gettext_lazy("amount still held"),
}


def values_of(deposit: Deposit, one: Addressee) -> dict[str, str]:
    """What the variables stand for, in the active language, which is that of the payer."""
    language, entity = one.language, deposit.account.entity
    today = clock.today(entity.time_zone)

    def money(amount: Any) -> str:
        return texts.amount(amount, language, one.currency)

    return {
        "payer": one.name,
        "premises": one.premises_address,
        "account": one.account_code,
        "entity": data_on(entity, today).name,
        "date": texts.day(today, language),
        "deposit": deposit.number,
        "kind": deposit.kind.local_name,
        "basis": deposit.kind.basis,
        "agreed": money(deposit.agreed_amount),
        "received": money(deposit.taken_amount),
        "added": money(deposit.added_amount),
        "deducted": money(deposit.used_amount + deposit.forfeited_amount),
        "returned": money(deposit.returned_amount),
        "held": money(deposit.held_amount),
    } | own_values(one)


def _receipt() -> tuple[str, str]:
    return (
        _("Confirmation of a deposit: {deposit}"),
        _(
            "We confirm that we have received {received} as {kind}, number {deposit}, for {premises}.\n\n"
            "The deposit secures claims from the contract. It is no payment of charges and does not lower what is "
            "due on account {account}."
        ),
    )


def _settlement() -> tuple[str, str]:
    return (
        _("Settlement of a deposit: {deposit}"),
        _(
            "This is how {kind}, number {deposit}, for {premises} was settled. Received: {received}. Interest and "
            "valorisation: {added}. Deducted: {deducted}. Returned: {returned}."
        ),
    )


def example(entity_id: int, language: str) -> Mapping[str, str] | None:
    """Values of a real deposit of the entity, for the preview."""
    rows = Deposit.objects.filter(account__entity=entity_id).select_related("account__entity", "kind")
    deposit = rows.order_by("-returned_amount", "-pk").first()
    if deposit is None:
        return None
    with override(language):
        return values_of(deposit, addressees([deposit.account_id])[0])


def register() -> None:
    for kind, standard in (
        (DepositPaper.Kind.RECEIPT, _receipt),
        (DepositPaper.Kind.SETTLEMENT, _settlement),
    ):
        register_template_kind(TemplateKind(kind.value, kind.label, VARIABLES, standard, example, own_variables))
