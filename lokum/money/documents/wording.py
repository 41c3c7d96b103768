"""Kinds of letters and the standard words of each; entities may write their own (Settings, Document templates)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from lokum.core.base import clock
from lokum.core.organisation.legal_data import data_on
from lokum.core.organisation.models import Entity
from lokum.core.papers.rendering import texts
from lokum.core.papers.seams import TemplateKind, register_template_kind
from lokum.money.charges.models import Component
from lokum.money.ledger.addressees import Addressee, addressees
from lokum.money.ledger.models import Account
from lokum.money.ledger.own_words import own_values, own_variables
from lokum.money.ledger.queries import balances

COMMON: dict[str, Any] = {
    "payer": gettext_lazy("name of the payer"),
    "premises": gettext_lazy("address of the premises"),
    "account": gettext_lazy("number of the payer's account"),
    "entity": gettext_lazy("name of the entity"),
    "date": gettext_lazy("date of the letter"),
}
RANGE: dict[str, Any] = COMMON | {
    "from": gettext_lazy("first day of the range"),
    "to": gettext_lazy("last day of the range"),
    "opening": gettext_lazy("balance before the range"),
    "closing": gettext_lazy("balance on the last day"),
    "meaning": gettext_lazy("whether the balance is owed or a credit, as a sentence"),
}
CHANGE: dict[str, Any] = COMMON | {
    "effective_on": gettext_lazy("first day of the new fees"),
    "reason": gettext_lazy("reason of the change"),
    "old": gettext_lazy("monthly amount so far"),
    "new": gettext_lazy("new monthly amount"),
    "change": gettext_lazy("which fees change, as sentences"),
}


def common_values(one: Addressee, entity: Entity, day: Any) -> dict[str, str]:
    return {
        "payer": one.name,
        "premises": one.premises_address,
        "account": one.account_code,
        "entity": data_on(entity, day).name,
        "date": texts.day(day, one.language),
    } | own_values(one)


def meaning_of(balance: Decimal) -> str:
    """What a balance means to the payer, in the active language."""
    if balance > 0:
        return _("You owe us this amount.")
    return _("This is your credit with us.") if balance < 0 else _("Neither of us owes the other anything.")


def billed_in_words(component: Component, language: str) -> str:
    """When a component that is not billed every month is billed: "every 3 months: January, April, July, October"."""
    months = ", ".join(texts.month_name(one, language) for one in component.billed_months)
    if component.rhythm == Component.Rhythm.WINDOWED:
        return _("in these months: %(months)s") % {"months": months}
    if component.cycle_months == 12:
        return _("once a year: %(months)s") % {"months": months}
    count = component.cycle_months
    words = ngettext("every %(count)d month", "every %(count)d months", count) % {"count": count}
    return f"{words}: {months}" if months else words


def change_in_words(values: Mapping[str, str], *, monthly: bool | None, others: Sequence[str]) -> list[str]:
    """Which fees change, in the active language. monthly: None where nothing is billed every month; others: names of
    what changes and is billed in other months, told by the last sentence."""
    told = []
    if monthly:
        told.append(_("From {effective_on} the monthly fees for {premises} change from {old} to {new}."))
        if others:
            told.append(_("Of what is not billed every month this changes as well: {names}."))
    else:
        if monthly is not None:
            told.append(_("The monthly fees for {premises} stay at {old}."))
        told.append(_("From {effective_on} this changes of what is not billed every month: {names}."))
    return [text.format_map({**values, "names": ", ".join(others)}) for text in told]


def _statement() -> tuple[str, str]:
    return (
        _("Statement of account"),
        _(
            "This is what happened on account {account} from {from} to {to}. The balance at the end is {closing}. "
            "{meaning}"
        ),
    )


def _confirmation() -> tuple[str, str]:
    return (
        _("Balance confirmation"),
        _(
            "According to our books the balance of account {account} on {to} is {closing}. {meaning}\n\n"
            "Please confirm the balance or tell us what differs, on the slip below, within 14 days."
        ),
    )


def _change() -> tuple[str, str]:
    return (
        _("Change of fees from {effective_on}"),
        _(
            "{change}\n\nReason: {reason}\n\n"
            "All components are in the table, with their prices so far and the new ones."
        ),
    )


def example(entity_id: int, language: str) -> Mapping[str, str] | None:
    """Values of a real account of the entity, for the preview."""
    account = Account.objects.filter(entity_id=entity_id).select_related("entity").order_by("pk").first()
    if account is None:
        return None
    today = clock.today(account.entity.time_zone)
    one, entity = addressees([account.pk])[0], account.entity
    with override(language):
        balance = balances([account.pk], today)[account.pk].total
        closing = texts.amount(balance, language, account.currency)
        return common_values(one, entity, today) | {
            "from": texts.day(today.replace(month=1, day=1), language),
            "to": texts.day(today, language),
            "opening": texts.amount(balance * 0, language, account.currency),
            "closing": closing,
            "meaning": meaning_of(balance),
            "effective_on": texts.day(clock.add_months(today, 1), language),
            "reason": _("resolution of the board"),
            "old": closing,
            "new": closing,
            "change": _("From {effective_on} the monthly fees for {premises} change from {old} to {new}.").format(
                effective_on=texts.day(clock.add_months(today, 1), language),
                premises=one.premises_address,
                old=closing,
                new=closing,
            ),
        }


def register() -> None:
    for code, label, variables, standard in (
        ("statement", gettext_lazy("Statement of account"), RANGE, _statement),
        ("confirmation", gettext_lazy("Balance confirmation"), RANGE, _confirmation),
        ("fee_change", gettext_lazy("Change of fees"), CHANGE, _change),
    ):
        register_template_kind(TemplateKind(code, label, variables, standard, example, own_variables))
