"""Registers of one-off charges and the batches that raised them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.money.charges import one_off_actions as actions
from lokum.money.charges.approvals import request_cancelling
from lokum.money.charges.forms import RaiseManyForm, RaiseOneForm, RaiseSheetForm, ReasonForm
from lokum.money.charges.models import ChargeBatch, OneOffCharge


def _job_page(job: Any) -> str:
    return reverse("desk:detail", args=["jobs", "job", job.pk])


@register
class ChargeBatchDesk(ModelDesk):
    model = ChargeBatch
    purpose = _(
        "One-off charges for one payer, for many or from a sheet: a gate remote control, a document fee, a cost "
        "to pass on."
    )
    section = "charges"
    icon = "receipt"
    order = 12
    columns = ("period", "entity", "reason", "origin", "delivery", "due_on", "charge_count", "total_amount", "state",
               "created_at", "created_by_label", "chosen_by", "run", "cancelled_at", "cancel_reason")  # fmt: skip
    default_columns = ("period", "entity", "reason", "origin", "delivery", "chosen_by", "charge_count", "total_amount",
                       "state", "created_by_label")  # fmt: skip
    search = ("reason", "created_by_label")
    filters = ("entity", "period", "origin", "delivery", "state")
    months = ("period",)
    totals = ("charge_count", "total_amount")
    ordering = ("-pk",)
    related = ("entity", "run")
    facts = ("entity", "period", "total_amount")
    currency = "entity__currency"
    state = "state"
    cell = {"chosen_by": actions.filter_words}
    labels = {"chosen_by": _("Filter")}
    tones = {"active": "ok", "cancelled": "bad"}
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (Tab("charges", _("Charges"), child=OneOffCharge, lookup="batch"),)
    actions = (
        Action("raise_one", _("Raise a charge"), actions.raise_one, icon="plus", tone="primary", form=RaiseOneForm,
               collection=True,
               confirm=_("On the next notice: nobody sees it before. As its own document: it is issued and posted at "
                         "once.")),
        Action("raise_many", _("Raise for many"), actions.order_raising, icon="users", form=RaiseManyForm,
               collection=True, result_url=_job_page,
               confirm=_("Every payer of the entity who matches is charged the same.")),
        Action("raise_sheet", _("Raise from a sheet"), actions.raise_from_sheet, icon="file-spreadsheet",
               form=RaiseSheetForm, collection=True,
               confirm=_("Every row is a charge. One wrong row stops all of them and is named.")),
        Action("cancel", _("Cancel the charges"), request_cancelling, icon="arrow-back-up", tone="bad", form=ReasonForm,
               available=lambda batch: batch.state == "active",
               confirm=_("Once a second person approves, what was posted is reversed and what was not is never "
                         "charged. Not possible once one was paid, matched or closed.")),
    )  # fmt: skip


@register
class OneOffChargeDesk(ModelDesk):
    model = OneOffCharge
    purpose = _("Every one-off charge with its payer and document. They are raised in batches of charges.")
    filled_by = "charges.chargebatch"
    section = "charges"
    icon = "receipt"
    order = 14
    columns = ("batch__period", "account", "account__payer", "component", "reason", "quantity", "price", "amount",
               "batch", "batch__state", "batch__delivery")  # fmt: skip
    default_columns = ("batch__period", "account", "account__payer", "component", "reason", "amount", "batch__state")
    search = ("account__code", "account__payer__last_name", "reason")
    filters = ("batch__entity", "batch__period", "component", "batch__state", "batch__delivery")
    months = ("batch__period",)
    totals = ("amount",)
    ordering = ("-pk",)
    related = ("account__payer", "component", "batch")
    facts = ("account", "component", "amount")
    currency = "account__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
