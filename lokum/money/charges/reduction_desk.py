"""Registers of reductions and their kinds."""

import datetime as dt
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lokum.core.annex.services import attach_file
from lokum.core.base.context import Actor
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.money.charges.forms import ApplyForm, LastMonthForm, ReasonForm
from lokum.money.charges.models import Component, Reduction, ReductionType
from lokum.money.charges.services import apply_for_reduction, check_reduction, refuse_reduction, shorten_reduction
from lokum.money.ledger.models import Account
from lokum.money.ledger.scope import require_within


def _apply(
    *, account: Account, reduction_type: ReductionType, first_month: dt.date, last_month: dt.date, reason: str,
    actor: Actor, component: Component | None = None, percent: Decimal | None = None,
    month_amount: Decimal | None = None, limit_amount: Decimal | None = None, file: UploadedFile | None = None,
) -> Reduction:  # fmt: skip
    with transaction.atomic():
        made = apply_for_reduction(
            account.pk, reduction_type.pk, first_month, last_month, reason, actor=actor, percent=percent,
            month_amount=month_amount, component_id=component.pk if component else None, limit_amount=limit_amount,
        )  # fmt: skip
        require_within(made, actor, "apply")
        if file is not None:
            attach_file(made, file, actor=actor, kind="application")
        return made


@register
class ReductionTypeDesk(ModelDesk):
    model = ReductionType
    purpose = _("Kinds of reduction you grant, with reason and limits. Make one before the first application.")
    section = "charges"
    icon = "discount"
    order = 72
    columns = ("code", "name", "nature", "needs_check", "max_percent", "max_months", "max_amount", "active")
    fields = ("code", "name", "name_pl", "name_zh_hant", "name_zh_hans", "nature", "needs_check", "max_percent",
              "max_months", "max_amount", "active")  # fmt: skip
    search = ("code", "name", "name_pl")
    filters = ("nature", "active")
    import_key = ("code",)
    facts = ("code", "nature", "max_percent")
    searchable_globally = False
    tabs = (Tab("reductions", _("Reductions"), child=Reduction, lookup="reduction_type"),)


@register
class ReductionDesk(ModelDesk):
    """Applied for, checked, approved by a second person on the page of approvals."""

    model = Reduction
    purpose = _(
        "Discounts, waivers and gifts by application, check and approval; each appears as a credit line of its own."
    )
    section = "charges"
    icon = "discount"
    order = 16
    columns = ("account", "account__payer", "reduction_type", "component", "percent", "month_amount", "limit_amount",
               "valid", "reason", "state", "applied_at", "checked_at", "decided_at", "decided_by_label",
               "decision_reason")  # fmt: skip
    default_columns = ("account", "account__payer", "reduction_type", "component", "percent", "month_amount", "valid",
                       "state")  # fmt: skip
    search = ("account__code", "account__payer__last_name", "reason")
    filters = ("account__entity", "reduction_type", "component", "state", "valid")
    ordering = ("-pk",)
    related = ("account__payer", "reduction_type", "component")
    facts = ("account", "reduction_type", "valid")
    currency = "account__currency"
    state = "state"
    tones = {"applied": "warn", "checked": "info", "approved": "ok", "refused": "bad"}
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    actions = (
        Action("apply", _("Apply for a reduction"), _apply, icon="plus", tone="primary", form=ApplyForm,
               collection=True, confirm=_("Nothing is credited before a second person approves.")),
        Action("check", _("Checked"), check_reduction, icon="list-check", tone="primary",
               available=lambda one: one.state == "applied",
               confirm=_("You have looked at the application; it goes to approval.")),
        Action("ask_again", _("Ask for approval again"), check_reduction, icon="refresh",
               available=lambda one: one.state == "checked"),
        Action("refuse", _("Turn down"), refuse_reduction, icon="x", form=ReasonForm,
               available=lambda one: one.state in ("applied", "checked")),
        Action("shorten", _("End early"), shorten_reduction, icon="calendar", form=LastMonthForm,
               available=lambda one: one.state == "approved", confirm=_("What was credited stays.")),
    )  # fmt: skip
