from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "lokum.core.desk"
    label = "desk"
    verbose_name = _("Registers")

    def ready(self) -> None:
        from lokum.core.desk import checks, state  # noqa: F401 - registering themselves

        autodiscover_modules("desk")
