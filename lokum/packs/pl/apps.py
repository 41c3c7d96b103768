from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackPLConfig(AppConfig):
    name = "lokum.packs.pl"
    label = "pack_pl"
    verbose_name = _("Poland")

    def ready(self) -> None:
        from lokum.core.base import identifiers
        from lokum.packs.pl import identifiers as rules

        for kind, rule in (
            (identifiers.PERSONAL, rules.validate_pesel),
            (identifiers.TAX, rules.validate_nip),
            (identifiers.STATISTICAL, rules.validate_regon),
            (identifiers.PHONE, rules.validate_phone),
            (identifiers.POSTAL_CODE, rules.validate_postal_code),
            (identifiers.TERRITORY, rules.validate_teryt),
            (identifiers.LAND_REGISTER, rules.validate_land_register),
            (identifiers.BANK_ACCOUNT, rules.validate_nrb),
        ):
            identifiers.register("PL", kind, rule)
