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
        from lokum.core.flow.kinds import flags
        from lokum.core.organisation import inherited

        approvals.install(services)
        inherited.add_source(flags)
        add_entry("office", _("Approvals"), "flow:todo", "flow.approvalrequest:view", "list-check", 5)
