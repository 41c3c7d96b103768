"""Seam for acts that need a second person: every layer names its kinds here, `flow` keeps the requests.

    register_kind(ApprovalKind("ledger.write_off", _("Write-off"), "ledger.account:approve", perform, describe))
    ...
    request_approval("ledger.write_off", target=account, payload={"amount": "12.50"}, reason=reason, actor=actor,
                     node_id=account.entity.node_id, amount=amount)

Layers below `flow` ask through this module, those above it may call `lokum.core.flow.services` directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from lokum.core.base.context import Actor


@dataclass(frozen=True)
class Change:
    """One line of what a request would change, as shown to the person who decides."""

    label: Any
    before: Any = ""
    after: Any = ""


@dataclass(frozen=True)
class ApprovalKind:
    """An act that one person proposes and another approves.

    code: "app.act"; right: what the second person must hold, in the scope of the request's node;
    perform(request, actor): does it, inside the deciding transaction, `actor` being the approver; a Refusal from it
    leaves the request open; describe(request): the changes, read from the payload alone (put the values before into
    it as well), so that a decided request still shows what was decided;
    always: False lets the operator switch the second person off at a node; on: what counts where nobody decided.
    """

    code: str
    label: Any
    right: str
    perform: Callable[[Any, Actor], Any]
    describe: Callable[[Any], Sequence[Change]]
    always: bool = True
    on: bool = True


class Desk(Protocol):
    """What `flow` installs."""

    def request_approval(
        self,
        kind_code: str,
        *,
        target: Any,
        payload: Mapping[str, Any],
        reason: str,
        actor: Actor,
        node_id: int | None = None,
        amount: Decimal | None = None,
        currency: str = "",
    ) -> Any: ...

    def needs_approval(self, kind_code: str, *, actor: Actor, node_id: int | None = None) -> bool: ...


kinds: dict[str, ApprovalKind] = {}
_desks: list[Desk] = []


def register_kind(kind: ApprovalKind) -> None:
    """Make an act known (in an app's `ready()`)."""
    known = kinds.setdefault(kind.code, kind)
    if known is not kind and known != kind:
        raise ValueError(f"{kind.code} is registered twice")


def install(desk: Desk) -> None:
    _desks[:] = [desk]


def request_approval(
    kind_code: str,
    *,
    target: Any,
    payload: Mapping[str, Any],
    reason: str,
    actor: Actor,
    node_id: int | None = None,
    amount: Decimal | None = None,
    currency: str = "",
) -> Any:
    """Write down a request; it is performed once somebody else approves it."""
    return _desks[0].request_approval(
        kind_code,
        target=target,
        payload=payload,
        reason=reason,
        actor=actor,
        node_id=node_id,
        amount=amount,
        currency=currency,
    )


def needs_approval(kind_code: str, *, actor: Actor, node_id: int | None = None) -> bool:
    """Whether `actor` needs a second person for this act at this node.

    Kinds with `always` need one in any case. The others do where the operator has it switched on, unless the system
    itself acts or nobody but the actor could approve (a house with one administrator must be able to make another).
    """
    return _desks[0].needs_approval(kind_code, actor=actor, node_id=node_id)
