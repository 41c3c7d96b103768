from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "lokum.api"
    label = "api"
    verbose_name = _("API")

    def ready(self) -> None:
        from lokum.api.balances import shown_balances
        from lokum.money.ledger.seams import register_balance_reader

        register_balance_reader("API", shown_balances)
