"""Registers of documents on their way, statements and changes of fees."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.annex.queries import attachments_of
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.documents import actions
from lokum.money.documents.forms import BulkStatementForm, FeeChangeForm, ReplyForm, RunForm
from lokum.money.documents.models import AccountStatement, DeliveryBatch, DeliveryItem, FeeChange, FeeChangeLetter
from lokum.money.documents.payment_forms import months_to_pay
from lokum.money.documents.services import record_reply


def _job_page(job: Any) -> str:
    return reverse("desk:detail", args=["jobs", "job", job.pk])


def _figures(batch: DeliveryBatch, user: Any) -> dict[str, Any]:
    counts = batch.items.aggregate(
        payers=Count("document__party_key", distinct=True), documents=Count("pk"),
        volumes=Count("volume", distinct=True),
        paper=Count("pk", filter=Q(way="paper")), electronic=Count("pk", filter=Q(way="electronic")),
        produced=Count("pk", filter=Q(done_at__isnull=False)),
    )  # fmt: skip
    return {"batch": batch, "counts": counts, "files": attachments_of(batch)}


@register
class DeliveryBatchDesk(ModelDesk):
    model = DeliveryBatch
    purpose = _(
        "Papers printed or sent together, in the order of the route. First post a month or order confirmations."
    )
    section = "office"
    icon = "mail"
    order = 30
    columns = ("title", "kind", "entity", "state", "made_at", "made_by", "produced_at")
    search = ("title",)
    filters = ("entity", "kind", "state", "made_at")
    ordering = ("-pk",)
    related = ("entity",)
    facts = ("kind", "entity", "made_at")
    state = "state"
    cell = {"title": lambda batch: batch.name}  # in the language of the reader
    labels = {"title": _("Title")}
    tones = {"open": "warn", "ready": "info", "done": "ok"}
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("figures", _("Figures"), icon="chart-bar", template="documents/tab_batch.html", context=_figures),
        Tab("items", _("Documents to deliver"), child=DeliveryItem, lookup="batch"),
        Tab("statements", _("Statements of account"), child=AccountStatement, lookup="batch"),
    )
    actions = (
        Action("order", _("Statements for many"), actions.order_bulk_statements, icon="file", tone="primary",
               form=BulkStatementForm, collection=True, result_url=_job_page,
               confirm=_("Every payer gets one document with a number of its own.")),
        Action("order_run", _("Notices of a month run"), actions.order_run_delivery, icon="receipt", form=RunForm,
               collection=True, result_url=url_of,
               confirm=_("The notices are sorted by route; the papers of a payer follow each other.")),
        Action("issue", _("Go on issuing"), actions.order_issuing, icon="refresh", result_url=_job_page,
               available=lambda batch: batch.state == "open"),
        Action("produce", _("Produce"), actions.order_producing, icon="printer", tone="primary",
               result_url=_job_page, available=lambda batch: batch.state == "ready",
               confirm=_("Papers are printed into volumes of at most 500 in the order of the route, with a list for "
                         "the post; whoever chose electronic copies finds theirs in the portal.")),
    )  # fmt: skip


@register
class DeliveryItemDesk(ModelDesk):
    model = DeliveryItem
    section = "office"
    icon = "mail"
    menu = False
    columns = ("place", "document", "account", "account__payer", "way", "volume", "done_at")
    filters = ("batch", "way", "volume")
    ordering = ("batch_id", "place", "pk")
    related = ("batch", "account__payer", "document")
    facts = ("document", "account", "way")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


@register
class AccountStatementDesk(ModelDesk):
    model = AccountStatement
    purpose = _(
        "Statements and confirmations of balance that were issued, with the answers of payers. Issue one on the "
        "page of an account."
    )
    filled_by = "ledger.account"
    section = "ledger"
    icon = "file-text"
    order = 56
    columns = ("document", "kind", "account", "account__payer", "start_on", "end_on", "opening_amount",
               "closing_amount", "entry_count", "reply", "reply_on", "reply_amount", "reply_note",
               "reply_by")  # fmt: skip
    default_columns = ("document", "kind", "account__payer", "start_on", "end_on", "closing_amount", "reply")
    search = ("document__number", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "end_on", "reply", "reply_on")
    ordering = ("-pk",)
    related = ("account__payer", "account__entity", "document")
    facts = ("document", "account", "closing_amount")
    currency = "account__currency"
    state = "reply"
    tones = {"none": "muted", "agreed": "ok", "disputed": "bad"}
    fields = ()
    editable = addable = deletable = False
    tabs = (
        Tab("paper", _("Paper"), icon="file-type-pdf", template="documents/tab_paper.html",
            context=lambda one, user: {"pdf_url": reverse("papers:pdf", args=[one.document_id])}),
    )  # fmt: skip
    actions = (
        Action("reply", _("Record the reply"), record_reply, icon="message", form=ReplyForm, tone="primary",
               confirm=_("What the payer answered is kept with the statement.")),
    )  # fmt: skip


@register
class FeeChangeDesk(ModelDesk):
    model = FeeChange
    purpose = _(
        "Letters that tell payers about new fees in time, with reason and comparison. First propose the new prices."
    )
    section = "charges"
    icon = "speakerphone"
    order = 45
    columns = ("entity", "effective_on", "costs", "reason", "issued_on", "latest_on", "late_reason", "letter_count",
               "made_by")  # fmt: skip
    default_columns = ("entity", "effective_on", "costs", "reason", "issued_on", "latest_on", "letter_count")
    search = ("reason",)
    filters = ("entity", "effective_on", "costs")
    ordering = ("-pk",)
    related = ("entity",)
    facts = ("entity", "effective_on", "letter_count")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("letters", _("Letters"), child=FeeChangeLetter, lookup="change"),
        Tab("delivery", _("Delivery"), icon="mail", template="documents/tab_batch.html",
            context=lambda change, user: _figures(change.batch, user)),
    )  # fmt: skip
    actions = (
        Action("issue", _("Tell payers of new fees"), actions.write_fee_change, icon="speakerphone", tone="primary",
               form=FeeChangeForm, collection=True, result_url=url_of,
               confirm=_("Everybody whose fees differ from the month before gets a letter, and nobody else.")),
    )  # fmt: skip


@register
class FeeChangeLetterDesk(ModelDesk):
    model = FeeChangeLetter
    section = "charges"
    icon = "file-text"
    menu = False
    columns = ("document", "account", "account__payer", "old_amount", "new_amount", "change")
    search = ("document__number", "account__code")
    filters = ("change",)
    ordering = ("-pk",)
    related = ("account__payer", "account__entity", "document", "change__entity")
    facts = ("document", "account", "new_amount")
    currency = "account__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("paper", _("Paper"), icon="file-type-pdf", template="documents/tab_paper.html",
            context=lambda one, user: {"pdf_url": reverse("papers:pdf", args=[one.document_id])}),
    )  # fmt: skip


def _papers(account: Any, user: Any) -> dict[str, Any]:
    return {
        "account": account,
        "months": months_to_pay(account),
        "statements": AccountStatement.objects.filter(account=account).select_related("document")[:20],
    }


add_panel(
    Panel(
        "papers",
        _("Papers"),
        template="documents/panel.html",
        context=_papers,
        icon="file-text",
        order=46,
        applies=lambda record: record._meta.label_lower == "ledger.account",
    )
)
