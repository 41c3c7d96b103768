from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChangeoverConfig(AppConfig):
    name = "lokum.money.changeover"
    label = "changeover"
    verbose_name = _("Change of owner")

    def ready(self) -> None:
        from lokum.money.changeover import wiring

        wiring.register()
