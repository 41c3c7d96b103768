"""Registers of deposits: kinds, deposits with everything that can happen to them, moves."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.deposits import actions, approvals, services
from lokum.money.deposits.forms import (
    AmountForm,
    CallForm,
    EntityForm,
    ForfeitForm,
    InterestForm,
    LeavingForm,
    ReasonForm,
    ReturnForm,
    TakeOverForm,
    TopUpForm,
    TransferForm,
    UseForm,
)
from lokum.money.deposits.models import Deposit, DepositKind, DepositMove, DepositPaper
from lokum.money.deposits.queries import deposits_of_accounts
from lokum.money.ledger.models import Account


@register
class DepositKindDesk(ModelDesk):
    model = DepositKind
    purpose = _(
        "Kinds of deposits with the rules of the law: how much, how indexed, when to return. Load those of your "
        "country."
    )
    first_step = "load"
    section = "ledger"
    icon = "lock"
    order = 67
    columns = fields = ("entity", "code", "name", "name_en", "name_pl", "name_zh_hant", "name_zh_hans", "purpose",
                        "max_months", "return_months", "valorised", "interest_percent", "cost_account",
                        "forfeit_account", "basis")  # fmt: skip
    default_columns = ("entity", "code", "name", "purpose", "max_months", "return_months", "valorised",
                       "interest_percent")  # fmt: skip
    search = ("code", "name", "name_en", "name_pl", "name_zh_hant", "name_zh_hans")
    filters = ("entity", "purpose", "valorised")
    import_key = ("entity", "code")
    related = ("entity", "cost_account", "forfeit_account")
    facts = ("entity", "code", "purpose")
    searchable_globally = False
    actions = (
        Action("load", _("Add the usual kinds of the country"), actions.load_kinds, icon="plus", form=EntityForm,
               collection=True, confirm=_("Kinds the entity already has stay as they are.")),
    )  # fmt: skip


def _held(deposit: Deposit) -> bool:
    return deposit.held_amount > 0


def _settled(deposit: Deposit) -> bool:
    return deposit.used_amount + deposit.returned_amount + deposit.forfeited_amount + deposit.passed_amount > 0


def _open(deposit: Deposit) -> Decimal:
    return deposit.open_amount


_open.kind = "amount"  # type: ignore[attr-defined]


def _waiting(deposit: Deposit) -> bool:
    return deposit.open_amount > 0


@register
class DepositDesk(ModelDesk):
    model = Deposit
    purpose = _("Deposits of tenants: called, paid, indexed, used, returned. First load the kinds of deposits.")
    section = "ledger"
    icon = "lock"
    order = 25
    columns = ("number", "account", "account__payer", "kind", "state", "called_on", "due_on", "agreed_amount",
               "called_amount", "taken_amount", "open", "added_amount", "used_amount", "returned_amount",
               "forfeited_amount", "passed_amount", "held_amount", "vacated_on", "return_by", "note")  # fmt: skip
    default_columns = ("number", "account__payer", "kind", "state", "due_on", "agreed_amount", "open", "held_amount",
                       "return_by")  # fmt: skip
    cell = {"open": _open}
    labels = {"open": _("Waiting to be paid")}
    search = ("number", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "state", "due_on", "return_by")
    totals = ("agreed_amount", "held_amount")
    ordering = ("-pk",)
    currency = "account__currency"
    related = ("account__payer", "account__entity", "kind")
    facts = ("number", "account", "held_amount")
    state = "state"
    tones = {"due": "warn", "held": "ok", "partly_used": "info", "used": "muted", "returned": "muted",
             "forfeited": "muted", "passed_on": "muted", "withdrawn": "muted"}  # fmt: skip
    fields = ()
    editable = addable = deletable = False
    tabs = (
        Tab("moves", _("What happened"), child=DepositMove, lookup="deposit"),
        Tab("papers", _("Letters"), child=DepositPaper, lookup="deposit"),
    )
    actions = (
        Action("call", _("Call a deposit"), actions.call, icon="plus", tone="primary", form=CallForm, collection=True,
               result_url=url_of,
               confirm=_("It becomes due. It is no debt of the account: arrears and interest leave it out.")),
        Action("take_over", _("Take over a deposit held before"), actions.take_over, icon="upload",
               form=TakeOverForm, collection=True, result_url=url_of,
               confirm=_("It is held from now on; the other side is the account of opening items.")),
        Action("take", _("Cover with free money"), services.take_from_account, icon="arrows-exchange", form=AmountForm,
               available=_waiting, confirm=_("Money of the account that covers no debt becomes the deposit.")),
        Action("top_up", _("Ask for more"), services.top_up, icon="plus", form=TopUpForm,
               available=lambda deposit: deposit.vacated_on is None,
               confirm=_("After a use, or because the rent rose.")),
        Action("leave", _("Note that the payer left"), services.note_leaving, icon="door", form=LeavingForm,
               confirm=_("From this day runs the time within which the deposit goes back.")),
        Action("interest", _("Book interest"), services.add_interest, icon="percentage", form=InterestForm,
               available=_held, shown=lambda deposit: deposit.held_amount > 0 and deposit.kind.interest_percent > 0,
               confirm=_("Interest by the rate of the kind is added to what is held.")),
        Action("use", _("Use for debts"), approvals.request_use, icon="receipt", form=UseForm, available=_held,
               result_url=url_of, confirm=_("Another person decides; then the debts are covered.")),
        Action("give_back", _("Return"), approvals.request_return, icon="cash", form=ReturnForm, available=_held,
               result_url=url_of,
               confirm=_("Another person decides; then the payout is booked, with what the law adds and less debts.")),
        Action("pass_on", _("Pass on to another payer"), approvals.request_transfer, icon="arrow-right",
               form=TransferForm, available=_held, result_url=url_of,
               confirm=_("Another person decides; then what is held stands on the account of the new payer.")),
        Action("forfeit", _("Forfeit"), approvals.request_forfeit, icon="gavel", form=ForfeitForm, tone="bad",
               available=_held, result_url=url_of,
               confirm=_("Another person decides; then the deposit becomes income.")),
        Action("confirm_receipt", _("Confirm the receipt in writing"), services.issue_receipt, icon="file-text",
               available=lambda deposit: deposit.taken_amount > 0, result_url=url_of,
               confirm=_("The payer gets a letter, on paper or in the portal, that says what was received.")),
        Action("settle", _("Settlement in writing"), services.issue_settlement, icon="file-text", available=_settled,
               result_url=url_of,
               confirm=_("The payer gets a letter: what there was, deductions with their documents, what went back.")),
        Action("withdraw", _("Withdraw the call"), services.withdraw_call, icon="x", form=ReasonForm, tone="bad",
               available=_waiting, confirm=_("What was not paid is not asked for any more.")),
    )  # fmt: skip


def _reversible(move: DepositMove) -> bool:
    return move.entry_id is not None and move.undoes_id is None and not hasattr(move, "undone_by")


@register
class DepositMoveDesk(ModelDesk):
    model = DepositMove
    purpose = _("Every movement of every deposit. Movements come from the pages of deposits and from payments.")
    filled_by = "deposits.deposit"
    section = "ledger"
    icon = "list"
    order = 26
    columns = ("on", "deposit", "deposit__account__payer", "kind", "amount", "due_on", "through_on", "rent_amount",
               "payee_name", "payee_number", "reason", "proposed_by", "approved_by", "entry", "undoes",
               "made_by")  # fmt: skip
    default_columns = ("on", "deposit", "deposit__account__payer", "kind", "amount", "reason", "approved_by", "entry")
    search = ("deposit__number", "reason", "payee_name")
    filters = ("deposit__account__entity", "kind", "on")
    totals = ("amount",)
    ordering = ("-pk",)
    currency = "deposit__account__currency"
    related = ("deposit__account__payer", "deposit__account__entity", "deposit__kind", "entry", "undoes", "undone_by")
    facts = ("on", "kind", "amount")
    masked = ("payee_number",)
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    actions = (
        Action("take_back", _("Take back"), approvals.request_taking_back, icon="arrow-back-up", form=ReasonForm,
               tone="bad", available=_reversible, result_url=url_of,
               confirm=_("Its entry is reversed. What gave money away or covered debts needs another person.")),
    )  # fmt: skip


@register
class DepositPaperDesk(ModelDesk):
    model = DepositPaper
    section = "ledger"
    icon = "file-text"
    menu = False
    columns = ("document", "kind", "deposit", "deposit__account", "deposit__account__payer", "amount", "made_at",
               "made_by")  # fmt: skip
    default_columns = ("document", "kind", "deposit", "deposit__account__payer", "amount", "made_at")
    search = ("document__number", "deposit__number")
    filters = ("deposit__account__entity", "kind", "made_at")
    ordering = ("-pk",)
    currency = "deposit__account__currency"
    related = ("deposit__account__payer", "deposit__account__entity", "deposit__kind", "document")
    facts = ("document", "deposit", "amount")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("paper", _("Paper"), icon="file-type-pdf", template="documents/tab_paper.html",
            context=lambda one, user: {"pdf_url": reverse("papers:pdf", args=[one.document_id])}),
    )  # fmt: skip


def _of_account(account: Account, user: Any) -> dict[str, Any]:
    return {
        "account": account,
        "deposits": deposits_of_accounts([account.pk]) if policy.may(user, "deposits.deposit:view") else [],
        "call_url": DepositDesk().path("collection", "call") if policy.may(user, "deposits.deposit:call") else "",
    }


add_panel(
    Panel(
        "deposits",
        _("Deposits"),
        template="deposits/panel_account.html",
        context=_of_account,
        icon="lock",
        order=22,
        applies=lambda record: record._meta.label_lower == "ledger.account",
    )
)
