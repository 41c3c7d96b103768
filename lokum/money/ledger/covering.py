"""Which debt does a payment cover? Pure rules: plain data in, plain data out (the services do the same set-wise).

Polish law (art. 451 KC): the payer may name the debt; from what falls on a debt the creditor may first take the side
dues of that very debt (interest), then its principal; otherwise debts already due come first, among them the one
due longest. A contract may set another order. Taking the interest of all debts before any principal is the usual
mistake and no choice here.
"""

import datetime as dt
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Order(StrEnum):
    """legal: longest due first, the interest of each debt before its principal; principal_first: all principals,
    longest due first, then interest; oldest_first: items by their own due dates, interest notes among them."""

    LEGAL = "legal"
    PRINCIPAL_FIRST = "principal_first"
    OLDEST_FIRST = "oldest_first"


@dataclass(frozen=True)
class Due:
    """An open item: a debt itself, or interest on the debt `on`.

    arisen_on: the day to which an interest item was counted; what arose after the payment's value date is no side due
    of the debt the payment covered, and comes behind its principal.
    """

    key: Hashable
    due_on: dt.date
    amount: Decimal
    on: Hashable | None = None
    on_due: dt.date | None = None  # due date of the debt that interest was counted on
    arisen_on: dt.date | None = None


@dataclass(frozen=True)
class Cover:
    key: Hashable
    amount: Decimal


def sort_key(
    due: Due, order: Order, named: Collection[Hashable] = (), paid_on: dt.date | None = None
) -> tuple[object, ...]:
    """Where an item stands in line. Keys of items are compared only with keys of their own kind."""
    debt = due.key if due.on is None else due.on
    debt_due = due.due_on if due.on is None else (due.on_due or due.due_on)
    last = 0 if debt in named or due.key in named else 1
    interest = due.on is not None
    if order is Order.LEGAL:
        later = interest and paid_on is not None and due.arisen_on is not None and due.arisen_on > paid_on
        place = 2 if later else 0 if interest else 1
        return (last, debt_due, debt, place, due.due_on, due.key)
    if order is Order.PRINCIPAL_FIRST:
        return (last, interest, debt_due, debt, due.due_on, due.key)
    return (last, due.due_on, due.key)


def cover(
    amount: Decimal,
    dues: Sequence[Due],
    order: Order = Order.LEGAL,
    named: Collection[Hashable] = (),
    paid_on: dt.date | None = None,
) -> tuple[list[Cover], Decimal]:
    """Use an amount for open items; returns what was covered, in order, and what is left as credit."""
    covers = []
    for due in sorted(dues, key=lambda one: sort_key(one, order, named, paid_on)):  # type: ignore[arg-type, return-value]
        used = min(amount, due.amount)
        if used > 0:
            covers.append(Cover(due.key, used))
            amount -= used
    return covers, amount
