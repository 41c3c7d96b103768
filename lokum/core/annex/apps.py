from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnexConfig(AppConfig):
    name = "lokum.core.annex"
    label = "annex"
    verbose_name = _("Attachments")

    def ready(self) -> None:
        from lokum.core.annex import panels, store
        from lokum.core.audit.verbs import name_records
        from lokum.core.outbox.channels import attachment_reader

        panels.install()
        name_records("", "attachment", "annex.attachment")
        attachment_reader[:] = [lambda sha256: (store.get(sha256), "application/octet-stream")]
