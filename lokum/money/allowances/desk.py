"""Registers of allowances, their breaks, claims and the money of payer bodies."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.allowances import actions, services
from lokum.money.allowances.forms import (
    ClaimForm,
    EndForm,
    LiftForm,
    ReceiveForm,
    ReclaimForm,
    SuspendForm,
)
from lokum.money.allowances.models import (
    Allowance,
    AllowanceBreak,
    BodyPayment,
    BodyPaymentLine,
    Claim,
    ClaimLine,
)
from lokum.money.allowances.queries import ZERO, allowances_of, latest_own_part, own_part, with_open

MONEY = DecimalField(max_digits=16, decimal_places=2)


def _amount(read: Callable[[Any], Decimal]) -> Callable[[Any], Decimal]:
    """A computed column that is shown as an amount."""
    read.kind = "amount"  # type: ignore[attr-defined]
    return read


@register
class AllowanceDesk(ModelDesk):
    model = Allowance
    purpose = _(
        "Decisions by which an authority or another body bears a part of a payer's charges. Add them one by one "
        "or import a sheet."
    )
    section = "ledger"
    icon = "users-group"
    order = 60
    columns = ("decision_number", "kind", "body", "account", "account__payer", "account__agreement__premises",
               "first_month", "last_month", "monthly_amount", "decided_on", "remark")  # fmt: skip
    default_columns = ("decision_number", "kind", "body", "account__payer", "first_month", "last_month",
                       "monthly_amount")  # fmt: skip
    search = ("decision_number", "account__code", "account__payer__last_name", "body__last_name")
    filters = ("account__entity", "kind", "body", "first_month", "last_month")
    totals = ("monthly_amount",)
    ordering = ("-first_month", "-pk")
    related = ("body", "account__entity", "account__payer", "account__agreement__premises")
    months = ("first_month", "last_month")
    facts = ("decision_number", "kind", "monthly_amount")
    currency = "account__currency"
    fields = ("account", "kind", "body", "decision_number", "decided_on", "first_month", "last_month",
              "monthly_amount", "remark")  # fmt: skip
    import_key = ("body", "decision_number", "kind", "account")
    tabs = (
        Tab("breaks", _("Suspended, ended, taken back"), child=AllowanceBreak, lookup="allowance"),
        Tab("lines", _("Claimed months"), child=ClaimLine, lookup="allowance"),
    )
    actions = (
        Action("suspend", _("Suspend"), services.suspend_allowance, icon="player-pause", form=SuspendForm,
               result_url=actions.page_after,
               confirm=_("Claimed months are taken back from the payer once a second person agrees.")),
        Action("lift", _("Pay again"), services.lift_suspension, icon="player-play", form=LiftForm,
               result_url=actions.page_after, shown=lambda one: one.breaks.filter(kind="suspended").exists()),
        Action("end", _("End"), services.end_allowance, icon="x", form=EndForm, result_url=actions.page_after,
               confirm=_("Claimed months are taken back from the payer once a second person agrees.")),
        Action("reclaim", _("Reclaimed by the payer body"), services.reclaim_allowance, icon="arrow-back-up",
               form=ReclaimForm, tone="warn", result_url=actions.page_after,
               confirm=_("The payer owes the share after all. A second person decides.")),
    )  # fmt: skip

    def prepare(self, record: Allowance, *, created: bool) -> None:
        services.complete_decision(record)

    def saved(self, records: Sequence[Allowance], *, created: bool, actor: Any) -> None:
        services.check_decisions(records, created=created, actor=actor)


@register
class AllowanceBreakDesk(ModelDesk):
    model = AllowanceBreak
    section = "ledger"
    icon = "player-pause"
    menu = False
    columns = ("kind", "allowance", "first_month", "last_month", "lifted", "reason", "proposed_by", "made_by",
               "made_at")  # fmt: skip
    filters = ("kind", "lifted", "first_month", "allowance__account__entity")
    related = ("allowance__account__entity",)
    months = ("first_month", "last_month")
    facts = ("kind", "allowance", "first_month")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


def _pdf(claim: Claim, user: Any) -> dict[str, Any]:
    return {
        "pdf_url": reverse("papers:pdf", args=[claim.document_id]),
        "lines_url": f"{reverse('desk:list', args=['allowances', 'claimline'])}?{urlencode({'claim': claim.pk})}",
    }


@register
class ClaimDesk(ModelDesk):
    model = Claim
    purpose = _(
        "Monthly lists with which you ask a payer body for its shares. Make one for a month once decisions on "
        "allowances are entered."
    )
    section = "ledger"
    icon = "file-text"
    order = 61
    columns = ("number", "month", "sequence", "body", "entity", "line_count", "total_amount", "received", "open",
               "made_at", "made_by")  # fmt: skip
    default_columns = ("number", "month", "body", "entity", "line_count", "total_amount", "received", "open")
    labels = {"received": _("Received"), "open": _("Open")}
    cell = {
        "received": _amount(lambda one: one.received_amount),
        "open": _amount(lambda one: one.total_amount - one.received_amount),
    }
    search = ("number", "body__last_name")
    filters = ("entity", "body", "month")
    totals = ("total_amount",)
    ordering = ("-pk",)
    related = ("entity", "body")
    months = ("month",)
    facts = ("number", "month", "total_amount")
    currency = "entity__currency"
    fields = ()
    editable = addable = deletable = False
    tabs = (
        Tab("paper", _("Paper"), icon="file-type-pdf", template="allowances/tab_paper.html", context=_pdf),
        Tab("lines", _("Lines"), child=ClaimLine, lookup="claim"),
        Tab("payments", _("Payments"), child=BodyPayment, lookup="claim"),
    )
    actions = (
        Action("claim", _("Claim a month"), actions.claim, icon="plus", tone="primary", form=ClaimForm,
               collection=True, result_url=actions.claims_page,
               confirm=_("Each share is credited to its payer and owed by the payer body from then on.")),
        Action("receive", _("Money came"), services.receive_payment, icon="coin", tone="primary", form=ReceiveForm,
               result_url=url_of),
    )  # fmt: skip

    def base_queryset(self) -> QuerySet[Any]:
        sums = BodyPayment.objects.filter(claim=OuterRef("pk")).order_by().values("claim")
        received = Subquery(sums.annotate(sum=Sum("amount")).values("sum"), output_field=MONEY)
        found = super().base_queryset().annotate(received_amount=Coalesce(received, Value(ZERO), output_field=MONEY))
        return cast("QuerySet[Any]", found)


@register
class ClaimLineDesk(ModelDesk):
    model = ClaimLine
    purpose = _("What was claimed and paid for each payer and month. The lines come from claims.")
    filled_by = "allowances.claim"
    section = "ledger"
    icon = "list"
    order = 62
    columns = ("claim", "claim__body", "allowance", "allowance__kind", "account", "account__payer",
               "account__agreement__premises", "month", "amount", "received", "open", "entry")  # fmt: skip
    default_columns = ("claim", "allowance", "account__payer", "account__agreement__premises", "month", "amount",
                       "received", "open")  # fmt: skip
    labels = {"received": _("Received"), "open": _("Open")}
    cell = {
        "received": _amount(lambda one: one.received_amount),
        "open": _amount(lambda one: one.open_amount),
    }
    search = ("allowance__decision_number", "account__code", "account__payer__last_name")
    filters = ("claim", "claim__entity", "claim__body", "month", "allowance__kind")
    totals = ("amount",)
    ordering = ("-pk",)
    related = ("claim__body", "claim__entity", "allowance", "account__payer", "account__agreement__premises", "entry")
    months = ("month",)
    facts = ("allowance", "month", "amount")
    currency = "account__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (Tab("received", _("Payments"), child=BodyPaymentLine, lookup="line"),)

    def base_queryset(self) -> QuerySet[Any]:
        return with_open(super().base_queryset())


@register
class BodyPaymentDesk(ModelDesk):
    model = BodyPayment
    purpose = _(
        "Money that payer bodies sent for many payers at once, split to the accounts. It comes from bank files."
    )
    filled_by = "banking.clearingitem"
    section = "ledger"
    icon = "coin"
    order = 63
    columns = ("received_on", "claim", "claim__body", "claim__entity", "amount", "reference", "reason", "made_by",
               "entry")  # fmt: skip
    default_columns = ("received_on", "claim", "claim__body", "amount", "reference", "reason")
    search = ("reference", "claim__number", "claim__body__last_name")
    filters = ("claim", "claim__entity", "claim__body", "received_on")
    totals = ("amount",)
    ordering = ("-pk",)
    related = ("claim__body", "claim__entity", "entry")
    facts = ("received_on", "claim", "amount")
    currency = "claim__entity__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (Tab("lines", _("Split to accounts"), child=BodyPaymentLine, lookup="payment"),)


@register
class BodyPaymentLineDesk(ModelDesk):
    model = BodyPaymentLine
    section = "ledger"
    icon = "list"
    menu = False
    columns = ("payment", "line__allowance", "line__account", "line__account__payer", "line__month", "amount")
    filters = ("payment", "line__month", "line__account__entity")
    totals = ("amount",)
    ordering = ("-pk",)
    related = ("payment", "line__allowance", "line__account__payer", "line__account__entity")
    facts = ("line__account", "line__month", "amount")
    currency = "line__account__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


def _panel(account: Any, user: Any) -> dict[str, Any]:
    month = clock.first_of_month(clock.today(account.entity.time_zone))
    return {
        "account": account,
        "allowances": allowances_of(account),
        "part": latest_own_part(account) or own_part(account, month),
    }


add_panel(
    Panel(
        "allowances",
        _("Allowances"),
        template="allowances/panel.html",
        context=_panel,
        icon="users-group",
        order=40,
        applies=lambda record: record._meta.label_lower == "ledger.account",
    )
)
