"""Registers beside the reports: policies, contacts, interruptions of limitation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.arrears.forms import ReasonForm, ReliefForm
from lokum.money.arrears.models import ArrearsPolicy, LimitationEvent, PayerContact, Relief
from lokum.money.arrears.services import request_relief, withdraw_contact, withdraw_interruption


def _not_ahead(record: PayerContact | LimitationEvent) -> None:
    """What was said or done lies behind us."""
    if record.on > clock.today(record.account.entity.time_zone):
        text = _("This day has not come yet.")
        raise Refusal("arrears.ahead", text, fields={"on": [text]})


@register
class ArrearsPolicyDesk(ModelDesk):
    model = ArrearsPolicy
    purpose = _("From which amount and how many days a debt counts as arrears, for an entity or a place.")
    section = "settings"
    icon = "bell"
    columns = ("entity", "valid_from", "warn_amount", "warn_months", "limitation_days", "recorded_at")
    fields = ("entity", "valid_from", "warn_amount", "warn_months", "limitation_days")
    filters = ("entity", "valid_from")
    editable = deletable = False  # lists of past days rest on what was valid then
    ordering = ("entity_id", "-valid_from", "-pk")
    currency = "entity__currency"
    related = ("entity",)
    currency = "entity__currency"
    facts = ("entity", "warn_amount", "warn_months")
    searchable_globally = False


@register
class PayerContactDesk(ModelDesk):
    model = PayerContact
    purpose = _("Talks, letters and promises of payers in arrears, so that everybody knows what was agreed.")
    section = "ledger"
    icon = "phone"
    order = 57
    columns = ("on", "account", "account__payer", "kind", "note", "promised_on", "promised_amount", "recorded_at",
               "withdrawn_at", "withdrawn_reason")  # fmt: skip
    default_columns = ("on", "account", "account__payer", "kind", "note", "promised_on", "promised_amount")
    editable = deletable = False
    fields = ("account", "on", "kind", "note", "promised_on", "promised_amount")
    search = ("note", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "on", "promised_on", "withdrawn_at")
    ordering = ("-on", "-pk")
    related = ("account__payer", "account__entity")
    facts = ("on", "kind", "account")
    currency = "account__currency"
    searchable_globally = False
    actions = (
        Action("withdraw", _("Withdraw"), withdraw_contact, icon="x", form=ReasonForm, tone="bad",
               available=lambda one: one.withdrawn_at is None,
               confirm=_("It stays readable, marked as withdrawn; lists no longer show it.")),
    )  # fmt: skip

    def prepare(self, record: PayerContact, *, created: bool) -> None:
        _not_ahead(record)


@register
class LimitationEventDesk(ModelDesk):
    model = LimitationEvent
    purpose = _("What stops or restarts the limitation of a debt: an acknowledgement, a suit, an enforcement.")
    section = "ledger"
    icon = "gavel"
    order = 58
    columns = ("on", "account", "account__payer", "kind", "entry", "document", "recorded_at", "withdrawn_at",
               "withdrawn_reason")  # fmt: skip
    default_columns = ("on", "account", "account__payer", "kind", "entry", "document", "withdrawn_at")
    editable = deletable = False
    fields = ("account", "entry", "on", "kind", "document")
    search = ("document", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "on", "withdrawn_at")
    ordering = ("-on", "-pk")
    related = ("account__payer", "account__entity", "entry")
    facts = ("on", "kind", "account")
    searchable_globally = False
    actions = (
        Action("withdraw", _("Withdraw"), withdraw_interruption, icon="x", form=ReasonForm, tone="bad",
               available=lambda one: one.withdrawn_at is None,
               confirm=_("Limitation runs as if this had not been. It stays readable, marked as withdrawn.")),
    )  # fmt: skip

    def prepare(self, record: LimitationEvent, *, created: bool) -> None:
        _not_ahead(record)
        entry = record.entry
        if entry is not None and (entry.account_id != record.account_id or entry.amount <= 0):
            text = _("This is no debt of the account.")
            raise Refusal("limitation.foreign_debt", text, fields={"entry": [text]})


@register
class ReliefDesk(ModelDesk):
    """Approved write-offs, reliefs and deferrals; a new one is proposed and waits for a second person."""

    model = Relief
    purpose = _("Instalments, deferrals and write-offs of debts, proposed by one person and decided on by another.")
    section = "ledger"
    icon = "scale"
    order = 59
    columns = ("approved_at", "kind", "account", "account__payer", "debt", "amount", "until", "reason", "proposed_by",
               "approved_by", "entry")  # fmt: skip
    default_columns = ("approved_at", "kind", "account__payer", "debt", "amount", "until", "approved_by")
    search = ("reason", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "approved_at", "until")
    ordering = ("-pk",)
    related = ("account__payer", "account__entity", "debt", "entry")
    facts = ("kind", "account", "amount")
    currency = "account__currency"
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    actions = (
        Action("propose", _("Propose a relief"), request_relief, icon="plus", tone="primary", form=ReliefForm,
               collection=True, result_url=url_of,
               confirm=_("Another person decides. A write-off or relief is then posted and used for the debt.")),
    )  # fmt: skip


def _contacts(account: Any, user: Any) -> dict[str, Any]:
    return {
        "account": account,
        "contacts": PayerContact.objects.filter(account=account, withdrawn_at=None)[:50],
        "reliefs": Relief.objects.filter(account=account).select_related("debt")[:50],
        "events": LimitationEvent.objects.filter(account=account, withdrawn_at=None).select_related("entry")[:50],
    }


add_panel(
    Panel(
        "arrears",
        _("Arrears"),
        template="arrears/panel.html",
        context=_contacts,
        icon="alert-triangle",
        order=45,
        applies=lambda record: record._meta.label_lower == "ledger.account",
    )
)
