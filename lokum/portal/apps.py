from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "lokum.portal"
    label = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from lokum.money.ledger.seams import register_balance_reader
        from lokum.portal.queries import shown_balances

        register_balance_reader("portal", shown_balances)
