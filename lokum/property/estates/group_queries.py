"""Reads about districts and groups, and about changes of facts."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from lokum.core.base import clock, policy
from lokum.property.estates.models import FactKind, GroupMember, Premises, PremisesFact, PremisesGroup
from lokum.property.estates.queries import open_premises, value_text


def premises_of_group(group_pk: int, on: dt.date) -> QuerySet[Premises]:
    """Premises in a group on a day, each once, whether it came in by itself or with its building."""
    members = GroupMember.objects.filter(group=group_pk, valid__contains=on)
    return Premises.objects.filter(
        Q(building__in=members.exclude(building=None).values("building"))
        | Q(pk__in=members.exclude(premises=None).values("premises"))
    )


def groups_of_premises(premises: Premises) -> QuerySet[GroupMember]:
    """Places of premises in groups at any time, their own and those of their building; the latest first."""
    return (
        GroupMember.objects.filter(Q(premises=premises) | Q(building_id=premises.building_id))
        .select_related("group", "building", "premises")
        .order_by("group__kind", "-valid")
    )


@dataclass(frozen=True)
class KindCount:
    """Premises of one kind in a group: how many, and their usable area as people read it."""

    label: str
    count: int
    area_text: str


def group_counts(group_pk: int, user: Any, on: dt.date | None = None) -> list[KindCount]:
    """Open premises of a group by kind as of a day, as far as this user sees them."""
    on = on or clock.today()
    inside = policy.allowed(Premises.objects.all(), user, "view").filter(
        pk__in=premises_of_group(group_pk, on).values("pk")
    )
    inside = inside.filter(pk__in=open_premises(on).values("pk"))
    counts = dict(inside.order_by().values_list("kind").annotate(Count("pk")))
    areas: dict[str, Decimal] = dict(
        PremisesFact.objects.filter(
            premises__in=inside.order_by().values("pk"),
            kind=FactKind.USABLE_AREA,
            valid__contains=on,
            recorded__endswith=None,
        )
        .order_by()
        .values_list("premises__kind")
        .annotate(Sum("value"))
    )
    return [
        KindCount(str(label), counts[kind], value_text(areas.get(kind)))
        for kind, label in Premises.Kind.choices
        if kind in counts
    ]


def in_group(premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Filter of the register of premises: today's places in the group with this code, if the user may see it."""
    groups = policy.allowed(PremisesGroup.objects.filter(code__iexact=values[-1].strip()), user, "view")
    group_pk = groups.values_list("pk", flat=True).first()
    if group_pk is None:
        return premises.none()
    return premises.filter(pk__in=premises_of_group(group_pk, clock.today()).values("pk"))
