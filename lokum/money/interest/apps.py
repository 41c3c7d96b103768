from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InterestConfig(AppConfig):
    name = "lokum.money.interest"
    label = "interest"
    verbose_name = _("Interest")

    def ready(self) -> None:
        from lokum.core.desk.menu import add_entry
        from lokum.core.papers.seams import register_paper
        from lokum.money.interest import jobs, wiring  # noqa: F401
        from lokum.money.interest.papers import build_interest

        register_paper("interest/1", build_interest)

        rates, calculator = _("Interest rates over time"), _("Interest calculator")
        right = "interest.interestregime:view"
        add_entry("ledger", rates, "interest:rates", right, icon="chart-line", order=83)
        add_entry("ledger", calculator, "interest:calculator", right, icon="calculator", order=84)
