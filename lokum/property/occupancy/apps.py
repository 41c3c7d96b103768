from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OccupancyConfig(AppConfig):
    name = "lokum.property.occupancy"
    label = "occupancy"
    verbose_name = _("Titles and agreements")

    def ready(self) -> None:
        from lokum.property.estates.seams import add_close_check
        from lokum.property.occupancy import scopes
        from lokum.property.occupancy.queries import reasons_against_closing

        add_close_check(reasons_against_closing)
        scopes.register()
