from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArrearsConfig(AppConfig):
    name = "lokum.money.arrears"
    label = "arrears"
    verbose_name = _("Arrears")

    def ready(self) -> None:
        from lokum.core.access.rights import declare
        from lokum.money.arrears import jobs, reports, wiring  # noqa: F401
        from lokum.money.arrears.services.reliefs import install

        declare("arrears.report:view", _("see reports on money"))
        declare("arrears.relief:approve", _("approve reliefs of debts"))
        install()
