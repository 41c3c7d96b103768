from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RehearsalsConfig(AppConfig):
    name = "lokum.money.rehearsals"
    label = "rehearsals"
    verbose_name = _("Rehearsals of months")

    def ready(self) -> None:
        from lokum.money.rehearsals import approvals, jobs  # noqa: F401

        approvals.install()
