from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FlowConfig(AppConfig):
    name = "lokum.core.flow"
    label = "flow"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from lokum.core.audit.verbs import name_records, name_words
        from lokum.core.base import approvals
        from lokum.core.desk.menu import add_entry
        from lokum.core.flow import deputies, services
        from lokum.core.flow.kinds import flags, kinds
        from lokum.core.organisation import inherited

        approvals.install(services)
        deputies.install()
        inherited.add_source(flags)
        name_records("", "request", "flow.approvalrequest")
        name_words("kind", lambda code: kinds[code].label if code in kinds else None)
        add_entry("office", _("Approvals"), "flow:todo", "flow.approvalrequest:view", "list-check", 5)
