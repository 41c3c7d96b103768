"""Registers of bank files, statements, entries and the clearing queue."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, add_action, no_desk, register
from lokum.money.banking.approvals import request_apart, request_refund, request_refund_of_line, request_return
from lokum.money.banking.forms import (
    AssignForm,
    BankFileForm,
    BookForm,
    ClaimForm,
    ConfirmForm,
    ParkForm,
    ReasonForm,
    RefundForm,
    RefundOfAccountForm,
    RefundOfLineForm,
    ReturnForm,
    TakeBackForm,
    TransferForm,
    UndoForm,
)
from lokum.money.banking.models import (
    BankBook,
    BankEntry,
    BankFile,
    BankStatement,
    ClearingItem,
    ClearingMove,
    OutgoingBooking,
    OutgoingRule,
    Refund,
)
from lokum.money.banking.queries import (
    balance_at,
    figures_of,
    is_first,
    last_statement,
    linkable_entries,
    own_transfers,
    payments_to_take_back,
    queue_age,
    statements_of,
)
from lokum.money.banking.reconciling import reconcile
from lokum.money.banking.services import (
    apply_rules,
    assign_to_account,
    book_line,
    book_transfer,
    bring_file,
    confirm_statement,
    link_refund,
    order_refund,
    park_money,
    post_statement,
    settle_claim,
    take_back,
    take_opening,
    taken_over,
    undo_line,
    undo_refund,
    undo_step,
)
from lokum.money.banking.words import ENCODINGS, FILE_FORMATS
from lokum.money.ledger.desk import AccountDesk
from lokum.money.ledger.models import Account

no_desk(ClearingMove, "shown on the page of its item")
GIVEN_BACK = _(
    "Another person decides; then the money is posted and listed for the bank. The bank line with the reference of the "
    "transfer carries it out by itself."
)


def _in_credit(account: Account) -> bool:
    return hasattr(account, "balance") and account.balance.amount < 0


add_action(
    AccountDesk,
    Action("refund", _("Refund what is over"), request_refund, icon="arrow-left", form=RefundOfAccountForm,
           available=_in_credit, shown=_in_credit, result_url=url_of, confirm=GIVEN_BACK),
)  # fmt: skip


def _file_page(file: BankFile) -> str:
    return reverse("desk:detail", args=["banking", "bankfile", file.pk])


@register
class BankFileDesk(ModelDesk):
    model = BankFile
    purpose = _(
        "Statements from the bank (MT940, camt.053, lists of the bank). Bring a file in: payments are recognised "
        "by number and booked, the rest waits to be cleared. First the entity needs a bank account."
    )
    section = "money"
    function = "payments"
    icon = "upload"
    order = 10
    columns = ("received_at", "name", "format", "encoding", "state", "actor_label", "refusal", "refusal_code")
    default_columns = ("received_at", "name", "format", "state", "actor_label")
    search = ("name",)
    filters = ("state", "format")
    words = {"format": FILE_FORMATS, "encoding": ENCODINGS}
    ordering = ("-pk",)
    facts = ("name", "received_at", "format")
    state = "state"
    tones = {"read": "warn", "posted": "ok", "refused": "bad"}
    editable = addable = deletable = False
    fields = ()
    searchable_globally = False
    actions = (
        Action(
            name="bring",
            label=_("Bring in a bank file"),
            icon="upload",
            tone="primary",
            service=bring_file,
            form=BankFileForm,
            collection=True,
            result_url=_file_page,
        ),
    )
    tabs = (
        Tab(
            name="figures",
            label=_("Result"),
            icon="chart-bar",
            template="banking/file_figures.html",
            context=lambda file, user: {"file": file, "figures": figures_of(file), "statements": file.statements.all()},
        ),
        Tab(name="statements", label=_("Statements"), child=BankStatement, lookup="file"),
        Tab(name="entries", label=_("Entries"), child=BankEntry, lookup="statement__file"),
    )


def _balance(statement: BankStatement, user: Any) -> dict[str, Any]:
    return {"statement": statement, "balance": balance_at(statement), "books": reconcile(statement)}


def _first_one(statement: BankStatement) -> bool:
    """The first statement of an account, whose opening balance does not stand in the books yet."""
    if not is_first(statement):
        return False
    book = BankBook.objects.filter(bank_account=statement.bank_account_id).first()
    return book is not None and taken_over(book) is None


def _newest(book: BankBook, user: Any) -> dict[str, Any]:
    statement = last_statement(book.bank_account_id)
    return {"book": book, "statement": statement, "books": reconcile(statement) if statement is not None else None}


@register
class BankBookDesk(ModelDesk):
    """Each bank account with the ledger account that follows it."""

    model = BankBook
    purpose = _("What each bank account holds by the books and by the bank; a book opens with its first bank file.")
    filled_by = "banking.bankfile"
    section = "money"
    function = "payments"
    icon = "building-bank"
    order = 55
    columns = (
        "bank_account__entity", "bank_account", "bank_account__fund", "bank_account__bank_name", "ledger_account",
        "apart_since", "bank_account__opened_on", "bank_account__closed_on",
    )  # fmt: skip
    default_columns = (
        "bank_account__entity", "bank_account", "bank_account__fund", "ledger_account", "bank_account__closed_on",
    )  # fmt: skip
    search = ("bank_account__number", "ledger_account__code")
    filters = ("bank_account__entity", "ledger_account")
    related = ("bank_account__entity", "bank_account__fund", "ledger_account")
    facts = ("bank_account", "ledger_account", "apart_since")
    fields = ()
    editable = addable = deletable = importable = False
    searchable_globally = False
    actions = (
        Action("set_apart", _("Give it a ledger account of its own"), request_apart, icon="sitemap", form=ReasonForm,
               available=lambda book: book.shared, shown=lambda book: book.shared,
               confirm=_("Once another person approves, what this bank account has on the shared account is carried "
                         "over by one entry of that day. Nothing posted before is changed.")),
    )  # fmt: skip
    tabs = (
        Tab("state", _("Balance"), icon="scale", template="banking/book.html", context=_newest),
        Tab("statements", _("Statements"), icon="file-text", template="banking/book_statements.html",
            context=lambda book, user: {"statements": statements_of(book.bank_account_id)}),
    )  # fmt: skip


@register
class BankStatementDesk(ModelDesk):
    model = BankStatement
    purpose = _(
        "The statements inside the bank files, each with opening and closing balance. They come with the files."
    )
    filled_by = "banking.bankfile"
    section = "money"
    function = "payments"
    icon = "file-text"
    order = 30
    columns = (
        "bank_account__entity", "bank_account", "number", "from_on", "to_on", "opening_amount",
        "closing_amount", "difference_amount", "entry_count", "posted_count", "queued_count", "state",
    )  # fmt: skip
    default_columns = (
        "bank_account", "number", "to_on", "opening_amount", "closing_amount", "posted_count", "queued_count",
        "state",
    )  # fmt: skip
    filters = ("bank_account", "state", "to_on")
    ordering = ("-pk",)
    facts = ("bank_account", "number", "to_on")
    related = ("bank_account__entity",)
    currency = "bank_account__currency"
    state = "state"
    tones = {"read": "warn", "unproven": "bad", "posted": "ok", "repeated": "muted"}
    editable = addable = deletable = False
    fields = ()
    searchable_globally = False
    actions = (
        Action(
            name="post",
            label=_("Post"),
            icon="check",
            tone="primary",
            service=post_statement,
            available=lambda statement: statement.state == BankStatement.State.READ,
            confirm=_("Money on known virtual accounts is booked to its payers, the rest goes to the clearing queue."),
        ),
        Action(
            name="confirm",
            label=_("Confirm and post"),
            icon="alert-triangle",
            tone="warn",
            service=confirm_statement,
            form=ConfirmForm,
            available=lambda statement: statement.state == BankStatement.State.UNPROVEN,
            confirm=_("The balances of this statement do not agree or cannot be checked. Compare with the bank first."),
        ),
        Action(
            name="by_rules",
            label=_("Book outgoing entries by rule"),
            icon="list-check",
            service=apply_rules,
            available=lambda statement: statement.state == BankStatement.State.POSTED,
        ),
        Action(
            name="take_opening",
            label=_("Take over the opening balance"),
            icon="arrow-down",
            service=take_opening,
            available=lambda statement: (
                statement.state == BankStatement.State.POSTED and statement.opening_amount is not None
            ),
            shown=_first_one,
            confirm=_("The balance before the first statement is booked against the opening items of the chart."),
        ),
    )
    tabs = (
        Tab(name="entries", label=_("Entries"), child=BankEntry, lookup="statement"),
        Tab(
            name="balance",
            label=_("Balance"),
            icon="scale",
            template="banking/balance.html",
            context=_balance,
        ),
        Tab(
            name="warnings",
            label=_("Warnings"),
            icon="alert-triangle",
            template="banking/warnings.html",
            context=lambda statement, user: {"warnings": statement.warnings},
        ),
    )


def _waits(line: BankEntry) -> bool:
    return line.state == BankEntry.State.OUTGOING


def _booking(line: BankEntry, user: Any) -> dict[str, Any]:
    return {
        "line": line,
        "bookings": line.bookings.select_related("ledger_account", "rule"),
        "transfers": list(own_transfers(line)[:20]) if _waits(line) else [],
        "refunds": linkable_entries(line)[:20] if _waits(line) else [],
    }


@register
class BankEntryDesk(ModelDesk):
    model = BankEntry
    purpose = _("Every movement a bank reported, and what became of it. Movements come from bank files.")
    filled_by = "banking.bankfile"
    section = "money"
    function = "payments"
    icon = "list"
    order = 40
    labels = {"bank_account": _("bank account")}
    columns = (
        "statement", "position", "booked_on", "value_on", "amount", "counter_name", "title", "virtual_account",
        "state", "bank_reference",
    )  # fmt: skip
    default_columns = ("booked_on", "amount", "counter_name", "title", "virtual_account", "state")
    search = ("counter_name", "title", "bank_reference", "virtual_account")
    filters = ("state", "booked_on", "bank_account")
    totals = ("amount",)
    ordering = ("-pk",)
    facts = ("amount", "booked_on", "counter_name")
    related = ("statement", "bank_account")
    currency = "bank_account__currency"
    masked = ("counter_account", "counter_name")
    state = "state"
    tones = {"new": "info", "posted": "ok", "queued": "warn", "outgoing": "warn"}
    editable = addable = deletable = False
    fields = ()
    searchable_globally = False
    actions = (
        Action(name="book", label=_("Book"), icon="check", tone="primary", service=book_line, form=BookForm,
               available=_waits, shown=lambda line: line.amount < 0),
        Action(name="own_transfer", label=_("Between own accounts"), icon="arrows-exchange", service=book_transfer,
               form=TransferForm, available=_waits, shown=lambda line: line.amount < 0),
        Action(name="refund", label=_("Refund booked before"), icon="link", service=link_refund, form=RefundForm,
               available=_waits, shown=lambda line: line.amount < 0),
        Action(name="give_back", label=_("Refund what is over"), icon="arrow-left", service=request_refund_of_line,
               form=RefundOfLineForm, result_url=url_of, confirm=GIVEN_BACK,
               available=lambda line: line.payment_id is not None and line.state == BankEntry.State.POSTED,
               shown=lambda line: line.payment_id is not None),
        Action(name="undo", label=_("Undo the booking"), icon="arrow-back-up", tone="warn", service=undo_line,
               form=UndoForm, shown=lambda line: line.amount < 0,
               available=lambda line: line.amount < 0 and line.state == BankEntry.State.POSTED,
               confirm=_("What was posted for this entry is reversed; the entry waits again.")),
    )  # fmt: skip
    tabs = (
        Tab(name="booking", label=_("Booking"), icon="book", template="banking/booking.html", context=_booking),
        Tab(
            name="raw",
            label=_("As the bank wrote it"),
            icon="file-text",
            template="banking/raw.html",
            right="banking.bankentry:unmask",
            context=lambda entry, user: {"entry": entry},
        ),
    )


def _candidates(item: ClearingItem, user: Any) -> dict[str, Any]:
    payments = payments_to_take_back(item)[:20] if item.reason == ClearingItem.Reason.RETURNED else []
    return {
        "item": item,
        "entry": item.bank_entry,
        "moves": item.moves.select_related("account").order_by("pk"),
        "payments": payments,
        "age": queue_age(item.entity_id),
    }


def _incoming(item: ClearingItem) -> bool:
    return item.state != ClearingItem.State.DONE and item.reason != ClearingItem.Reason.RETURNED


@register
class ClearingItemDesk(ModelDesk):
    model = ClearingItem
    purpose = _(
        "Money that could not be matched to an account by itself. It comes from bank files and waits here for a person."
    )
    filled_by = "banking.bankfile"
    section = "money"
    function = "payments"
    icon = "alert-triangle"
    order = 15
    columns = (
        "opened_on",
        "entity",
        "reason",
        "amount",
        "left_amount",
        "sender",
        "payment_title",
        "state",
        "deadline_on",
        "note",
    )
    default_columns = (
        "opened_on",
        "reason",
        "amount",
        "left_amount",
        "sender",
        "payment_title",
        "state",
        "deadline_on",
    )
    search = ("note", "bank_entry__counter_name", "bank_entry__title")
    filters = ("state", "reason", "entity", "opened_on")
    totals = ("amount", "left_amount")
    ordering = ("opened_on", "pk")
    facts = ("amount", "reason", "opened_on")
    related = ("bank_entry", "entity")
    currency = "entity__currency"
    cell = {
        "sender": lambda item: item.bank_entry.counter_name,
        "payment_title": lambda item: item.bank_entry.title,
    }
    labels = {"sender": _("Sender"), "payment_title": _("Payment reference")}
    state = "state"
    tones = {"open": "warn", "parked": "info", "done": "ok"}
    editable = addable = deletable = False
    fields = ()
    searchable_globally = False
    actions = (
        Action(
            name="assign",
            label=_("Assign to an account"),
            icon="check",
            tone="primary",
            service=assign_to_account,
            form=AssignForm,
            available=_incoming,
        ),
        Action(
            name="settle_claim",
            label=_("From a payer body"),
            icon="users-group",
            service=settle_claim,
            form=ClaimForm,
            available=_incoming,
        ),
        Action(
            name="park",
            label=_("Park"),
            icon="clock",
            service=park_money,
            form=ParkForm,
            available=lambda item: item.state != ClearingItem.State.DONE,
        ),
        Action(
            name="send_back",
            label=_("Send back"),
            icon="arrow-left",
            tone="warn",
            service=request_return,
            form=ReturnForm,
            available=_incoming,
            result_url=url_of,
            confirm=GIVEN_BACK,
        ),
        Action(
            name="undo_step",
            label=_("Undo the last step"),
            icon="arrow-back-up",
            tone="warn",
            service=undo_step,
            form=UndoForm,
            available=lambda item: item.left_amount < item.amount and item.reason != ClearingItem.Reason.RETURNED,
            confirm=_("What was posted is reversed; the money waits in the queue again."),
        ),
        Action(
            name="take_back",
            label=_("Reverse the payment it returns"),
            icon="refresh",
            tone="warn",
            service=take_back,
            form=TakeBackForm,
            available=lambda item: (
                item.state != ClearingItem.State.DONE and item.reason == ClearingItem.Reason.RETURNED
            ),
        ),
    )
    tabs = (
        Tab(
            name="money",
            label=_("Where it came from"),
            icon="building-bank",
            template="banking/clearing.html",
            context=_candidates,
        ),
    )


@register
class OutgoingRuleDesk(ModelDesk):
    model = OutgoingRule
    purpose = _(
        "How charges of the bank, transfers and other outgoing entries are booked by themselves: by words, "
        "partner or amount."
    )
    section = "money"
    function = "payments"
    icon = "list-check"
    order = 45
    fields = (
        "entity", "name", "words", "counter_account", "up_to_amount", "way", "ledger_account", "position", "active",
    )  # fmt: skip
    columns = fields
    default_columns = ("entity", "name", "words", "way", "ledger_account", "active")
    search = ("name", "words", "counter_account")
    filters = ("entity", "way", "active")
    ordering = ("entity", "position", "pk")
    facts = ("name", "entity", "way")
    related = ("entity", "ledger_account")
    currency = "entity__currency"
    import_key = ("entity", "name")
    searchable_globally = False


@register
class OutgoingBookingDesk(ModelDesk):
    model = OutgoingBooking
    section = "money"
    function = "payments"
    icon = "arrow-up-right"
    order = 46
    columns = (
        "bank_entry", "way", "ledger_account", "rule", "note", "booked_at", "actor_label", "undone_at", "undone_by",
        "undo_reason",
    )  # fmt: skip
    default_columns = ("bank_entry", "way", "ledger_account", "rule", "booked_at", "actor_label", "undone_at")
    search = ("note", "undo_reason")
    filters = ("way", "ledger_account", "booked_at")
    ordering = ("-pk",)
    facts = ("bank_entry", "way", "booked_at")
    related = ("bank_entry", "ledger_account", "rule")
    editable = addable = deletable = False
    fields = ()
    menu = False
    searchable_globally = False


@register
class RefundDesk(ModelDesk):
    """Refunds: the list of what is to be ordered at the bank, and what became of each."""

    model = Refund
    purpose = _(
        "Money given back to payers: proposed on the page of an account, approved by a second person, finished by "
        "the line of the bank."
    )
    filled_by = "ledger.account"
    section = "money"
    function = "payments"
    icon = "arrow-left"
    order = 47
    columns = (
        "number", "entity", "account", "account__payer", "item", "amount", "payee_name", "payee_number", "state",
        "reason", "proposed_by", "approved_by", "approved_at", "ordered_on", "undone_at", "undo_reason",
    )  # fmt: skip
    default_columns = ("number", "account", "amount", "payee_name", "payee_number", "state", "approved_at")
    search = ("number", "payee_name", "reason", "account__code")
    masked = ("payee_number",)
    filters = ("entity", "state", "approved_at")
    totals = ("amount",)
    ordering = ("-pk",)
    related = ("entity", "account__payer", "item")
    facts = ("amount", "payee_name", "approved_at")
    currency = "entity__currency"
    state = "state"
    tones = {"to_send": "warn", "ordered": "info", "paid": "ok", "undone": "muted"}
    fields = ()
    editable = addable = deletable = importable = False
    searchable_globally = False
    actions = (
        Action("order", _("Ordered at the bank"), order_refund, icon="check", tone="primary",
               available=lambda one: one.state == Refund.State.TO_SEND,
               confirm=_("The transfer was entered at the bank with this reference.")),
        Action("undo", _("Undo"), undo_refund, icon="arrow-back-up", tone="warn", form=UndoForm,
               available=lambda one: one.state in (Refund.State.TO_SEND, Refund.State.ORDERED),
               confirm=_("The money is the payer's (or in the queue) again. Cancel the transfer at the bank first.")),
    )  # fmt: skip
