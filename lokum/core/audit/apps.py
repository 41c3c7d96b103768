from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "lokum.core.audit"
    label = "audit"
    verbose_name = _("History")

    def ready(self) -> None:
        from lokum.core.access import journal
        from lokum.core.audit.services import note_event

        journal.install(note_event)
