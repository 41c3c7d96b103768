from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackTWConfig(AppConfig):
    name = "lokum.packs.tw"
    label = "pack_tw"
    verbose_name = _("Taiwan")

    def ready(self) -> None:
        from lokum.core.base import identifiers
        from lokum.packs.tw import identifiers as rules

        identifiers.register("TW", identifiers.PERSONAL, lambda text: rules.read_person_number(text).number)
        identifiers.register("TW", identifiers.TAX, rules.validate_business_number)
