"""What a data scope means for people, and what belongs to a signed-in resident today."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from lokum.core.access.models import User
from lokum.core.access.reach import register_party_reach
from lokum.core.access.scopes import Found, operator_today, register_resolver
from lokum.core.base.context import Reach
from lokum.property.occupancy.models import Agreement, Title, TitleHolder
from lokum.property.parties.models import Party


def parties_of_places(found: Found) -> Iterable[Any]:
    """People who hold titles or agreements in the buildings and entrances reached, as a sub-select."""
    buildings, entrances = found.get("building", frozenset()), found.get("entrance", frozenset())
    if not buildings and not entrances:
        return ()
    titles = Q(title__premises__building_id__in=buildings) | Q(title__premises__entrance_id__in=entrances)
    agreements = Q(premises__building_id__in=buildings) | Q(premises__entrance_id__in=entrances)
    return Party.objects.filter(
        Q(pk__in=TitleHolder.objects.filter(titles).values("party_id"))
        | Q(pk__in=Agreement.objects.filter(agreements).values("payer_id"))
    ).values("pk")


def parties_of_entrances(found: Found) -> Iterable[int]:
    """People of the entrances reached, as ids for the row policies."""
    entrances = found.get("entrance")
    if not entrances:
        return ()
    held = TitleHolder.objects.filter(title__premises__entrance_id__in=entrances).values_list("party_id", flat=True)
    paid = Agreement.objects.filter(premises__entrance_id__in=entrances).values_list("payer_id", flat=True)
    return frozenset(held) | frozenset(paid)


def parties_of_user(user: User) -> frozenset[int]:
    """The user's own party record, and the ones merged into it; each found by its own index."""
    parties = Party.objects.order_by().values_list("pk", flat=True)
    return frozenset(parties.filter(user=user).union(parties.filter(merged_into__user=user)))


def reach_of_resident(user: User) -> Reach:
    """Own party, and the premises held or paid for today; premises left yesterday are out today."""
    parties = parties_of_user(user)
    today = operator_today()
    held = Title.objects.filter(holders__party_id__in=parties, valid__contains=today)
    paid = Agreement.objects.filter(payer_id__in=parties, valid__contains=today, premises__isnull=False)
    premises = frozenset(held.values_list("premises_id", flat=True)) | frozenset(
        paid.values_list("premises_id", flat=True)
    )
    return Reach(parties=parties, premises=premises)


def register() -> None:
    register_resolver("party", parties_of_places)
    register_resolver("entrance_party", parties_of_entrances)
    register_party_reach(reach_of_resident)
