"""A notice with components of two sub-accounts: one entry for each, together the notice."""

import datetime as dt
from decimal import Decimal

import pytest

from lokum.money.charges.models import ChargeLine, Component, Notice
from lokum.money.charges.services import undo_run
from lokum.money.charges.tests.world import MONTH, make_charged_world, posted_run
from lokum.money.ledger.models import Entry, SubAccount
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import sub_balances
from lokum.money.ledger.services import CorrectionRow, post_corrections, reverse_entry


@pytest.fixture
def world(as_system):
    world = make_charged_world(3, actor=as_system)
    world.fund = SubAccount.objects.create(
        entity=world.entity, code="R", name="Repair fund", kind="repair_fund", due_day=25
    )
    component = Component.objects.filter(entity=world.entity).order_by("pk").last()
    component.sub_account = world.fund
    component.save()
    world.component = component
    return world


def clean() -> None:
    found = {one.code: one.findings for one in prove() if one.count}
    assert not found, found


@pytest.mark.req("LED-07", "CHG-05")
def test_a_notice_is_posted_in_its_sub_accounts(world, as_system):
    run = posted_run(world, MONTH, actor=as_system)
    notice = Notice.objects.filter(run=run).order_by("pk")[0]
    line = ChargeLine.objects.get(notice=notice, component=world.component)
    main = Entry.objects.get(pk=notice.entry_id)
    part = Entry.objects.get(source_kind=f"notice/{world.fund.pk}", source_id=main.source_id)
    assert main.sub_account_id is None and part.sub_account_id == world.fund.pk
    assert main.amount + part.amount == notice.total_amount and part.amount == line.amount
    assert part.document_number == main.document_number and part.due_on.day >= 25 > main.due_on.day
    balances = sub_balances([notice.account_id], dt.date(2030, 1, 1))[notice.account_id]
    assert balances[world.fund.pk].total == line.amount
    clean()
    undo_run(run.pk, "wrong price", actor=as_system)
    assert not any(
        one.total for one in sub_balances([notice.account_id], dt.date(2030, 1, 1))[notice.account_id].values()
    )
    posted_run(world, MONTH, actor=as_system)
    clean()


@pytest.mark.req("LED-07", "LED-05")
def test_a_component_is_corrected_where_it_stands_and_a_notice_falls_whole(world, as_system):
    run = posted_run(world, MONTH, actor=as_system)
    notice = Notice.objects.filter(run=run).order_by("pk")[0]
    rows = [CorrectionRow(notice.entry_id, world.component.income_account_id, Decimal("-1.00"), world.component.pk)]
    made = post_corrections(world.entity.pk, rows, "less", actor=as_system).entries.get()
    assert made.sub_account_id == world.fund.pk
    reverse_entry(notice.entry_id, "wrong person", actor=as_system)
    assert not any(
        one.total for one in sub_balances([notice.account_id], dt.date(2030, 1, 1))[notice.account_id].values()
    )
    clean()
