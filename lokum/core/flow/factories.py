"""A valid request for tests and demonstration data, about the name of a node."""

import itertools
from typing import Any

from lokum.core.access.factories import make_user
from lokum.core.base import clock
from lokum.core.flow.models import ApprovalRequest
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
