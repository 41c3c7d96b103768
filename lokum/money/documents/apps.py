from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "lokum.money.documents"
    label = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from lokum.money.documents import advance_desk, invoice_desk, jobs, reports, wiring  # noqa: F401
