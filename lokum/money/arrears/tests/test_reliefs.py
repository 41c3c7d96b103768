"""Write-offs, reliefs and deferrals need a reason and a second person, and stay readable."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.services import approve
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import run_report
from lokum.money.arrears.jobs import look_for_limitation
from lokum.money.arrears.models import LimitationEvent, Relief
from lokum.money.arrears.services import request_relief
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balances

pytestmark = pytest.mark.usefixtures("as_system")


def person(name: str) -> tuple[Any, Actor]:
    user = make_user(display_name=name)
    make_grant(user, ["*:*"])
    return user, Actor(user_id=user.pk, label=name, reach=Reach(everything=True))


def run(code: str, user: Any, **asked: str) -> Any:
    report = report_named(code)
    assert report is not None
    return run_report(report, user, asked)


@pytest.mark.req("LED-16")
def test_a_write_off_needs_reason_and_second_person_and_stays_readable() -> None:
    clerk, one = person("Clerk")
    _head, two = person("Head")
    account = make_account()
    debt = make_entry(account=account, amount=D("300.00"), booked_on=dt.date(2022, 1, 5), document_number="N/1")
    values = {"account": account, "document": "N/1", "kind": "write_off", "actor": one}
    for wrong in ({"reason": " "}, {"reason": "x y z", "amount": D("300.01")}, {"reason": "x y z", "document": "N/2"}):
        with pytest.raises(Refusal):
            request_relief(**(values | wrong))
    asked = request_relief(**values, amount=D("200.00"), reason="Estate without heirs")
    assert balances([account.pk], dt.date(2030, 1, 1))[account.pk].total == 300
    with acting(one), pytest.raises(NotAllowed):
        approve(asked.pk, actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    relief = Relief.objects.get()
    assert (relief.proposed_by, relief.approved_by, relief.amount) == ("Clerk", "Head", D("200.00"))
    assert OpenItem.objects.get(entry=debt).open_amount == 100
    assert balances([account.pk], dt.date(2030, 1, 1))[account.pk].total == 100
    month = f"{relief.approved_at:%Y-%m}"
    row = run("waivers", clerk, start=month, end=month).rows[0]
    assert (row["amount"], row["proposed_by"], row["posted_by"]) == (200, "Clerk", "Head")
    assert [found.code for found in prove(["I1", "I2", "I4", "I5", "I13"]) if found.count] == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Relief.objects.filter(pk=relief.pk).update(approved_by="Somebody")


@pytest.mark.req("LED-16", "LED-10")
def test_a_deferral_marks_the_account_and_an_acknowledged_debt_starts_limitation_anew() -> None:
    clerk, one = person("Clerk")
    _head, two = person("Head")
    account = make_account()
    make_entry(account=account, amount=D("300.00"), booked_on=dt.date(2026, 1, 5), document_number="N/1")
    values = {"account": account, "document": "N/1", "kind": "deferral", "reason": "Illness", "actor": one}
    with pytest.raises(Refusal):
        request_relief(**values, until=dt.date(2020, 1, 1))
    asked = request_relief(**values, until=dt.date(2099, 1, 31), acknowledged=True)
    with acting(two):
        approve(asked.pk, actor=two)
    assert run("arrears", clerk, on="2026-12-31").rows[0]["stage"] == "deferred"
    event = LimitationEvent.objects.get()
    assert event.kind == "acknowledged" and event.entry_id == Relief.objects.get().debt_id
    later = run("open_items", clerk, on="2099-01-01").rows[0]
    assert later["limitation_on"] == dt.date(event.on.year + 3, 12, 31)


@pytest.mark.req("LED-16")
def test_the_alarm_list_stands_at_any_date_and_is_announced() -> None:
    clerk, _one = person("Clerk")
    account = make_account()
    make_entry(account=account, amount=D("80.00"), booked_on=dt.date(2021, 5, 5))
    make_entry(account=account, amount=D("90.00"), booked_on=dt.date(2023, 5, 5))
    for day, amount in (("2024-06-01", 0), ("2024-11-15", 80), ("2026-11-15", 170)):
        found = run("open_items", clerk, on=day, limited="1")
        assert sum(row["open_amount"] for row in found.rows) == amount
    assert look_for_limitation(None)["amounts"]["PLN"] in ("80.00", "170.00")  # type: ignore[arg-type]
