from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DepositsConfig(AppConfig):
    name = "lokum.money.deposits"
    label = "deposits"
    verbose_name = _("Deposits")

    def ready(self) -> None:
        from lokum.core.access.rights import declare
        from lokum.core.audit.verbs import name_records
        from lokum.money.deposits import approvals, rehearsing, reports, wiring  # noqa: F401

        declare("deposits.deposit:approve", _("approve use, return, passing on and forfeiture of deposits"))
        name_records("deposits.deposit", "move", "deposits.depositmove")
        approvals.install()
        rehearsing.register()
