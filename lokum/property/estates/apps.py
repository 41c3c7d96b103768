from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EstatesConfig(AppConfig):
    name = "lokum.property.estates"
    label = "estates"
    verbose_name = _("Estates")

    def ready(self) -> None:
        from lokum.property.estates import scopes

        scopes.register()
