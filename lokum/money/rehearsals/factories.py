"""Valid defaults for rehearsals; nothing is random."""

from decimal import Decimal
from typing import Any

from lokum.core.base import clock
from lokum.core.organisation.factories import make_entity
from lokum.money.charges.factories import MONTH
from lokum.money.ledger.factories import make_account
from lokum.money.rehearsals.models import Rehearsal, RehearsalLine


def make_rehearsal(**over: Any) -> Rehearsal:
    """A rehearsal in which nothing was to be done."""
    values = {"month": MONTH, "rehearsed_at": clock.now()} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    return Rehearsal.objects.create(**values)


def make_rehearsal_line(**over: Any) -> RehearsalLine:
    """A payer charged 12.00 instead of 10.00."""
    values: dict[str, Any] = {
        "part": "charges", "former_amount": Decimal(10), "amount": Decimal(12), "difference_amount": Decimal(2),
    } | over  # fmt: skip
    if "account" not in values:
        values["account"] = make_account()
    if "rehearsal" not in values:
        values["rehearsal"] = make_rehearsal(entity=values["account"].entity)
    return RehearsalLine.objects.create(**values)
