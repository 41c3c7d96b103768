"""The seam of the month's rehearsal: every layer says which part of closing a month is its own (ADR 0030).

    register_part(Part("charges", _("Charges"), 10, perform=charge, seen=seen, ...))

A part has one function that does it. The rehearsal calls it and takes everything back, the commit calls the same
function and keeps it; so both can only differ where data changed between them. Settlements, deposits, allowances
register theirs here, whatever layer they live in.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.organisation.models import Entity
from lokum.money.ledger.seams import OpenPoint

NOTHING: Mapping[Any, Any] = {}


@dataclass(frozen=True)
class Month:
    """The month that is rehearsed or committed.

    reason: why it is closed in spite of open points; after_batch: the newest batch of the books before its parts were
    performed, so that a part can tell what the parts before it booked.
    """

    entity: Entity
    first: dt.date
    actor: Actor
    reason: str = ""
    after_batch: int = 0

    @property
    def last(self) -> dt.date:
        return clock.last_of_month(self.first)

    @property
    def over(self) -> bool:
        return clock.today(self.entity.time_zone) > self.last

    @property
    def day(self) -> dt.date:
        """Today, or the last day of the month when that is earlier."""
        return min(clock.today(self.entity.time_zone), self.last)


@dataclass(frozen=True)
class Sum:
    """A line of what a part consists of; `key` is put in words by `Part.words`."""

    key: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class Outcome:
    """What a part did.

    amounts: account -> amount in the currency of the entity; count: documents, matches, transfers; skipped: key of
    `Part.words` that says why there was nothing to do; problem: why the month cannot be committed so (best one of
    `worded`); alarms: what somebody should look at before approving.
    """

    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    count: int = 0
    sums: Sequence[Sum] = ()
    skipped: str = ""
    problem: str = ""
    alarms: Sequence[OpenPoint] = ()

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0))


Marks = Mapping[str, str]
Words = Callable[[Collection[str]], Mapping[str, Any]]
Told = Callable[[Month, dt.datetime], Sequence[str]]


@dataclass(frozen=True)
class Part:
    """A part of closing a month.

    perform(month): does it in the transaction of the caller, set-wise; a Refusal from it is a problem of the part;
    seen(month): marks of everything it rests on, by name: another mark means that a row came, went or changed;
    names: these names in words; told: for a name, what came since a moment, in words (shown when it voids a result);
    former(month): account -> what the same part came to the month before;
    words(keys): keys of sums and of `skipped` in words;
    owed: its amounts change what payers owe; second_person: approval kinds whose second person counts here too.
    """

    code: str
    label: Any
    order: int
    perform: Callable[[Month], Outcome]
    seen: Callable[[Month], Marks]
    names: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)
    former: Callable[[Month], Mapping[int, Decimal]] = lambda month: NOTHING
    words: Words = lambda keys: NOTHING
    owed: bool = True
    second_person: Sequence[str] = ()


_parts: dict[str, Part] = {}


def register_part(part: Part) -> None:
    """Put a part at its code; registering the code again replaces it."""
    _parts[part.code] = part


def parts() -> list[Part]:
    """All parts in the order in which they are performed."""
    return sorted(_parts.values(), key=lambda part: (part.order, part.code))


def row_marks(cursor: Any, statement: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Marks from a statement that selects (name, id, xmin): any row inserted, changed or deleted gives another one,
    because a changed row has another xmin."""
    cursor.execute(
        f"WITH seen AS ({statement}) "  # noqa: S608 - statements of this code base
        "SELECT part, count(*) || ':' || bit_xor(hashint8extended(id, xmin)) FROM seen GROUP BY part",
        values,
    )
    return dict(cursor.fetchall())
