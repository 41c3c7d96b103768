"""Where upper layers carry over what they keep of premises that are split or merged (prices, accounts, meters).

A carrier is asked in the order of registration, inside the transaction of the act, and in the opposite order when
the act is taken back. What `carry` returns is JSON, kept with the act under the carrier's name, and given back to
`shown` and `take_back`. A layer that keeps meters adds a carrier of its own; nothing here changes for it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lokum.core.base.context import Actor


@dataclass(frozen=True)
class Carriage:
    """What is carried: from which premises to which, since when.

    targets are empty while the act is only looked at. agreements: (former, new) pairs opened with the act.
    """

    act_pk: int
    kind: str
    effective_on: dt.date
    sources: Sequence[int]
    targets: Sequence[int] = ()
    agreements: Sequence[tuple[int, int]] = ()
    document: str = ""
    corrects_posted: bool = False


@dataclass(frozen=True)
class Section:
    """A table of the preview and of the finished act; a cell is text or {"text", "url", "tone"}."""

    title: Any
    headings: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    note: Any = ""
    numeric: Sequence[int] = ()  # places of the columns with figures


class Carrier:
    """Base of all carriers; each method may be left as it is."""

    name = ""

    def refuse(self, carriage: Carriage) -> None:
        """Raise the Refusal that says why this cannot be carried over on that day."""

    def look(self, carriage: Carriage) -> Any:
        """What `shown` compares with, read before anything changes."""

    def carry(self, carriage: Carriage, actor: Actor) -> Any:
        """End at the former premises, begin at the new ones; returns what taking back needs (JSON)."""

    def shown(self, carriage: Carriage, looked: Any, kept: Any) -> Sequence[Section]:
        """What was done, in figures."""
        return ()

    def links(self, carriage: Carriage, kept: Any) -> Sequence[Mapping[str, Any]]:
        """Further steps after the act: {"text", "url"}."""
        return ()

    def refuse_undo(self, carriage: Carriage, kept: Any) -> None:
        """Raise the Refusal that says why the act can no longer be taken back."""

    def take_back(self, carriage: Carriage, kept: Any, actor: Actor) -> None:
        """Everything as it was before `carry`."""


_carriers: dict[str, Carrier] = {}


def add_carrier(carrier: Carrier) -> None:
    """Put a carrier at its name; registering the name again replaces it."""
    _carriers[carrier.name] = carrier


def carriers() -> list[Carrier]:
    return list(_carriers.values())
