from typing import Any

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class SupplyConfig(AppConfig):
    name = "lokum.property.supply"
    label = "supply"
    verbose_name = _("Customers without premises")

    def ready(self) -> None:
        from lokum.property.estates.seams import add_premises_address

        add_premises_address(page_of_point)


def page_of_point(premises: Any) -> str:
    return reverse("desk:detail", args=["supply", "supplypoint", premises.pk]) if premises.is_supply_point else ""
