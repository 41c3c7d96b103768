"""Valid defaults for books, accounts and posted entries. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.ledger.models import (
    Account,
    Allocation,
    AllocationRule,
    Batch,
    CoPayer,
    Entry,
    LedgerAccount,
    Line,
    PayerShare,
    PayerSplit,
    Period,
    PeriodReopening,
    SubAccount,
)
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    allocate_oldest_first,
    open_accounts,
    post_batch,
    prepare_books,
)
from lokum.property.occupancy.factories import make_agreement
from lokum.property.parties.factories import make_party

_count = itertools.count(1)
_ACTOR = system_actor("factory")


def make_account(**over: Any) -> Account:
    """The open account of an agreement, in an entity whose books are prepared."""
    agreement = over.pop("agreement", None) or make_agreement(**over)
    prepare_books(agreement.entity_id, actor=_ACTOR)
    open_accounts([agreement.pk], actor=_ACTOR)
    return Account.objects.filter(agreement=agreement).latest("pk")


def make_entry(**over: Any) -> Entry:
    """A posted entry of one payer: a charge when `amount` is positive, a payment when it is negative."""
    account = over.pop("account", None) or make_account()
    amount = over.pop("amount", Decimal("100.00"))
    chart = dict(LedgerAccount.objects.filter(entity_id=account.entity_id).values_list("purpose", "pk"))
    debited, credited = ("receivable", "income") if amount > 0 else ("bank", "receivable")
    number = next(_count)
    day = over.pop("booked_on", dt.date(2026, 3, 2))
    values = {
        "kind": "charge" if amount > 0 else "payment",
        "amount": amount,
        "account_id": account.pk,
        "due_on": day,
        "source_kind": "factory",
        "source_id": number,
        "lines": [
            NewLine(chart[debited], debit_amount=abs(amount), of_payer=debited == "receivable"),
            NewLine(chart[credited], credit_amount=abs(amount), of_payer=credited == "receivable"),
        ],
    } | over
    batch = post_batch(account.entity_id, "factory", f"factory:{number}", day, [NewEntry(**values)], actor=_ACTOR)
    return batch.entries.get()


def make_ledger_account(**over: Any) -> LedgerAccount:
    number = next(_count)
    values = {"code": f"9{number:04}", "name": f"Account {number}", "kind": LedgerAccount.Kind.EXPENSE} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return LedgerAccount.objects.create(**values)


def make_sub_account(**over: Any) -> SubAccount:
    number = next(_count)
    values = {"code": f"S{number}", "name": f"Sub-account {number}", "kind": SubAccount.Kind.OTHER} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return SubAccount.objects.create(**values)


def make_period(**over: Any) -> Period:
    values = {"starts_on": dt.date(2026, 3, 1)} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return Period.objects.create(**values)


def make_period_reopening(**over: Any) -> PeriodReopening:
    period = over.pop("period", None) or make_period()
    now = clock.now()
    return PeriodReopening.objects.create(**{"period": period, "closed_at": now, "reopened_at": now} | over)


def make_batch(**over: Any) -> Batch:
    return make_entry(**over).batch


def make_line(**over: Any) -> Line:
    return make_entry(**over).lines.order_by("pk")[0]


def make_allocation(**over: Any) -> Allocation:
    """A payment that covers half a charge of the same account."""
    charge = make_entry(**over)
    assert charge.account is not None
    make_entry(account=charge.account, amount=-charge.amount / 2)
    allocate_oldest_first(charge.entity_id, [charge.account.pk], actor=_ACTOR)
    return Allocation.objects.get(debit=charge)


def make_allocation_rule(**over: Any) -> AllocationRule:
    """The legal order, designation by number."""
    values = dict(over)
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return AllocationRule.objects.create(**values)


def make_co_payer(**over: Any) -> CoPayer:
    values = {"valid": DateRange(dt.date(2026, 1, 1), None)} | over
    if "account" not in values and "account_id" not in values:
        values["account"] = make_account()
    if "party" not in values and "party_id" not in values:
        values["party"] = make_party(home_node=Account.objects.get(pk=values["account"].pk).entity.node)
    return CoPayer.objects.create(**values)


def make_payer_split(**over: Any) -> PayerSplit:
    """The whole on the payer's own account."""
    account = over.pop("account", None) or make_account()
    with transaction.atomic():
        split = PayerSplit.objects.create(
            **{"agreement": account.agreement, "valid": DateRange(dt.date(2026, 1, 1), None), "denominator": 1} | over
        )
        PayerShare.objects.create(split=split, account=account, numerator=split.denominator)
    return split


def make_payer_share(**over: Any) -> PayerShare:
    return PayerShare.objects.get(split=make_payer_split(**over))
