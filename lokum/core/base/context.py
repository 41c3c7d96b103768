"""Who acts: the actor and the reach of one request or job, known to Python and to the database alike.

The database's row policies and the history trigger read transaction-local settings (`lokum.*`). They are set
with `set_config(..., true)`, so they end with the transaction and can never leak to the next user of a
pooled connection.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import connection, transaction


@dataclass(frozen=True)
class Reach:
    """What the database's row policies let through: everything, or rows of these ids only."""

    everything: bool = False
    nodes: frozenset[int] = frozenset()
    buildings: frozenset[int] = frozenset()
    premises: frozenset[int] = frozenset()
    parties: frozenset[int] = frozenset()
    accounts: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Actor:
    """Who does something: a user (user_id), or the system itself on behalf of a named job or command."""

    user_id: int | None
    label: str
    reach: Reach = field(default_factory=Reach)
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    address: str = ""


def system_actor(label: str) -> Actor:
    """The system acting by itself (a scheduled job, a command); sees everything."""
    return Actor(user_id=None, label=label, reach=Reach(everything=True))


_current: ContextVar[Actor | None] = ContextVar("lokum_actor", default=None)


def current_actor() -> Actor | None:
    return _current.get()


def _array(ids: Iterable[int]) -> str:
    return "{" + ",".join(str(int(one)) for one in sorted(ids)) + "}"


def announce(actor: Actor) -> None:
    """Tell the current transaction who acts. Must run inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("the actor is announced inside a transaction only")
    values = {
        "lokum.actor": str(actor.user_id or ""),
        "lokum.actor_label": actor.label,
        "lokum.request": actor.request_id,
        "lokum.address": actor.address,
        "lokum.reach": "all" if actor.reach.everything else "scoped",
        "lokum.nodes": _array(actor.reach.nodes),
        "lokum.buildings": _array(actor.reach.buildings),
        "lokum.premises": _array(actor.reach.premises),
        "lokum.parties": _array(actor.reach.parties),
        "lokum.accounts": _array(actor.reach.accounts),
    }
    with connection.cursor() as cursor:
        calls = ", ".join("set_config(%s, %s, true)" for _ in values)
        cursor.execute("SELECT " + calls, [part for pair in values.items() for part in pair])


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Open a transaction in which `actor` acts; nested calls change the actor until they leave.

    Everything inside is one transaction (a savepoint when nested): an exception undoes all of it. Who acts already is
    not announced once more: services that call services cost a savepoint each, nothing else.
    """
    before = _current.get()
    token = _current.set(actor)
    known = before == actor and connection.in_atomic_block
    try:
        with transaction.atomic():
            if not known:
                announce(actor)
            yield actor
            if not known and before is not None and connection.in_atomic_block:
                announce(before)
    finally:
        _current.reset(token)
