from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChangeoverConfig(AppConfig):
    name = "lokum.money.changeover"
    label = "changeover"
    verbose_name = _("Change of owner")

    def ready(self) -> None:
        from lokum.core.access.rights import declare
        from lokum.money.changeover import balance_desk, wiring  # noqa: F401

        declare("changeover.balancemove:approve", _("approve moves of balances after splits and merges"))
        wiring.register()
