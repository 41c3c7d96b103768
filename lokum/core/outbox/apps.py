from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "lokum.core.outbox"
    label = "outbox"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from lokum.core.access import letters
        from lokum.core.outbox.services import queue_message

        letters.install(queue_message)
