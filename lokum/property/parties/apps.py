from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    name = "lokum.property.parties"
    label = "parties"
    verbose_name = _("People")

    def ready(self) -> None:
        from lokum.core.desk.menu import add_entry
        from lokum.property.parties import jobs  # noqa: F401

        right = "parties.party:make_sign_ins"
        add_entry("people", _("Access letters"), "parties:letters", right, icon="mail-opened", order=60)
