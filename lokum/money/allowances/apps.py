from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AllowancesConfig(AppConfig):
    name = "lokum.money.allowances"
    label = "allowances"
    verbose_name = _("Allowances")

    def ready(self) -> None:
        from lokum.core.access.rights import declare
        from lokum.core.audit.verbs import name_codes
        from lokum.money.allowances import rehearsing, reports, wiring  # noqa: F401
        from lokum.money.allowances.approvals import install
        from lokum.money.allowances.models import AllowanceBreak

        declare("allowances.allowance:approve", _("approve taking allowances back"))
        name_codes("allowances.allowance", "kind", AllowanceBreak.Kind.choices)
        install()
        rehearsing.register()
