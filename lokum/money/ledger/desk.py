"""Registers of the books: chart, accounts, periods, batches, journal, allocations."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock, policy
from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.ledger import actions
from lokum.money.ledger.forms import (
    CoPayerForm,
    CorrectionForm,
    EntityForm,
    OpeningForm,
    PeriodForm,
    ReasonForm,
    YearForm,
)
from lokum.money.ledger.matching import matching_of
from lokum.money.ledger.models import (
    Account,
    AccountBalance,
    Allocation,
    AllocationRule,
    Batch,
    BatchTurnover,
    ChainHead,
    CoPayer,
    Entry,
    LedgerAccount,
    Line,
    OpenItem,
    Period,
    PeriodReopening,
    SubAccount,
)
from lokum.money.ledger.queries import accounts_of_record, balance, reopenings, sheet, sub_accounts_of_account, trail_of
from lokum.money.ledger.seams import open_points
from lokum.money.ledger.services import FIXED_RULES, correct_entry, reverse_entry, undo_allocation, undo_opening_items
from lokum.money.ledger.words import ALLOCATION_RULES, BATCH_KINDS

no_desk(BatchTurnover, "sums of a batch; the trial balance shows them")
no_desk(ChainHead, "the last link of the chain; the proof compares it with the batches")
no_desk(AccountBalance, "shown as the balance of its account")
no_desk(OpenItem, "shown on the account and on the entry it belongs to")


@register
class LedgerAccountDesk(ModelDesk):
    model = LedgerAccount
    purpose = _(
        "The accounts of the books of each entity. Prepare the books: the chart of the country and legal form is "
        "made in one step, and you may add your own accounts."
    )
    section = "ledger"
    searchable_globally = False
    icon = "book"
    order = 60
    columns = ("entity", "code", "name", "kind", "purpose")
    fields = ("entity", "code", "name", "name_en", "name_pl", "name_zh_hant", "name_zh_hans", "kind")
    search = ("code", "name", "name_en", "name_pl", "name_zh_hant", "name_zh_hans")
    filters = ("entity", "kind", "purpose")
    import_key = ("entity", "code")
    related = ("entity",)
    facts = ("entity", "code", "kind")
    tabs = (Tab("lines", _("Ledger lines"), child=Line, lookup="ledger_account"),)
    first_step = "prepare"
    actions = (
        Action(
            name="prepare",
            label=_("Prepare the books"),
            icon="book",
            service=actions.prepare,
            form=EntityForm,
            collection=True,
            confirm=_("The chart of accounts of the entity's country and legal form is made; accounts it has stay."),
        ),
    )


def _total(account: Account) -> Decimal | None:
    return account.balance.amount if hasattr(account, "balance") else None


# Aligned right, with the places of its currency.
_total.kind = "amount"  # type: ignore[attr-defined]


def _sheet_of(account: Account, user: Any) -> dict[str, Any]:
    today = clock.today(account.entity.time_zone)
    page = sheet(account.pk, size=20)
    url = reverse("ledger:sheet", args=[account.pk])
    return {"account": account, "balance": balance(account.pk, today), "page": page, "today": today, "sheet_url": url,
            "sub_accounts": sub_accounts_of_account(account.pk, account.entity_id, today)}  # fmt: skip


@register
class AccountDesk(ModelDesk):
    model = Account
    purpose = _(
        "What each payer owes and paid. An account opens by itself with an agreement: with the workbook of an "
        "estate, with a title or with a customer."
    )
    filled_by = "occupancy.title"
    section = "ledger"
    icon = "wallet"
    order = 10
    columns = ("code", "payer", "entity", "agreement", "agreement__premises", "total", "opened_on", "closed_on")
    default_columns = ("code", "payer", "agreement__premises", "total", "closed_on")
    search = ("code", "payer__last_name", "payer__first_name", "agreement__premises__code")
    filters = ("entity", "opened_on", "closed_on")
    related = ("entity", "payer", "agreement__premises", "balance")
    facts = ("code", "payer", "entity")
    import_key = ("entity", "code")  # how sheets of other registers name an account; it comes by no sheet itself
    fields = ()
    editable = addable = deletable = False
    cell = {"total": _total}
    labels = {"total": _("Balance")}
    currency = "currency"
    tabs = (
        Tab("sheet", _("Account sheet"), icon="table", template="ledger/tab_sheet.html", context=_sheet_of),
        Tab("entries", _("Entries"), child=Entry, lookup="account"),
        Tab(
            "matching",
            _("Match money"),
            icon="arrows-exchange",
            template="ledger/tab_matching.html",
            context=matching_of,
        ),
        Tab("allocations", _("Matched money"), child=Allocation, lookup="account"),
        Tab("co_payers", _("Joint payers"), child=CoPayer, lookup="account"),
    )


@register
class CoPayerDesk(ModelDesk):
    """People who owe the debts of an account together: all of them see it, the notices name them."""

    model = CoPayer
    purpose = _("People who owe an account together with its payer, each for the whole.")
    section = "ledger"
    icon = "users"
    order = 11
    columns = ("account", "account__payer", "party", "valid", "basis")
    fields = ("valid", "basis")
    addable = False
    search = ("account__code", "party__last_name", "basis")
    filters = ("account__entity", "valid")
    related = ("account__payer", "party")
    facts = ("account", "party", "valid")
    searchable_globally = False
    actions = (
        Action("add_payer", _("Add a joint payer"), actions.add_co_payer, icon="plus", tone="primary",
               form=CoPayerForm, collection=True,
               result_url=lambda one: reverse("desk:detail", args=["ledger", "copayer", one.pk]),
               confirm=_("The person sees the account and stands on its notices from the first day on.")),
    )  # fmt: skip


def _checklist(period: Period, user: Any) -> dict[str, Any]:
    return {"points": open_points(period.entity_id, period.starts_on)}


@register
class SubAccountDesk(ModelDesk):
    model = SubAccount
    purpose = _(
        "Parts of a payer's account that are settled by themselves, such as heating advances or a loan. Without "
        "any, everything is one account."
    )
    section = "ledger"
    icon = "layout-list"
    order = 65
    columns = ("entity", "code", "name", "kind", "position", "due_day")
    fields = ("entity", "code", "name", "name_en", "name_pl", "name_zh_hant", "name_zh_hans", "kind", "position",
              "due_day")  # fmt: skip
    search = ("code", "name")
    filters = ("entity", "kind")
    import_key = ("entity", "code")
    related = ("entity",)
    facts = ("entity", "code", "kind")
    searchable_globally = False
    actions = (
        Action("transfer", _("Transfer what is missing"), actions.transfer_now, icon="arrows-exchange", form=EntityForm,
               collection=True,
               confirm=_("Money of payers that covers due debts of another sub-account is moved there now.")),
    )  # fmt: skip


@register
class PeriodDesk(ModelDesk):
    model = Period
    purpose = _(
        "Months of the books, open or closed. A month appears with its first booking; close it once everything is in."
    )
    filled_by = "charges.chargerun"
    section = "ledger"
    icon = "calendar"
    order = 70
    columns = ("entity", "starts_on", "closed_at", "closed_by", "closing_note")
    filters = ("entity", "starts_on")
    months = ("starts_on",)
    ordering = ("-starts_on", "entity_id")
    related = ("entity",)
    facts = ("entity", "starts_on", "closed_at")
    tabs = (
        Tab("checklist", _("Checklist"), icon="list-check", template="ledger/tab_checklist.html", context=_checklist),
    )
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    actions = (
        Action("close_year", _("Close a year"), actions.close_year_now, icon="calendar", form=YearForm,
               collection=True, result_url=lambda text: reverse("ledger:years"),
               confirm=_("Income and expense of the year are carried to its result. Open items of payers stay as they "
                         "are.")),
        Action("close", _("Close a month"), actions.close_month, icon="lock", form=PeriodForm, collection=True),
        Action("reopen", _("Reopen"), actions.reopen_month, icon="lock-open", form=ReasonForm,
               available=lambda period: period.closed_at is not None,
               confirm=_("Postings into this month become possible again, as soon as a second person approves.")),
    )  # fmt: skip


@register
class PeriodReopeningDesk(ModelDesk):
    """The report of changes in closed periods: empty, or it names each reopening."""

    model = PeriodReopening
    purpose = _(
        "Every time a closed month was opened again: by whom, why and what was posted. It is best when this list "
        "stays empty."
    )
    filled_by = "ledger.period"
    section = "ledger"
    icon = "lock-open"
    order = 71
    columns = ("period__entity", "period", "closed_at", "reopened_at", "reason", "approved_by", "posted")
    labels = {"period__entity": _("Entity"), "posted": _("Posted since then")}
    cell = {"posted": lambda one: one.posted}
    filters = ("period__entity", "reopened_at")
    related = ("period__entity",)
    facts = ("period", "reopened_at", "approved_by")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False

    def base_queryset(self) -> Any:
        return reopenings()


@register
class BatchDesk(ModelDesk):
    model = Batch
    purpose = _(
        "Everything that was posted, batch by batch, chained so that nothing can be changed unseen. Take opening "
        "balances over here."
    )
    section = "ledger"
    icon = "package"
    order = 40
    columns = ("entity", "chain_number", "kind", "booked_on", "posted_at", "actor_label", "entry_count",
               "line_count", "turnover_amount", "hash")  # fmt: skip
    default_columns = ("entity", "chain_number", "kind", "booked_on", "posted_at", "actor_label", "turnover_amount")
    search = ("source", "actor_label")
    filters = ("entity", "kind", "booked_on", "posted_at")
    words = {"kind": BATCH_KINDS}
    ordering = ("-pk",)
    related = ("entity",)
    facts = ("entity", "chain_number", "posted_at")
    currency = "entity__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (Tab("entries", _("Entries"), child=Entry, lookup="batch"),)
    actions = (
        Action("import_opening", _("Take over opening items"), actions.import_opening, icon="file-spreadsheet",
               form=OpeningForm, collection=True,
               confirm=_("Every row of the sheet becomes an open item with its own due date. One wrong row stops all "
                         "of them and is named.")),
        Action("undo_opening", _("Undo the takeover"), undo_opening_items, icon="arrow-back-up", form=ReasonForm,
               tone="bad", available=lambda batch: batch.kind == "opening",
               shown=lambda batch: batch.kind == "opening",
               confirm=_("Every item of the takeover is reversed; money used for them is free again.")),
        Action("prove", _("Prove the books"), actions.order_proof, icon="shield-check", collection=True,
               confirm=_("Every rule of the books is checked now; the result shows every row that breaks one."),
               result_url=lambda job: reverse("desk:detail", args=["jobs", "job", job.pk])),
    )  # fmt: skip


def _trail(entry: Entry, user: Any) -> dict[str, Any]:
    correctable = entry.corrects_id is None and entry.account_id is not None
    return {"trail": trail_of(entry), "may_correct": correctable and policy.may(user, "ledger.entry:correct")}


@register
class EntryDesk(ModelDesk):
    """The journal."""

    model = Entry
    purpose = _(
        "The journal: every booking with day, document and account. Bookings come from month runs, bank files and "
        "other work."
    )
    filled_by = "charges.chargerun"
    section = "ledger"
    searchable_globally = False
    icon = "list"
    order = 30
    columns = ("booked_on", "kind", "document_number", "description", "account", "account__payer", "amount",
               "effective_on", "due_on", "sub_account", "batch")  # fmt: skip
    default_columns = ("booked_on", "kind", "document_number", "account", "account__payer", "amount", "due_on")
    search = ("document_number", "description", "account__code", "account__payer__last_name")
    filters = ("batch__entity", "kind", "booked_on", "effective_on", "sub_account")
    totals = ("amount",)
    ordering = ("-pk",)
    currency = "batch__entity__currency"
    related = ("batch__entity", "account__payer", "sub_account")
    facts = ("booked_on", "kind", "amount")
    fields = ()
    editable = addable = deletable = False
    tabs = (
        Tab("trail", _("Where it comes from"), icon="sitemap", template="ledger/tab_trail.html", context=_trail),
        Tab("lines", _("Ledger lines"), child=Line, lookup="entry"),
    )
    actions = (
        Action("correct", _("Correct"), correct_entry, icon="edit", form=CorrectionForm,
               available=lambda entry: (
                   entry.corrects_id is None and entry.account_id is not None and entry.kind != "deposit"
               ),
               confirm=_("A linked entry with the difference is posted; the document stays as it is."),
               result_url=lambda entry: reverse("desk:detail", args=["ledger", "entry", entry.pk])),
        Action("reverse", _("Reverse"), reverse_entry, icon="arrow-back-up", form=ReasonForm, tone="bad",
               available=lambda entry: entry.source_kind not in ("reversal", "year_end"),
               confirm=_("A linked entry with the opposite amounts is posted; both stay visible.")),
    )  # fmt: skip


@register
class LineDesk(ModelDesk):
    model = Line
    section = "ledger"
    icon = "list"
    menu = False
    columns = ("booked_on", "ledger_account", "account", "debit_amount", "credit_amount", "entry")
    filters = ("booked_on",)
    totals = ("debit_amount", "credit_amount")
    ordering = ("-pk",)
    currency = "entry__batch__entity__currency"
    related = ("ledger_account", "account", "entry__batch__entity")
    facts = ("booked_on", "ledger_account", "entry")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


@register
class AllocationDesk(ModelDesk):
    model = Allocation
    purpose = _("Which payment settled which debt. It is done by rule when money is booked.")
    filled_by = "payments.payment"
    section = "ledger"
    icon = "arrows-exchange"
    order = 50
    columns = ("made_at", "account", "credit", "debit", "amount", "rule", "value_on", "undone_at", "undone_reason")
    default_columns = ("made_at", "account", "credit", "debit", "amount", "rule", "undone_at")
    filters = ("rule", "made_at", "undone_at")
    words = {"rule": ALLOCATION_RULES}
    currency = "account__currency"
    ordering = ("-pk",)
    related = ("account", "credit", "debit")
    facts = ("account", "amount", "rule")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    actions = (
        Action("undo", _("Undo"), undo_allocation, icon="arrow-back-up", form=ReasonForm,
               available=lambda one: one.undone_at is None and one.rule not in FIXED_RULES,
               confirm=_("The money is free again and the debt open again.")),
    )  # fmt: skip


@register
class AllocationRuleDesk(ModelDesk):
    model = AllocationRule
    purpose = _("In which order money settles debts. Without a rule here it follows the law of the entity's country.")
    section = "ledger"
    icon = "arrows-sort"
    order = 51
    columns = ("entity", "order", "designation", "notes_interest")
    fields = ("entity", "order", "designation", "notes_interest")
    filters = ("entity", "order")
    related = ("entity",)
    facts = ("entity", "order", "designation")
    import_key = ("entity",)
    searchable_globally = False


add_panel(
    Panel(
        "accounts",
        _("Accounts and balances"),
        template="ledger/panel_accounts.html",
        context=lambda record, user: {"accounts": accounts_of_record(record, user)},
        icon="wallet",
        order=40,
        applies=lambda record: record._meta.concrete_model._meta.label_lower in ("estates.premises", "parties.party"),
    )
)
