"""The component charged as a condition of the search for premises."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock, policy
from lokum.core.desk.desk import Filter
from lokum.money.charges.models import Component, ComponentAssignment
from lokum.property.estates.seams import add_premises_filter


def _by_component(premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Premises charged today with a component of this code, or with these words in its name."""
    text = values[-1]
    components = policy.allowed(Component.objects.all(), user, "view").filter(
        Q(code__iexact=text)
        | Q(name__icontains=text)
        | Q(name_pl__icontains=text)
        | Q(name_zh_hant__icontains=text)
        | Q(name_zh_hans__icontains=text)
    )
    attached = ComponentAssignment.objects.filter(component__in=components, valid__contains=clock.today())
    return premises.filter(pk__in=attached.values("premises"))


def register() -> None:
    add_premises_filter(Filter("component", _("component"), _by_component))
