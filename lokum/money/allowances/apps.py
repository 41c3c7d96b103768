from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AllowancesConfig(AppConfig):
    name = "lokum.money.allowances"
    label = "allowances"
    verbose_name = _("Allowances")

    def ready(self) -> None:
        from lokum.core.access.rights import declare
        from lokum.money.allowances import rehearsing, reports, wiring  # noqa: F401
        from lokum.money.allowances.approvals import install

        declare("allowances.allowance:approve", _("approve taking allowances back"))
        install()
        rehearsing.register()
