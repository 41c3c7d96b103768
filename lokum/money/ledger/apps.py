from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "lokum.money.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        from lokum.core.access.rights import declare
        from lokum.core.desk.menu import add_entry
        from lokum.money.ledger import jobs, scopes, search, terms, wiring  # noqa: F401

        declare("ledger.account:match", _("match money by hand"))
        scopes.register()
        search.register()
        trial, proof = _("Trial balance"), _("Proof of the books")
        add_entry("ledger", trial, "ledger:trial_balance", "ledger.ledgeraccount:view", icon="scale", order=55)
        years = _("Year end")
        add_entry("ledger", years, "ledger:years", "ledger.period:view", icon="calendar", order=72)
        add_entry("ledger", proof, "ledger:proof", "ledger.batch:prove", icon="shield-check", order=90)
