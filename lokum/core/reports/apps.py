from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "lokum.core.reports"
    label = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from lokum.core.desk.menu import add_entry

        add_entry("ledger", _("Reports"), "reports:list", "", icon="chart-bar", order=54)
