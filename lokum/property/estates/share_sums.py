"""Whether the shares of an entity's premises add up to the whole: exact fractions, missing or surplus."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.desk.addresses import url_of
from lokum.core.desk.panels import Panel, add_panel
from lokum.core.organisation.models import Entity
from lokum.property.estates.models import Building, CostShare, OwnershipShare, Premises, PremisesEntity

KINDS = {"share": _("Ownership share"), **dict(CostShare.Kind.choices)}


@dataclass(frozen=True)
class ShareSum:
    """One kind of share over the premises of an entity on a day; a further kind counts once one is set."""

    kind: str
    label: str
    total: Fraction
    with_share: int
    without: int

    @property
    def difference(self) -> Fraction:
        """Positive: missing to the whole; negative: surplus."""
        return 1 - self.total

    @property
    def whole(self) -> bool:
        return self.total == 1

    @property
    def total_text(self) -> str:
        return fraction_text(self.total)

    @property
    def difference_text(self) -> str:
        return fraction_text(abs(self.difference))


def fraction_text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def share_sums(entity_pk: int, on: dt.date) -> list[ShareSum]:
    """Sums of the shares of all premises (supply points have none) that belong to the entity's books on a day."""
    belonging = PremisesEntity.objects.filter(entity=entity_pk, valid__contains=on)
    premises = list(belonging.exclude(premises__kind=Premises.Kind.SUPPLY_POINT).values_list("premises_id", flat=True))
    found = []
    for kind, label in KINDS.items():
        rows: Any = OwnershipShare.objects if kind == "share" else CostShare.objects.filter(kind=kind)
        pairs = list(
            rows.filter(premises__in=premises, valid__contains=on, numerator__gt=0).values_list(
                "numerator", "denominator"
            )
        )
        if kind == "share" or pairs:
            total = sum((Fraction(top, bottom) for top, bottom in pairs), Fraction(0))
            found.append(ShareSum(kind, str(label), total, len(pairs), len(premises) - len(pairs)))
    return found


def wrong_sums(entity_pk: int, on: dt.date) -> list[ShareSum]:
    """The kinds that are in use and do not add up to the whole: what charging and voting warn of."""
    return [one for one in share_sums(entity_pk, on) if one.with_share and not one.whole]


@dataclass(frozen=True)
class PlaceSum:
    """Shares of one kind of the premises of one place (an owners' community, or a building) on a day."""

    record: Model
    total: Fraction
    kind: str = "share"

    @property
    def label(self) -> str:
        return str(KINDS[self.kind])

    @property
    def difference(self) -> Fraction:
        """Positive: missing to the whole; negative: surplus."""
        return 1 - self.total

    @property
    def total_text(self) -> str:
        return fraction_text(self.total)

    @property
    def difference_text(self) -> str:
        return fraction_text(abs(self.difference))

    @property
    def url(self) -> str:
        return url_of(self.record)


_PLACES = """
SELECT p.building_id, s.denominator, sum(s.numerator)
  FROM estates_premisesentity e
  JOIN estates_premises p ON p.id = e.premises_id AND (p.closed_on IS NULL OR p.closed_on >= %(on)s)
  JOIN {shares} s ON s.premises_id = p.id AND s.valid @> %(on)s::date
 WHERE e.entity_id = %(entity)s AND e.valid @> %(on)s::date
 GROUP BY p.building_id, s.denominator
"""


def wrong_places(entity_pk: int, on: dt.date, kind: str = "share") -> list[PlaceSum]:
    """Places whose shares of a kind do not add up to the whole; a place without any share is none of them.

    The shares of an owners' community are parts of one property; elsewhere each building is a property of its own.
    """
    with connection.cursor() as cursor:
        further = "(SELECT * FROM estates_costshare WHERE kind = %(kind)s)"
        shares = "estates_ownershipshare" if kind == "share" else further
        cursor.execute(_PLACES.replace("{shares}", shares), {"entity": entity_pk, "on": on, "kind": kind})
        found = cursor.fetchall()
    sums: dict[int, Fraction] = {}
    for building_pk, denominator, numerator in found:
        sums[building_pk] = sums.get(building_pk, Fraction(0)) + Fraction(int(numerator), denominator)
    entity = Entity.objects.get(pk=entity_pk)
    if entity.kind == Entity.Kind.COMMUNITY:
        total = sum(sums.values(), Fraction(0))
        return [PlaceSum(entity, total, kind)] if total and total != 1 else []
    wrong = Building.objects.filter(pk__in=[pk for pk, total in sums.items() if total and total != 1])
    return [PlaceSum(building, sums[building.pk], kind) for building in wrong.order_by("sort_code")]


def _context(record: Entity, user: Any) -> dict[str, Any]:
    today = clock.today(record.time_zone)
    return {"sums": share_sums(record.pk, today), "on": today}


def register() -> None:
    add_panel(
        Panel(
            "shares",
            _("Shares"),
            "estates/panel_shares.html",
            _context,
            icon="percentage",
            order=40,
            applies=lambda record: isinstance(record, Entity),
        )
    )
