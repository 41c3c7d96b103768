"""The functions an operator can switch; apps above add theirs in AppConfig.ready with `switches.add_function`."""

from django.utils.translation import gettext_lazy as _

from lokum.core.desk import switches

FUNCTIONS = {
    "charges": _("Charges"),
    "ledger": _("Ledger"),
    "payments": _("Payments and bank"),
    "community": _("Community"),
    "meters": _("Meters"),
    "service": _("Technical service"),
    "leasing": _("Leases"),
    "portal": _("Resident portal"),
    "portal.money": _("Portal: money"),
    "portal.meters": _("Portal: meters"),
    "portal.reports": _("Portal: reports"),
    "portal.letters": _("Portal: letters"),
    "portal.voting": _("Portal: voting"),
    "portal.forum": _("Portal: forum"),
    "portal.payment": _("Portal: online payment"),
}


# Apps all of whose registers and pages go with a module.
APPS = {
    "charges": ("charges", "documents", "rehearsals"),
    "ledger": ("ledger", "interest", "arrears", "allowances", "deposits"),
    "payments": ("payments", "banking"),
}


def declare() -> None:
    for name, label in FUNCTIONS.items():
        switches.add_function(name, label, APPS.get(name, ()))
