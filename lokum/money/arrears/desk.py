"""Registers beside the reports: policies, contacts, interruptions of limitation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import ModelDesk, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.arrears.models import ArrearsPolicy, LimitationEvent, PayerContact


@register
class ArrearsPolicyDesk(ModelDesk):
    model = ArrearsPolicy
    section = "settings"
    icon = "bell"
    columns = fields = ("entity", "warn_amount", "warn_months", "limitation_days")
    filters = ("entity",)
    import_key = ("entity",)
    related = ("entity",)
    facts = ("entity", "warn_amount", "warn_months")
    searchable_globally = False


@register
class PayerContactDesk(ModelDesk):
    model = PayerContact
    section = "ledger"
    icon = "phone"
    order = 57
    columns = ("on", "account", "account__payer", "kind", "note", "promised_on", "promised_amount")
    fields = ("account", "on", "kind", "note", "promised_on", "promised_amount")
    search = ("note", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "on", "promised_on")
    ordering = ("-on", "-pk")
    related = ("account__payer", "account__entity")
    facts = ("on", "kind", "account")
    currency = "account__currency"
    searchable_globally = False


@register
class LimitationEventDesk(ModelDesk):
    model = LimitationEvent
    section = "ledger"
    icon = "gavel"
    order = 58
    columns = ("on", "account", "account__payer", "kind", "entry", "document")
    fields = ("account", "entry", "on", "kind", "document")
    search = ("document", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "on")
    ordering = ("-on", "-pk")
    related = ("account__payer", "account__entity", "entry")
    facts = ("on", "kind", "account")
    searchable_globally = False


def _contacts(account: Any, user: Any) -> dict[str, Any]:
    return {
        "account": account,
        "contacts": PayerContact.objects.filter(account=account)[:50],
        "events": LimitationEvent.objects.filter(account=account).select_related("entry")[:50],
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
