"""Rows of reports stand beside the ledger: sound books give no finding, a breach is named by its row (RPT-07)."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach, acting, system_actor
from lokum.core.flow.services import approve
from lokum.money.arrears.models import Relief
from lokum.money.arrears.proof_rows import narrowed
from lokum.money.arrears.services import request_relief
from lokum.money.charges.models import ChargeLine, Notice
from lokum.money.charges.tests.test_proof import as_owner
from lokum.money.charges.tests.world import (
    MONTH,
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Account, SubAccount
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_oldest_first, reverse_entry

RULES = ("R5", "R6", "R7")
FEBRUARY = dt.date(2026, 2, 1)


def person(name: str) -> Actor:
    user = make_user(display_name=name)
    make_grant(user, ["*:*"])
    return Actor(user_id=user.pk, label=name, reach=Reach(everything=True))


@pytest.fixture
def books(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two months of three payers, one component taxed, one in a sub-account; paid in part, one notice taken back, 20.00
    of another written off."""
    monkeypatch.setattr("lokum.core.base.clock.today", lambda time_zone="": dt.date(2026, 3, 31))
    actor = system_actor("test")
    with acting(actor):
        world = make_charged_world(3, actor=actor)
        part = SubAccount.objects.create(entity=world.entity, code="R", name="Repairs", kind="repair_fund", position=2)
        for code, over in (("GARAGE", {"vat_kind": "standard"}), ("FUND", {"sub_account": part})):
            component = make_component(world, code, **over)
            make_tariff(component, "10.00")
            attach_everywhere(world, component)
        for month in (FEBRUARY, MONTH):
            posted_run(world, month, actor=actor)
        first, second, third = Account.objects.filter(pk__in=world.accounts).order_by("pk")
        make_entry(account=first, amount=D("-100.00"), booked_on=dt.date(2026, 3, 12))
        allocate_oldest_first(world.entity.pk, actor=actor)
        reverse_entry(Notice.objects.filter(account=second).latest("period").pk, "mistake", actor=actor)
        clerk, head = person("Clerk"), person("Head")
        make_entry(account=third, amount=D("30.00"), booked_on=dt.date(2026, 3, 2), document_number="X/1")
        asked = request_relief(
            account=third, document="X/1", kind="write_off", amount=D("20.00"), reason="Estate without heirs",
            actor=clerk,
        )  # fmt: skip
        approve(asked.pk, actor=head)
    return world


def findings() -> dict[str, list[str]]:
    with acting(system_actor("test")):
        return {one.code: [str(each) for each in one.findings] for one in prove(RULES) if one.count}


def spoil(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("charges_chargeline", "arrears_relief", "ledger_openitem", "ledger_line"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        assert cursor.rowcount == 1


@pytest.mark.req("RPT-07", "RPT-06", "RPT-11", "LED-18", "CHG-12", "CHG-16")
def test_sound_books_give_none_and_each_breach_is_named_by_its_row(books: Any) -> None:
    assert findings() == {}
    with acting(system_actor("test")):
        line = ChargeLine.objects.filter(component__code="GARAGE", period=MONTH).earliest("pk")
        relief, told = Relief.objects.get(), [told for told, _values in narrowed()]
        flat = Account.objects.get(pk=books.accounts[0]).agreement.premises_id
    assert {text.split()[1] for text in told if text} == {"residential", "commercial", "dwelling", "building", "estate",
                                                          "entity"}  # fmt: skip

    with as_owner(), acting(system_actor("test")):
        spoil("UPDATE charges_chargeline SET net_amount = net_amount + 1, tax_amount = tax_amount - 1 WHERE id = %s",
              line.pk)  # fmt: skip
        found = findings()
    # The total of the notice still fits, net and tax do not: unfiltered, and under each filter that keeps the notice.
    assert set(found) == {"R5"} and all(one.startswith(f"charges.notice {line.notice_id}: ") for one in found["R5"])
    assert any("report fees 2026-03 of building" in one for one in found["R5"])

    with as_owner(), acting(system_actor("test")):
        spoil("UPDATE arrears_relief SET amount = amount + 1 WHERE id = %s", relief.pk)
        found = findings()
    assert set(found) == {"R6"}
    assert (
        f"ledger.entry {relief.entry_id}: report waivers 2026-03: [20.00, 20.00], ledger [21.00, 20.00]" in found["R6"]
    )

    with as_owner(), acting(system_actor("test")):
        spoil("UPDATE ledger_openitem SET open_amount = open_amount - 1 WHERE entry_id = "
              "(SELECT max(n.entry_id) FROM charges_notice n WHERE n.account_id = %s)", books.accounts[0])  # fmt: skip
        found = findings()
    assert set(found) == {"R7"}
    assert all(one.startswith(f"estates.premises {flat}: report progress") for one in found["R7"])
    assert any("of residential stock" in one for one in found["R7"])
    assert not any("of commercial stock" in one for one in found["R7"])
    assert findings() == {}
