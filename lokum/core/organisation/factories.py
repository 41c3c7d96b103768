"""Valid defaults for the organisation. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from typing import Any

from lokum.core.organisation.models import Entity, Node

_count = itertools.count(1)


def make_node(**over: Any) -> Node:
    number = next(_count)
    values = {
        "code": f"N{number}",
        "name": f"Management office {number}",
        "kind": Node.Kind.OFFICE,
        "opened_on": dt.date(2000, 1, 1),
    } | over
    return Node.objects.create(**values)


def make_entity(**over: Any) -> Entity:
    number = next(_count)
    values = {
        "code": f"SM{number}",
        "name": f"Housing cooperative {number}",
        "short_name": f"SM {number}",
        "legal_name": f"Housing cooperative {number}",
        "kind": Entity.Kind.COOPERATIVE,
        "opened_on": dt.date(2000, 1, 1),
    } | over
    if "node" not in values and "node_id" not in values:
        values["node"] = make_node()
    return Entity.objects.create(**values)
