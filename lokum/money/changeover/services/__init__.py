"""Preparing, carrying out and undoing a change of owner."""

from lokum.money.changeover.services.arrears import apply_takeover, describe_takeover, perform_takeover
from lokum.money.changeover.services.carrying import carry_out, preview, undo
from lokum.money.changeover.services.deposits import deposit_requests
from lokum.money.changeover.services.preparing import (
    Keys,
    Reading,
    discard,
    set_details,
    set_holders,
    start,
    start_on_premises,
)

__all__ = [
    "Keys",
    "Reading",
    "apply_takeover",
    "carry_out",
    "deposit_requests",
    "describe_takeover",
    "discard",
    "perform_takeover",
    "preview",
    "set_details",
    "set_holders",
    "start",
    "start_on_premises",
    "undo",
]
