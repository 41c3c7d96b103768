"""Registers of virtual account numbers and of payments received."""

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.money.payments.models import Payment, VirtualAccount, VirtualAccountPool
from lokum.money.payments.services import capacity_left, issue_missing_numbers, retire_number


@register
class VirtualAccountPoolDesk(ModelDesk):
    model = VirtualAccountPool
    purpose = _(
        "Ranges of numbers your bank gave you for the own accounts of payers. Add one, then give numbers to all "
        "accounts."
    )
    section = "money"
    function = "payments"
    icon = "building-bank"
    order = 60
    columns = ("bank_account__entity", "bank_account", "sort_code", "mask", "issued", "left", "warn_below")
    fields = ("bank_account", "sort_code", "mask", "warn_below")
    filters = ("bank_account__entity",)
    facts = ("bank_account", "sort_code", "mask")
    related = ("bank_account__entity",)
    import_key = ("sort_code", "mask")
    searchable_globally = False
    cell = {"issued": lambda pool: pool.next_identifier - 1, "left": capacity_left}
    labels = {"issued": _("Given out"), "left": _("Left")}
    actions = (
        Action(
            name="issue",
            label=_("Give numbers to all accounts without one"),
            icon="plus",
            service=issue_missing_numbers,
            confirm=_("Every open account of the entity that has no number of this pool gets its own."),
        ),
    )
    tabs = (Tab(name="numbers", label=_("Numbers"), child=VirtualAccount, lookup="pool"),)


@register
class VirtualAccountDesk(ModelDesk):
    model = VirtualAccount
    purpose = _(
        "The own bank account number of each payer, by which money is recognised. Numbers are given out from a pool."
    )
    filled_by = "payments.virtualaccountpool"
    section = "money"
    function = "payments"
    icon = "credit-card"
    order = 70
    columns = ("number", "account", "account__payer", "pool", "issued_on", "retired_on")
    search = ("number",)
    filters = ("pool", "issued_on", "retired_on")
    facts = ("number", "account", "issued_on")
    related = ("account__payer", "pool")
    editable = addable = deletable = False
    fields = ()
    actions = (
        Action(
            name="retire",
            label=_("Retire"),
            icon="ban",
            tone="warn",
            service=retire_number,
            available=lambda number: number.retired_on is None,
            confirm=_("The number stays bound to this payer; the account can be given a new one."),
        ),
    )


@register
class PaymentDesk(ModelDesk):
    model = Payment
    purpose = _("Money received from payers. It comes from bank files once they are brought in.")
    filled_by = "banking.bankfile"
    section = "money"
    function = "payments"
    icon = "coin"
    order = 20
    columns = ("booked_on", "value_on", "entity", "account", "payer_name", "title", "channel", "amount")
    search = ("payer_name", "title", "account__code", "account__payer__last_name")
    filters = ("entity", "channel", "booked_on")
    totals = ("amount",)
    ordering = ("-pk",)
    facts = ("amount", "booked_on", "account")
    labels = {"entity": _("Entity"), "account": _("Account")}
    related = ("account", "entity")
    currency = "entity__currency"
    masked = ("payer_name",)
    editable = addable = deletable = False
    fields = ()
    searchable_globally = False
