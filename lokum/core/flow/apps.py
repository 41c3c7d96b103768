from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FlowConfig(AppConfig):
    name = "lokum.core.flow"
    label = "flow"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from lokum.core.base import approvals
        from lokum.core.desk.menu import add_entry
        from lokum.core.flow import services

        approvals.install(services)
        add_entry("office", _("Approvals"), "flow:todo", "flow.approvalrequest:view", "list-check", 5)
