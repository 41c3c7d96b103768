"""Registers of tax invoices and of their rates."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.charges.vat import rate_text
from lokum.money.documents import actions
from lokum.money.documents.forms import InvoiceForm, RunInvoicesForm
from lokum.money.documents.models import Invoice, InvoiceRate


def _register_page(made: Any) -> str:
    return reverse("desk:list", args=["documents", "invoice"])


@register
class InvoiceDesk(ModelDesk):
    model = Invoice
    purpose = _("Tax invoices for charges, advances and corrections. First post a month.")
    section = "charges"
    icon = "receipt"
    order = 22
    columns = ("number", "kind", "issued_on", "account__entity", "buyer_name", "buyer_tax_number", "account", "notice",
               "corrects", "requested_on", "exempt_reason", "net_amount", "tax_amount", "total_amount",
               "made_by")  # fmt: skip
    default_columns = ("number", "kind", "issued_on", "buyer_name", "buyer_tax_number", "notice", "corrects",
                       "net_amount", "tax_amount", "total_amount")  # fmt: skip
    search = ("number", "buyer_name", "buyer_tax_number", "account__code")
    filters = ("account__entity", "kind", "issued_on", "requested_on")
    totals = ("net_amount", "tax_amount", "total_amount")
    ordering = ("-pk",)
    related = ("account__entity", "notice", "corrects")
    facts = ("number", "buyer_name", "total_amount")
    currency = "account__currency"
    fields = ()
    editable = addable = deletable = False
    tabs = (
        Tab("paper", _("Paper"), icon="file-type-pdf", template="documents/tab_paper.html",
            context=lambda one, user: {"pdf_url": reverse("papers:pdf", args=[one.document_id])}),
        Tab("rates", _("Totals by rate"), child=InvoiceRate, lookup="invoice"),
        Tab("corrections", _("Corrections"), child=Invoice, lookup="corrects"),
    )  # fmt: skip
    actions = (
        Action("issue", _("Issue an invoice"), actions.write_invoice, icon="plus", tone="primary", form=InvoiceForm,
               collection=True, result_url=url_of,
               confirm=_("The invoice takes the next number and is never changed; only a correction changes it.")),
        Action("issue_run", _("Invoices of a month run"), actions.write_run_invoices, icon="receipt",
               form=RunInvoicesForm, collection=True, result_url=_register_page,
               confirm=_("Every buyer with a tax number gets an invoice; corrections that are due are issued too.")),
    )  # fmt: skip


@register
class InvoiceRateDesk(ModelDesk):
    """The register of invoices by rate: its totals are the tax lines of the ledger (rule D3 of the proof)."""

    model = InvoiceRate
    section = "charges"
    icon = "percentage"
    menu = False
    columns = ("invoice", "invoice__issued_on", "invoice__buyer_name", "invoice__buyer_tax_number",
               "invoice__account__entity", "rate_words", "net_amount", "tax_amount")  # fmt: skip
    default_columns = ("invoice", "invoice__issued_on", "invoice__buyer_name", "invoice__buyer_tax_number",
                       "rate_words", "net_amount", "tax_amount")  # fmt: skip
    search = ("invoice__number", "invoice__buyer_name")
    filters = ("invoice__account__entity", "invoice__issued_on", "rate")
    totals = ("net_amount", "tax_amount")
    ordering = ("-invoice_id", "rate")
    related = ("invoice__account__entity",)
    facts = ("invoice", "rate", "tax_amount")
    currency = "invoice__account__currency"
    labels = {"rate_words": _("Rate of VAT")}
    cell = {"rate_words": lambda one: rate_text(one.rate)}
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


add_panel(
    Panel(
        "invoices",
        _("Invoices"),
        template="documents/panel_invoices.html",
        context=lambda notice, user: {
            "notice": notice,
            "invoices": Invoice.objects.filter(notice_id=notice.pk).order_by("pk"),
        },
        icon="receipt",
        order=47,
        applies=lambda record: record._meta.label_lower == "charges.notice",
    )
)
