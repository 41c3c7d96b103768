"""Valid defaults for allowances, their claims and the money of payer bodies."""

import datetime as dt
from decimal import Decimal
from typing import Any

from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.papers.factories import make_issued_document
from lokum.money.allowances.models import (
    Allowance,
    AllowanceBreak,
    BodyPayment,
    BodyPaymentLine,
    Claim,
    ClaimLine,
)
from lokum.money.allowances.services import claim_due, receive_payment
from lokum.money.ledger.factories import make_account
from lokum.property.parties.factories import make_party

MONTH = dt.date(2026, 3, 1)


def make_allowance(**over: Any) -> Allowance:
    values: dict[str, Any] = {
        "kind": "housing", "decision_number": "DM.1/2026", "decided_on": dt.date(2026, 2, 20), "first_month": MONTH,
        "last_month": dt.date(2026, 8, 1), "monthly_amount": Decimal("150.00"),
    } | over  # fmt: skip
    if "account" not in values and "account_id" not in values:
        values["account"] = make_account()
    if "body" not in values and "body_id" not in values:
        values["body"] = make_party(kind="company", last_name="Town of Lipogora")
    values.setdefault("body_name", str(values["body"]) if "body" in values else "Town of Lipogora")
    return Allowance.objects.create(**values)


def make_allowance_break(**over: Any) -> AllowanceBreak:
    values: dict[str, Any] = {
        "kind": "suspended", "first_month": dt.date(2026, 7, 1), "reason": "Two months in arrears",
        "made_at": clock.now(),
    } | over  # fmt: skip
    if "allowance" not in values:
        values["allowance"] = make_allowance()
    return AllowanceBreak.objects.create(**values)


def make_claim(**over: Any) -> Claim:
    """The claim of one allowance; with values given, an empty one beside it."""
    if not over:
        allowance = make_allowance()
        return claim_due(allowance.account.entity, MONTH, actor=system_actor("factory"))[0]
    entity = over.get("entity") or make_account().entity
    values: dict[str, Any] = {
        "entity": entity, "month": MONTH, "sequence": 1, "number": "AL/1", "total_amount": 0, "line_count": 0,
        "made_at": clock.now(),
    } | over  # fmt: skip
    if "body" not in values:
        values["body"] = make_party(kind="company", last_name="Town of Lipogora")
    if "document" not in values:
        values["document"] = make_issued_document(entity=entity)
    return Claim.objects.create(**values)


def make_claim_line(**over: Any) -> ClaimLine:
    allowance = over.pop("allowance", None) or make_allowance()
    claim = claim_due(allowance.account.entity, over.pop("month", MONTH), actor=system_actor("factory"))[0]
    assert not over, over
    return claim.lines.get()


def make_body_payment(**over: Any) -> BodyPayment:
    claim = over.pop("claim", None) or make_claim()
    values: dict[str, Any] = {"amount": claim.total_amount, "received_on": dt.date(2026, 3, 9)} | over
    return receive_payment(claim.pk, actor=system_actor("factory"), **values)


def make_body_payment_line(**over: Any) -> BodyPaymentLine:
    return make_body_payment(**over).lines.get()
