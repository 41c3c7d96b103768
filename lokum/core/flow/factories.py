"""A valid request for tests and demonstration data, about the name of a node."""

import datetime as dt
import itertools
from typing import Any

from lokum.core.access.factories import make_user
from lokum.core.base import clock
from lokum.core.flow.models import ApprovalDecision, ApprovalRequest, Deputy
from lokum.core.organisation.factories import make_node

_count = itertools.count(1)


def make_approval_request(**over: Any) -> ApprovalRequest:
    node = over.pop("node", None) or make_node()
    values: dict[str, Any] = {
        "kind": "organisation.bank_account",
        "target_model": "organisation.node",
        "target_id": node.pk,
        "target_label": str(node),
        "payload": {"entity": 0, "account": None, "before": {}, "after": {"number": f"{next(_count):026}"}},
        "reason": "agreed on the phone",
        "node": node,
        "proposer": over.pop("proposer", None) or make_user(),
        "proposed_at": clock.now(),
    } | over
    return ApprovalRequest.objects.create(**values)


def make_approval_decision(**over: Any) -> ApprovalDecision:
    """The first of two persons has approved."""
    values: dict[str, Any] = {
        "request": over.pop("request", None) or make_approval_request(steps=["", ""]),
        "step": 1,
        "decided_by": over.pop("decided_by", None) or make_user(),
        "decided_at": clock.now(),
    } | over
    return ApprovalDecision.objects.create(**values)


def make_deputy(**over: Any) -> Deputy:
    """Somebody for somebody, for ten days from today."""
    today = clock.today()
    values: dict[str, Any] = {
        "principal": over.pop("principal", None) or make_user(),
        "deputy": over.pop("deputy", None) or make_user(),
        "starts_on": today,
        "ends_on": today + dt.timedelta(days=9),
        "reason": "on leave",
    } | over
    return Deputy.objects.create(**values)
