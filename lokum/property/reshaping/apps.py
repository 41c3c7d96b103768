from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReshapingConfig(AppConfig):
    name = "lokum.property.reshaping"
    label = "reshaping"
    verbose_name = _("Split and merge of premises")

    def ready(self) -> None:
        from lokum.property.reshaping import wiring

        wiring.register()
