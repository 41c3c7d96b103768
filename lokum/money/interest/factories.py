"""Valid defaults for regimes, rates and policies. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.interest.models import (
    InterestNote,
    InterestPolicy,
    InterestRate,
    InterestRegime,
    InterestRun,
    InterestWaiver,
)
from lokum.money.interest.services import compute_run, post_run, start_run
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Period
from lokum.money.ledger.services import close_period

_count = itertools.count(1)
_ACTOR = system_actor("factory")


def make_interest_regime(**over: Any) -> InterestRegime:
    number = next(_count)
    values = {"code": f"regime-{number}", "name": f"Regime {number}", "kind": "contractual"} | over
    return InterestRegime.objects.create(**values)


def make_interest_rate(**over: Any) -> InterestRate:
    values = {"valid_from": dt.date(2020, 1, 1), "rate": Decimal("10")} | over
    if "regime" not in values:
        values["regime"] = make_interest_regime()
    return InterestRate.objects.create(**values)


def make_interest_policy(**over: Any) -> InterestPolicy:
    """Statutory interest of Poland for all debts of an entity."""
    values = {"valid": DateRange(dt.date(2000, 1, 1), None)} | over
    if "regime" not in values:
        values["regime"] = InterestRegime.objects.get(code="pl-statutory")
    if "entity" not in values:
        values["entity"] = make_entity()
    return InterestPolicy.objects.create(**values)


def make_interest_run(**over: Any) -> InterestRun:
    """An empty preview."""
    values = {"through_on": dt.date(2026, 6, 30), "created_at": clock.now()} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return InterestRun.objects.create(**values)


def make_interest_note(**over: Any) -> InterestNote:
    """The posted note of one payer who owes 300.00 since 10 April 2024, to the end of June: 7.49."""
    account = over.pop("account", None) or make_account(**over)
    if not InterestPolicy.objects.filter(entity=account.entity).exists():
        make_interest_policy(entity=account.entity)
    make_entry(account=account, amount=Decimal(300), booked_on=dt.date(2024, 4, 1), due_on=dt.date(2024, 4, 10))
    month = dt.date(2024, 6, 1)
    if not Period.objects.filter(entity=account.entity, starts_on=month, closed_at__isnull=False).exists():
        close_period(account.entity_id, month, actor=_ACTOR)
    run = start_run(account.entity_id, month, actor=_ACTOR)
    compute_run(run.pk, actor=_ACTOR)
    return post_run(run.pk, actor=_ACTOR).notes.filter(account=account).latest("pk")


def make_interest_waiver(**over: Any) -> InterestWaiver:
    values = {
        "through_on": dt.date(2026, 6, 30),
        "amount": Decimal("5.00"),
        "reason": "goodwill",
        "waived_at": clock.now(),
    } | over
    if "account" not in values:
        values["account"] = make_account()
    return InterestWaiver.objects.create(**values)
