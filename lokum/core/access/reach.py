"""What the database itself lets a user's request see: the coarse second wall behind the policy."""

from collections.abc import Callable, Iterable
from typing import Any

from lokum.core.access.models import User
from lokum.core.access.scopes import Sight, may_sign_in, sights_of
from lokum.core.base.context import Reach, acting, system_actor

# What belongs to a signed-in resident today: parties, premises, payer accounts.
PartyReach = Callable[[User], Reach]

NOWHERE = 0  # no node has this id: staff whose grants name entrances alone are staff all the same

_party_reaches: list[PartyReach] = []


def register_party_reach(resolver: PartyReach) -> None:
    """Let an upper layer say which parties, premises and payer accounts are a resident's own today.

    The resolver acts as the system; it must bound everything by the dates of the relation.
    """
    if resolver not in _party_reaches:
        _party_reaches.append(resolver)


def reach_of(user: Any) -> Reach:
    """Everything only for grants of the whole operator; nothing for strangers."""
    if not may_sign_in(user):
        return Reach()
    if not user.is_staff_user:
        return _reach_of_resident(user)
    return reach_of_sights(sights_of(user))


def reach_of_sights(sights: Iterable[Sight]) -> Reach:
    sights = tuple(sights)
    if any(sight.whole for sight in sights):
        return Reach(everything=True)
    found: dict[str, set[int]] = {kind: set() for kind in ("node", "building", "entrance_premises", "entrance_party")}
    for sight in sights:
        for kind, ids in found.items():
            ids.update(sight.ids.get(kind, ()))
    if found["entrance_premises"] and not found["node"]:
        found["node"].add(NOWHERE)
    return Reach(
        nodes=frozenset(found["node"]),
        buildings=frozenset(found["building"]),
        premises=frozenset(found["entrance_premises"]),
        parties=frozenset(found["entrance_party"]),
    )


def _reach_of_resident(user: User) -> Reach:
    with acting(system_actor("reach")):
        own = [resolver(user) for resolver in _party_reaches]
    return Reach(
        premises=frozenset().union(*(one.premises for one in own)),
        parties=frozenset().union(*(one.parties for one in own)),
        accounts=frozenset().union(*(one.accounts for one in own)),
    )
