from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EstatesConfig(AppConfig):
    name = "lokum.property.estates"
    label = "estates"
    verbose_name = _("Estates")

    def ready(self) -> None:
        from lokum.core.audit.verbs import name_codes, name_records
        from lokum.core.desk.menu import add_entry
        from lokum.core.desk.own_fields import install_store
        from lokum.property.estates import jobs, scopes, share_sums  # noqa: F401
        from lokum.property.estates.models import FactKind
        from lokum.property.estates.services.own_values import STORE

        add_entry("premises", _("Estates as a tree"), "estates:tree", "estates.premises:view", icon="sitemap", order=5)
        install_store("estates.premises", STORE)
        for register in ("estates.premises", "supply.supplypoint"):
            name_codes(register, "kind", FactKind.choices)
        name_records("", "premises", "estates.premises")
        name_records("", "building", "estates.building")
        scopes.register()
        share_sums.register()
