from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EstatesConfig(AppConfig):
    name = "lokum.property.estates"
    label = "estates"
    verbose_name = _("Estates")

    def ready(self) -> None:
        from lokum.core.desk.menu import add_entry
        from lokum.property.estates import scopes, share_sums

        add_entry("premises", _("Estates as a tree"), "estates:tree", "estates.premises:view", icon="sitemap", order=5)
        scopes.register()
        share_sums.register()
