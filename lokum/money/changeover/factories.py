"""Valid defaults for changes of owner. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from lokum.money.changeover.models import BalanceMove, BorderReading, HandedKey, NewHolder, OwnerChange
from lokum.property.occupancy.factories import make_title
from lokum.property.parties.factories import make_party

_count = itertools.count(1)


def make_owner_change(**over: Any) -> OwnerChange:
    """A change in preparation, without new owners yet."""
    values: dict[str, Any] = {
        "transferred_on": dt.date(2026, 9, 9),
        "document": "deed 17/2026",
        "prepared_at": dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
    } | over
    if "title" not in values:
        values["title"] = make_title()
    values.setdefault("premises", values["title"].premises)
    values.setdefault("kind", values["title"].kind)
    return OwnerChange.objects.create(**values)


def make_new_holder(**over: Any) -> NewHolder:
    values = {"numerator": 1, "denominator": 1} | over
    if "change" not in values:
        values["change"] = make_owner_change()
    if "party" not in values:
        values["party"] = make_party()
    return NewHolder.objects.create(**values)


def make_border_reading(**over: Any) -> BorderReading:
    values: dict[str, Any] = {"meter": f"ZW-{next(_count)}", "value": Decimal("381.52"), "unit": "m3"} | over
    if "change" not in values:
        values["change"] = make_owner_change()
    values.setdefault("read_on", values["change"].transferred_on)
    return BorderReading.objects.create(**values)


def make_handed_key(**over: Any) -> HandedKey:
    values: dict[str, Any] = {"what": f"door {next(_count)}", "count": 2} | over
    if "change" not in values:
        values["change"] = make_owner_change()
    return HandedKey.objects.create(**values)


def make_balance_move(**over: Any) -> BalanceMove:
    """A move that was posted: 120.00 owed on the former account."""
    from lokum.core.base.context import system_actor
    from lokum.money.ledger.factories import make_account, make_entry
    from lokum.property.reshaping.factories import make_reshaping

    source = over.pop("source", None) or make_account()
    entry = make_entry(account=source, amount=Decimal("120.00"))
    values: dict[str, Any] = {
        "debit_amount": Decimal("120.00"),
        "credit_amount": Decimal("0.00"),
        "item_count": 1,
        "reason": "one account for the new premises",
        "made_at": dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        "made_by": system_actor("factory").label,
        "batch": entry.batch,
    } | over
    values.setdefault("target", make_account(entity=source.entity))
    values.setdefault("act", make_reshaping())
    return BalanceMove.objects.create(source=source, **values)
