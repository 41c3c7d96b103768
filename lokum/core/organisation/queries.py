"""Reads of the organisation tree, of entities on a day, of switches and of dated country rules."""

import datetime as dt
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from lokum.core.base import clock, policy
from lokum.core.base.context import current_actor
from lokum.core.organisation.legal_data import data_on
from lokum.core.organisation.models import (
    Entity,
    EntityBankAccount,
    ManagementContract,
    Mandate,
    ModuleSwitch,
    Node,
    NodePlacement,
    PackRule,
)


def parents_on(day: dt.date) -> dict[int, int]:
    """Parent of each node on a day; nodes without one are tops of the tree."""
    placements = NodePlacement.objects.filter(valid__contains=day).order_by()
    return dict(placements.values_list("node_id", "parent_id"))


def ancestors_of(node_id: int, parents: dict[int, int]) -> list[int]:
    """From the parent up to the top."""
    found: list[int] = []
    current = parents.get(node_id)
    while current is not None and current not in found:
        found.append(current)
        current = parents.get(current)
    return found


def descendants_of(node_ids: Iterable[int], day: dt.date) -> set[int]:
    """The nodes themselves and everything that hangs below them on a day."""
    children: dict[int, list[int]] = {}
    for node, parent in parents_on(day).items():
        children.setdefault(parent, []).append(node)
    found: set[int] = set()
    waiting = list(node_ids)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += children.get(node, [])
    return found


@dataclass(frozen=True)
class TreeLine:
    """A node at its place in the tree of a day."""

    node: Node
    depth: int
    parent_id: int | None
    since: dt.date | None


def tree_on(day: dt.date, nodes: Iterable[Node]) -> list[TreeLine]:
    """The given nodes in tree order as they hang on a day; a node whose parent is not among them is a top."""
    by_id = {node.pk: node for node in nodes}
    placed = {p.node_id: p for p in NodePlacement.objects.filter(valid__contains=day, node_id__in=list(by_id))}
    children: dict[int | None, list[Node]] = {}
    for node in sorted(by_id.values(), key=lambda one: one.code):
        placement = placed.get(node.pk)
        parent = placement.parent_id if placement and placement.parent_id in by_id else None
        children.setdefault(parent, []).append(node)
    lines: list[TreeLine] = []

    def walk(parent: int | None, depth: int) -> None:
        for node in children.get(parent, []):
            placement = placed.get(node.pk)
            lines.append(TreeLine(node, depth, parent, placement.valid.lower if placement else None))
            walk(node.pk, depth + 1)

    walk(None, 0)
    return lines


def mandates_on(entity: Entity, day: dt.date) -> Any:
    """Who represents an entity on a day; an ended mandate is gone from the next day on."""
    running = Q(ends_on__isnull=True) | Q(ends_on__gte=day)
    return Mandate.objects.filter(running, entity=entity, starts_on__lte=day)


def as_of(entity: Entity, day: dt.date, user: Any) -> dict[str, Any]:
    """Who represents and manages an entity on a day, and its bank accounts, as far as this user may see them."""
    rows = policy.allowed(ManagementContract.objects.all(), user, "view")
    contracts = rows.filter(Q(ends_on=None) | Q(ends_on__gte=day), entity=entity, starts_on__lte=day)
    accounts = policy.allowed(EntityBankAccount.objects.all(), user, "view")
    seen = policy.allowed(Mandate.objects.all(), user, "view").values("pk")
    return {
        "mandates": mandates_on(entity, day).filter(pk__in=seen),
        "contracts": contracts.select_related("manager"),
        "accounts": accounts.filter(Q(closed_on=None) | Q(closed_on__gte=day), entity=entity, opened_on__lte=day),
    }


def bank_accounts_on(entity: Entity | int, day: dt.date) -> QuerySet[EntityBankAccount]:
    """The entity's bank accounts that are open on a day, the oldest first; the last day counts."""
    rows = EntityBankAccount.objects.filter(entity_id=entity.pk if isinstance(entity, Entity) else entity)
    return rows.filter(Q(closed_on=None) | Q(closed_on__gte=day), opened_on__lte=day).order_by("pk")


_kept: ContextVar[tuple[str, dict[str, dict[int, bool]]] | None] = ContextVar("lokum_switches", default=None)


def forget_switches() -> None:
    """A switch changed within this request."""
    _kept.set(None)


def _switches() -> dict[str, dict[int, bool]]:
    """All switches; within a user's request they are read once, the menu alone asks for each register."""
    actor, kept = current_actor(), _kept.get()
    if actor is None or actor.user_id is None:
        return _read_switches()
    if kept is None or kept[0] != actor.request_id:
        kept = (actor.request_id, _read_switches())
        _kept.set(kept)
    return kept[1]


def _read_switches() -> dict[str, dict[int, bool]]:
    found: dict[str, dict[int, bool]] = {}
    for node_id, function, enabled in ModuleSwitch.objects.values_list("node_id", "function", "enabled"):
        found.setdefault(function, {})[node_id] = enabled
    return found


def _nearest(node_id: int, function: str, parents: dict[int, int], switches: dict[str, dict[int, bool]]) -> bool:
    """The nearest switch up the tree decides; a function lives only while its module is on."""
    module, _dot, rest = function.partition(".")
    if rest and not _nearest(node_id, module, parents, switches):
        return False
    own = switches.get(function, {})
    for current in [node_id, *ancestors_of(node_id, parents)]:
        if current in own:
            return own[current]
    return True


def function_on(node: Node | int, function: str, day: dt.date | None = None) -> bool:
    """Whether a function ("portal.meters") or module ("charges") is switched on at a node."""
    node_id = node.pk if isinstance(node, Node) else node
    return _nearest(node_id, function, parents_on(day or clock.today()), _switches())


def nodes_without(function: str) -> set[int]:
    """Nodes where a function is off today; empty without any query beyond the switches when none is off."""
    switches = _switches()
    names = {function, function.partition(".")[0]}
    if all(enabled for name in names for enabled in switches.get(name, {}).values()):
        return set()
    parents = parents_on(clock.today())
    every = Node.objects.order_by().values_list("pk", flat=True)
    return {node for node in every if not _nearest(node, function, parents, switches)}


def rule_on(pack: str, key: str, day: dt.date) -> PackRule | None:
    """The dated rule of a pack that holds on a day."""
    rules = PackRule.objects.filter(pack=pack, key=key, valid_from__lte=day)
    return rules.order_by("-valid_from").first()


def rules_of(key: str, pack: str | None = None) -> list[PackRule]:
    """All dated rules of a key, by pack, the oldest first."""
    rows = PackRule.objects.filter(key=key)
    return list((rows.filter(pack=pack) if pack else rows).order_by("pack", "valid_from"))


def issuer_of(entity: Entity, on: dt.date) -> dict[str, str]:
    """The entity as it stands on its documents of a day."""
    data = data_on(entity, on)
    return {
        "name": data.name,
        "short_name": data.short_name,
        "legal_name": data.legal_name,
        "tax_number": data.tax_number,
        "street": data.street,
        "postal_code": data.postal_code,
        "city": data.city,
        "phone": data.phone,
        "email": data.email,
        "website": data.website,
        "pack": entity.country_pack,
    }
