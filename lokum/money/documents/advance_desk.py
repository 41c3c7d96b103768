"""Registers of advances and of what was taken off for them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.charges.vat import rate_text
from lokum.money.documents import actions
from lokum.money.documents.forms import NewAdvanceForm, ReturnForm, SettleForm
from lokum.money.documents.models import Advance, AdvanceUse
from lokum.money.documents.services.advances import free_of, return_advance, settle_advance
from lokum.money.documents.services.settling import with_left


@register
class AdvanceDesk(ModelDesk):
    model = Advance
    purpose = _("Invoices for money paid ahead, and what was used of it.")
    section = "charges"
    icon = "coin"
    order = 23
    columns = ("invoice", "received_on", "account__entity", "invoice__buyer_name", "invoice__buyer_tax_number",
               "account", "payment", "component", "subject", "rate_words", "order_amount", "net_amount", "tax_amount",
               "total_amount", "total_left")  # fmt: skip
    default_columns = ("invoice", "received_on", "invoice__buyer_name", "subject", "rate_words", "net_amount",
                       "tax_amount", "total_amount", "total_left")  # fmt: skip
    search = ("invoice__number", "invoice__buyer_name", "subject", "account__code")
    filters = ("account__entity", "received_on", "rate")
    totals = ("net_amount", "tax_amount", "total_amount")
    ordering = ("-pk",)
    related = ("account__entity", "invoice", "payment", "component")
    facts = ("invoice", "received_on", "total_amount")
    currency = "account__currency"
    labels = {"rate_words": _("Rate of VAT"), "total_left": _("Left"), "subject": _("Supply")}
    cell = {"rate_words": lambda one: rate_text(one.rate), "total_left": lambda one: one.total_left,
            "subject": lambda one: one.supply}  # fmt: skip
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (Tab("uses", _("Taken off"), child=AdvanceUse, lookup="advance"),)
    actions = (
        Action("issue", _("Issue an advance invoice"), actions.write_advance, icon="plus", tone="primary",
               form=NewAdvanceForm, collection=True, result_url=url_of,
               confirm=_("The tax is due on the day the money came; the invoice of the supply takes it off again.")),
        Action("settle", _("Issue the final invoice"), settle_advance, icon="receipt", tone="primary", form=SettleForm,
               result_url=url_of, shown=lambda one: one.total_left > 0,
               confirm=_("The invoice of the notice names this advance and says what is left to pay.")),
        Action("return", _("Advance given back"), return_advance, icon="refresh", tone="warn", form=ReturnForm,
               result_url=url_of, shown=lambda one: one.total_left > 0,
               confirm=_("The correction of the advance invoice takes the tax back from today on.")),
    )  # fmt: skip

    def base_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = with_left(super().base_queryset())
        return rows


@register
class AdvanceUseDesk(ModelDesk):
    model = AdvanceUse
    section = "charges"
    icon = "coin"
    menu = False
    columns = ("advance", "invoice", "invoice__kind", "invoice__issued_on", "net_amount", "tax_amount", "total_amount")
    filters = ("advance__account__entity", "invoice__issued_on")
    totals = ("net_amount", "tax_amount", "total_amount")
    ordering = ("pk",)
    related = ("advance__invoice", "advance__account__entity", "invoice")
    facts = ("advance", "invoice", "total_amount")
    currency = "advance__account__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


def _of_payment(payment: Any, user: Any) -> dict[str, Any]:
    rows = Advance.objects.filter(payment=payment).select_related("invoice", "component").order_by("pk")
    return {"payment": payment, "advances": with_left(rows), "free": free_of(payment)}


add_panel(
    Panel(
        "advances",
        _("Advance invoices"),
        template="documents/panel_advances.html",
        context=_of_payment,
        icon="receipt",
        order=47,
        applies=lambda record: record._meta.label_lower == "payments.payment",
    )
)
