"""Shares that do not add up to the whole, where something is charged by them (REG-06)."""

import datetime as dt

from django.db.models import Q

from lokum.money.charges.models import Component
from lokum.property.estates.share_sums import KINDS, PlaceSum, wrong_places


def kinds_charged(entity_id: int, month: dt.date) -> list[str]:
    """The kinds of shares that a component rests on, by basis or by formula, and that is attached in the month."""
    components = Component.objects.filter(entity=entity_id, valid__contains=month, assignments__valid__contains=month)
    found = []
    for kind in KINDS:
        asked = Q(formula__regex=rf"\m{kind}(_numerator|_denominator)?\M")
        if kind == "share":
            asked |= Q(basis=Component.Basis.SHARE, formula="")
        if components.filter(asked).exists():
            found.append(kind)
    return found


def wrong_shares(entity_id: int, month: dt.date) -> list[PlaceSum]:
    """Communities and buildings that are charged by shares which are less or more than the whole."""
    return [one for kind in kinds_charged(entity_id, month) for one in wrong_places(entity_id, month, kind)]
