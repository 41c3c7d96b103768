"""Shares that do not add up to the whole, where something is charged by them (REG-06)."""

import datetime as dt

from django.db.models import Q

from lokum.money.charges.formulas.facts import SHARE_PARTS
from lokum.money.charges.models import Component
from lokum.property.estates.share_sums import PlaceSum, wrong_places


def charged_by_share(entity_id: int, month: dt.date) -> bool:
    """Whether a component that is attached to anything in the month rests on the ownership share."""
    by_share = Q(basis=Component.Basis.SHARE, formula="")
    for name in SHARE_PARTS:
        by_share |= Q(formula__contains=name)
    components = Component.objects.filter(by_share, entity=entity_id, valid__contains=month)
    return components.filter(assignments__valid__contains=month).exists()


def wrong_shares(entity_id: int, month: dt.date) -> list[PlaceSum]:
    """Communities and buildings that are charged by shares which are less or more than the whole."""
    return wrong_places(entity_id, month) if charged_by_share(entity_id, month) else []
