from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "lokum.core.organisation"
    label = "organisation"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from lokum.core.desk import likely, switches
        from lokum.core.desk import own_fields as engine
        from lokum.core.desk.menu import add_entry
        from lokum.core.organisation import bank_accounts, chosen, deciding, own_fields, switching
        from lokum.core.organisation import switches as own
        from lokum.core.organisation.context import forget_operator_name

        post_save.connect(forget_operator_name, sender="organisation.Node", dispatch_uid="operator_name")
        own.declare()
        bank_accounts.install()
        likely.install("organisation.entity", likely.Likely(chosen.preselected_entity, chosen.remember_entity))
        deciding.install()
        engine.install(own_fields.definitions)
        switches.install(switching.is_on_for, switching.narrow)
        add_entry(
            "settings", _("Organisation tree as of a day"), "organisation:tree", "organisation.node:view", "sitemap", 5
        )
