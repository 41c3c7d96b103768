"""Preparing, carrying out and undoing a split or merge of premises."""

from lokum.property.reshaping.services.carrying import (
    KIND,
    Plan,
    carry_out,
    describe_request,
    perform,
    perform_request,
    preview,
)
from lokum.property.reshaping.services.preparing import (
    Planned,
    discard,
    set_results,
    set_title,
    start_merge,
    start_split,
)
from lokum.property.reshaping.services.undoing import finished_carriage, undo

__all__ = [
    "KIND",
    "Plan",
    "Planned",
    "carry_out",
    "describe_request",
    "discard",
    "finished_carriage",
    "perform",
    "perform_request",
    "preview",
    "set_results",
    "set_title",
    "start_merge",
    "start_split",
    "undo",
]
