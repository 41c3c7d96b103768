"""Refusals: the one way in which a service says no.

A refusal carries a stable code for machines, a translated message for people and, where a single field is to
blame, the messages by field. Pages show it beside the form, the API answers it as a problem document, imports
attach it to the row. Nothing has been written when a refusal leaves a service.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """The operation was understood and is not allowed now.

    code: stable, dotted, lower case ("title.share_above_whole"); message: translated sentence that says what to
    do; fields: messages by field name; status: HTTP status used by page and API.
    """

    status = 422

    def __init__(
        self,
        code: str,
        message: Any,
        *,
        fields: Mapping[str, Sequence[Any]] | None = None,
        status: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.fields: dict[str, list[Any]] = {name: list(texts) for name, texts in (fields or {}).items()}
        self.details: dict[str, Any] = dict(details or {})
        if status is not None:
            self.status = status


class NotAllowed(Refusal):
    """The object is in the actor's scope but the right is missing (HTTP 403)."""

    status = 403


class Stale(Refusal):
    """The record changed since it was read (HTTP 412)."""

    status = 412


class Busy(Refusal):
    """Another transaction holds what this one needs; trying again helps (HTTP 409)."""

    status = 409


class Missing(Refusal):
    """No such object, or none the actor may know of (HTTP 404)."""

    status = 404
