"""Valid defaults for deposits. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.deposits.models import Deposit, DepositKind, DepositMove, DepositPaper
from lokum.money.deposits.services import issue_receipt, take_over
from lokum.money.ledger.factories import make_account

_count = itertools.count(1)
_ACTOR = system_actor("factory")


def make_deposit_kind(**over: Any) -> DepositKind:
    number = next(_count)
    values = {"code": f"D{number}", "name": f"Deposit {number}"} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return DepositKind.objects.create(**values)


def make_deposit(**over: Any) -> Deposit:
    """A deposit that is held, taken over."""
    account = over.pop("account", None) or make_account()
    kind = over.pop("kind", None) or make_deposit_kind(entity=account.entity)
    values: dict[str, Any] = {
        "amount": Decimal("1200.00"),
        "paid_on": dt.date(2026, 3, 2),
        "booked_on": dt.date(2026, 3, 2),
    } | over
    return take_over(account.pk, kind.pk, actor=_ACTOR, **values)


def make_deposit_move(**over: Any) -> DepositMove:
    return DepositMove.objects.filter(deposit=make_deposit(**over)).latest("pk")


def make_deposit_paper(**over: Any) -> DepositPaper:
    return issue_receipt(make_deposit(**over).pk, actor=_ACTOR)
