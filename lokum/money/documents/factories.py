"""Valid defaults for documents on their way. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.core.papers.factories import make_issued_document
from lokum.money.charges.factories import make_component, make_notice
from lokum.money.documents.models import (
    AccountStatement,
    Advance,
    AdvanceUse,
    DeliveryBatch,
    DeliveryItem,
    FeeChange,
    FeeChangeLetter,
    Invoice,
    InvoiceRate,
)
from lokum.money.documents.services import issue_advance, issue_statement, return_advance
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.payments.factories import make_payment
from lokum.property.parties.models import Party

_count = itertools.count(1)
_ACTOR = system_actor("factory")


def make_delivery_batch(**over: Any) -> DeliveryBatch:
    number = next(_count)
    values = {
        "kind": "statement",
        "key": f"factory:{number}",
        "title": f"Batch {number}",
        "made_at": clock.now(),
    } | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return DeliveryBatch.objects.create(**values)


def make_delivery_item(**over: Any) -> DeliveryItem:
    account = over.pop("account", None) or make_account()
    values = {"way": "paper", "account": account} | over
    if "batch" not in values:
        values["batch"] = make_delivery_batch(entity=account.entity)
    if "document" not in values:
        values["document"] = make_issued_document(entity=account.entity, account_key=account.pk)
    return DeliveryItem.objects.create(**values)


def make_account_statement(**over: Any) -> AccountStatement:
    """A statement of March 2026 with one charge."""
    account = over.pop("account", None)
    if account is None:
        account = make_account()
        make_entry(account=account)
    values = {"start": dt.date(2026, 3, 1), "end": dt.date(2026, 3, 31)} | over
    return issue_statement(account.pk, actor=_ACTOR, **values)


def make_fee_change(**over: Any) -> FeeChange:
    entity = over.pop("entity", None) or make_entity()
    values: dict[str, Any] = {
        "effective_on": dt.date(2026, 7, 1),
        "costs": "dependent",
        "reason": "Resolution 7/2026",
        "issued_on": dt.date(2026, 3, 20),
        "made_at": clock.now(),
    } | over
    batch = values.pop("batch", None) or make_delivery_batch(entity=entity, kind="fee_change")
    return FeeChange.objects.create(entity=entity, batch=batch, **values)


def make_fee_change_letter(**over: Any) -> FeeChangeLetter:
    account = over.pop("account", None) or make_account()
    values = {"account": account, "old_amount": 100, "new_amount": 110} | over
    if "change" not in values:
        values["change"] = make_fee_change(entity=account.entity)
    if "document" not in values:
        values["document"] = make_issued_document(entity=account.entity, account_key=account.pk)
    return FeeChangeLetter.objects.create(**values)


def make_invoice(**over: Any) -> Invoice:
    notice = over.pop("notice", None) or make_notice()
    account = notice.account
    values: dict[str, Any] = {
        "account": account,
        "kind": "invoice",
        "issued_on": dt.date(2026, 3, 20),
        "buyer_name": "Buyer Ltd",
        "buyer_tax_number": "5260250995",
        "net_amount": 100,
        "tax_amount": 23,
        "total_amount": 123,
        "made_at": clock.now(),
    } | over
    if "document" not in values:
        values["document"] = make_issued_document(entity=account.entity, account_key=account.pk)
    values.setdefault("number", values["document"].number)
    return Invoice.objects.create(notice=notice, **values)


def make_invoice_rate(**over: Any) -> InvoiceRate:
    values = {"rate": "23", "net_amount": 100, "tax_amount": 23} | over
    if "invoice" not in values:
        values["invoice"] = make_invoice()
    return InvoiceRate.objects.create(**values)


def make_advance(**over: Any) -> Advance:
    """The advance invoice of a payment of 123.00 at 23 %."""
    payment = over.pop("payment", None) or make_payment(entry=make_entry(amount=Decimal("-123.00")))
    entity = payment.entity
    if not entity.tax_number:
        type(entity).objects.filter(pk=entity.pk).update(tax_number="5252248481")
    Party.objects.filter(accounts__payments=payment, tax_number="").update(tax_number="5260250995")
    component = over.pop("component", None) or make_component(entity=entity, vat_kind="standard")
    return issue_advance(payment=payment, component=component, actor=_ACTOR, **over)


def make_advance_use(**over: Any) -> AdvanceUse:
    """What the correction of an advance invoice took of it."""
    advance = over.pop("advance", None) or make_advance()
    values: dict[str, Any] = {"amount": Decimal("61.50"), "reason": "Paid back"} | over
    return AdvanceUse.objects.get(invoice=return_advance(advance.pk, actor=_ACTOR, **values))
