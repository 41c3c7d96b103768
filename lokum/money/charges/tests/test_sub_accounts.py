"""A notice with components of two sub-accounts: one entry for each, together the notice."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from lokum.core.base.errors import Refusal
from lokum.money.charges.models import ChargeLine, Component, CorrectionRun, Notice
from lokum.money.charges.services import undo_run
from lokum.money.charges.services.correcting import compare_months, post_correction, request_correction
from lokum.money.charges.tests.world import MONTH, make_charged_world, make_component, make_tariff, posted_run
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


def difference(world, actor) -> CorrectionRun:
    return compare_months(world.entity.pk, MONTH, MONTH, "new prices", actor=actor)


def corrected(world, actor) -> CorrectionRun:
    run = difference(world, actor)
    request_correction(run.pk, actor=actor)
    return post_correction(run.pk, actor=actor, issued_on=dt.date(2026, 4, 2))


@pytest.mark.req("LED-07", "CHG-08", "REG-05")
def test_posted_months_are_corrected_in_each_sub_account(world, as_system):
    posted_run(world, MONTH, actor=as_system)
    notice = Notice.objects.order_by("pk")[0]
    part = Entry.objects.get(source_kind=f"notice/{world.fund.pk}", source_id=notice.document_id)
    premises = notice.lines.first().agreement.premises_id
    late = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    main = Component.objects.get(entity=world.entity, code="INTERCOM")
    for component, price in ((world.component, "2.00"), (main, "1.50")):  # 3.00 and 1.00 were charged
        make_tariff(component, price, level="premises", premises_id=premises, approved_at=late)
    run = corrected(world, as_system)
    assert (run.line_count, run.document_count, run.total_amount) == (2, 1, Decimal("-0.50"))
    made = {one.corrects_id: one for one in Entry.objects.filter(batch_id=run.batch_id)}
    assert {key: (one.amount, one.sub_account_id) for key, one in made.items()} == {
        notice.pk: (Decimal("0.50"), None),
        part.pk: (Decimal("-1.00"), world.fund.pk),
    }
    document = Notice.objects.get(corrects=notice)
    assert document.pk == made[notice.pk].pk and document.total_amount == Decimal("-0.50")
    assert made[part.pk].source_id == document.pk and document.lines.count() == 2
    balances = sub_balances([notice.account_id], dt.date(2030, 1, 1))[notice.account_id]
    assert balances[world.fund.pk].total == Decimal("2.00")
    assert difference(world, as_system).line_count == 0
    clean()
    # Taken back, the correction falls whole, and the comparison finds it again.
    reverse_entry(document.pk, "a mistake", actor=as_system)
    balances = sub_balances([notice.account_id], dt.date(2030, 1, 1))[notice.account_id]
    assert balances[world.fund.pk].total == Decimal("3.00")
    assert difference(world, as_system).total_amount == Decimal("-0.50")
    clean()


@pytest.mark.req("LED-07", "CHG-08", "LED-05")
def test_only_the_other_sub_account_is_corrected_and_never_beyond_what_is_left(world, as_system):
    posted_run(world, MONTH, actor=as_system)
    notice = Notice.objects.order_by("pk")[0]
    part = Entry.objects.get(source_kind=f"notice/{world.fund.pk}", source_id=notice.document_id)
    premises = notice.lines.first().agreement.premises_id
    world.component.assignments.filter(premises_id=premises).delete()
    run = corrected(world, as_system)
    entry = Entry.objects.get(batch_id=run.batch_id)
    assert (entry.corrects_id, entry.sub_account_id, entry.amount) == (part.pk, world.fund.pk, Decimal("-3.00"))
    assert Notice.objects.get(corrects=notice).total_amount == Decimal("-3.00")
    clean()
    # The books took one zloty of another part away by hand: only two are left, and three are not taken.
    other = Notice.objects.filter(corrects=None).order_by("pk")[1]
    rows = [CorrectionRow(other.pk, world.component.income_account_id, Decimal("-1.00"), world.component.pk)]
    post_corrections(world.entity.pk, rows, "by hand", actor=as_system)
    world.component.assignments.filter(premises_id=other.lines.first().agreement.premises_id).delete()
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "ledger.more_than_left"), transaction.atomic():
        corrected(world, as_system)
    assert not Notice.objects.filter(corrects=other).exists()


@pytest.mark.req("LED-07", "CHG-08")
def test_a_sub_account_that_the_notice_does_not_touch_is_charged_by_the_month_run(world, as_system):
    posted_run(world, MONTH, actor=as_system)
    notice = Notice.objects.order_by("pk")[0]
    heat = SubAccount.objects.create(entity=world.entity, code="H", name="Heating", kind="other", due_day=20)
    extra = make_component(world, "HEAT", sub_account=heat)
    make_tariff(extra, "4.00")
    premises = notice.lines.first().agreement.premises_id
    extra.assignments.create(premises_id=premises, valid=(MONTH, None))
    run = difference(world, as_system)
    assert [one.problem for one in run.lines.all()] == ["not_charged"]
    posted_run(world, MONTH, actor=as_system)
    assert Entry.objects.get(sub_account=heat).amount == Decimal("4.00")
    assert difference(world, as_system).problem_count == 0
    clean()
