from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "lokum.money.documents"
    label = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from lokum.core.audit.verbs import name_codes, name_records
        from lokum.money.documents import advance_desk, invoice_desk, jobs, reports, wiring  # noqa: F401
        from lokum.money.documents.models import AccountStatement

        name_codes("documents.deliverybatch", "kind", AccountStatement.Kind.choices)
        name_records("documents.deliverybatch", "run", "charges.chargerun")
