"""Valid defaults for what is kept about arrears."""

import datetime as dt
from typing import Any

from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.arrears.models import ArrearsPolicy, LimitationEvent, PayerContact, Relief
from lokum.money.arrears.services import apply_relief
from lokum.money.ledger.factories import make_account, make_entry


def make_arrears_policy(**over: Any) -> ArrearsPolicy:
    if "entity" not in over and "entity_id" not in over:
        over["entity"] = make_entity()
    return ArrearsPolicy.objects.create(**{"valid_from": dt.date(2020, 1, 1)} | over)


def make_payer_contact(**over: Any) -> PayerContact:
    values = {"on": dt.date(2026, 3, 20), "kind": "phone", "note": "Will pay next week."} | over
    if "account" not in values:
        values["account"] = make_account()
    return PayerContact.objects.create(**values)


def make_limitation_event(**over: Any) -> LimitationEvent:
    values = {"on": dt.date(2026, 3, 20), "kind": "acknowledged", "document": "Letter of 20 March"} | over
    if "account" not in values:
        values["account"] = make_account()
    return LimitationEvent.objects.create(**values)


def make_relief(**over: Any) -> Relief:
    """An approved deferral of a charge of 100."""
    account = over.pop("account", None) or make_account()
    debt = make_entry(account=account)
    values: dict[str, Any] = {
        "kind": "deferral", "amount": debt.amount, "until": dt.date(2026, 9, 30), "reason": "Illness",
        "proposed_by": "Clerk",
    } | over  # fmt: skip
    return apply_relief(account.pk, debt_ids=[debt.pk], actor=system_actor("factory"), **values)[0]
