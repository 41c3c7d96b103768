from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "lokum.core.jobs"
    label = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        from lokum.core.jobs import anchor
        from lokum.core.jobs.upkeep import chores
        from lokum.core.outbox.sending import dispatch_events, send_due, send_webhooks

        anchor.install()
        chores.extend([send_due, dispatch_events, send_webhooks])
        from lokum.core.desk.menu import add_entry

        add_entry("settings", _("Health"), "jobs:health", "jobs.job:view", "database", 900)
