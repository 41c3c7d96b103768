"""A debt outlives year end, the end of title and agreement, the next holder and the end of access (LED-19)."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.money.arrears.tests.test_reports import run
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.queries import accrued_of
from lokum.money.interest.tests.world import owe, pay
from lokum.money.ledger.models import Account, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balances
from lokum.money.ledger.services import allocate_by_rule, close_period, close_year
from lokum.money.ledger.tests.world import make_world
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.services import end_title, open_title
from lokum.property.parties.factories import make_party

pytestmark = pytest.mark.database
ON = dt.date(2026, 6, 30)


@pytest.mark.req("LED-19")
def test_after_year_end_and_move_out_the_account_keeps_its_open_items_and_ageing(as_system: Any) -> None:
    """300.00 due on 10 April and on 10 May 2025; moved out on 30 November, the year closed, the next owner pays."""
    world = make_world(2, actor=as_system)
    make_interest_policy(entity=world.entity)
    account = Account.objects.select_related("agreement__title", "payer", "entity").get(pk=world.accounts[0])
    for day in (dt.date(2025, 4, 10), dt.date(2025, 5, 10)):
        owe(account, "300", day)
    resident, clerk = make_user(user_class="resident"), make_user()
    make_grant(clerk, ["*:*"])
    account.payer.user = resident
    account.payer.save(update_fields=["user"])

    def shown() -> tuple[Any, ...]:
        items = list(
            OpenItem.objects.filter(account=account).order_by("pk").values("entry_id", "due_on", "open_amount")
        )
        ageing = run("ageing", clerk, on=ON, group="contract").rows
        listed = [(row["entry_id"], row["open_amount"]) for row in run("open_items", clerk, on=ON).rows]
        arrears = [(row["account_id"], row["overdue"], row["months"]) for row in run("arrears", clerk, on=ON).rows]
        return items, ageing, listed, arrears, accrued_of([account], ON)[account.pk].amount, balances([account.pk], ON)

    before = shown()
    # 446 and 416 days late on 30 June 2026: the band from 366 to 730 days.
    assert [(row["band_5"], row["owed"]) for row in before[1]] == [(600, 600)] and before[4] > 0
    for number in range(12):
        close_period(world.entity.pk, clock.add_months(dt.date(2025, 1, 1), number), actor=as_system)
    agreement = account.agreement
    assert agreement is not None and agreement.title is not None
    end_title(agreement.title.pk, actor=as_system, last_on=dt.date(2025, 11, 30))
    open_title(
        account.agreement.premises_id, "ownership", [(make_party(), 1, 1)], dt.date(2025, 12, 1), actor=as_system
    )
    close_year(world.entity.pk, 2025, actor=as_system)
    resident.is_active = False
    resident.save(update_fields=["is_active"])
    assert Agreement.objects.get(pk=account.agreement_id).valid.upper == dt.date(2025, 12, 1)
    assert shown() == before

    office = Client()
    office.force_login(clerk)
    assert "600.00" in office.get(f"/office/ledger/account/{account.pk}/").content.decode()
    pay(account, "400", dt.date(2026, 1, 20))  # money that comes later still finds the oldest debt
    allocate_by_rule(world.entity.pk, actor=as_system)
    assert balances([account.pk], ON)[account.pk].total == 200
    assert [row["owed"] for row in run("ageing", clerk, on=ON, group="contract").rows] == [200]
    assert not {one.code: one.findings for one in prove(["I1", "I2", "I5", "I8", "I13", "D2", "R1"]) if one.count}
