"""Supply points: where customers without premises are served."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.property.estates.models import Premises


class SupplyPointManager(models.Manager["SupplyPoint"]):
    def get_queryset(self) -> models.QuerySet["SupplyPoint"]:
        return super().get_queryset().filter(kind=Premises.Kind.SUPPLY_POINT)


class SupplyPoint(Premises):
    """A place where a customer without premises takes heat or water, or has ground.

    A row of `Premises` under its own name: facts, components, agreements, accounts and documents serve it unchanged.
    """

    scope_path = Premises.scope_path

    objects: ClassVar[SupplyPointManager] = SupplyPointManager()  # type: ignore[assignment]

    class Meta:
        proxy = True
        verbose_name = _("supply point")
        verbose_name_plural = _("supply points")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._state.adding and not self.kind:
            self.kind = Premises.Kind.SUPPLY_POINT
