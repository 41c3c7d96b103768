"""Back-dated truth: what was posted, what would be posted now, and the corrections between (china.md 7.2)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, acting, system_actor
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.core.jobs.testing import run_jobs
from lokum.money.charges.explanation import explain
from lokum.money.charges.models import ChargeLine, CorrectionRun, Notice
from lokum.money.charges.services import compute_run
from lokum.money.charges.services.correcting import (
    compare_months,
    drop_correction,
    post_correction,
    request_correction,
)
from lokum.money.charges.tests.world import attach_everywhere, make_component, make_tariff, posted_run
from lokum.money.ledger.models import AccountBalance, Entry, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_oldest_first, post_batch
from lokum.money.ledger.tests.test_posting import payment
from lokum.money.ledger.tests.world import World, make_world
from lokum.property.estates.models import PremisesFact
from lokum.property.estates.services.facts import record_fact
from lokum.property.occupancy.models import Agreement

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (dt.date(2025, month, 1) for month in (8, 9, 10, 11))


def area(world: World, value: str, since: dt.date, actor: Actor, place: int = 0) -> None:
    premises = Agreement.objects.get(pk=world.agreements[place]).premises_id
    record_fact(premises, "usable_area", Decimal(value), since, actor=actor, source="survey 7/2025")


def make_posted_world(actor: Actor, tag: str = "K1", proration: str = "days") -> World:
    """64.50 m2 at 2.30, charged from August to November 2025."""
    world = make_world(2, actor=actor, tag=tag)
    PremisesFact.objects.filter(kind="usable_area").update(value=Decimal("64.50"))
    component = make_component(world, "EXPL", "usable_area", proration=proration)
    make_tariff(component, "2.30")
    attach_everywhere(world, component)
    for month in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER):
        posted_run(world, month, actor=actor)
    return world


def compared(world: World, actor: Actor, **over) -> CorrectionRun:
    values = {"since": AUGUST, "until": NOVEMBER, "reason": "new survey", "actor": actor} | over
    return compare_months(world.entity.pk, values.pop("since"), values.pop("until"), values.pop("reason"), **values)


@pytest.mark.req("CHG-08", "REG-05", "CHG-09")
def test_a_change_of_area_is_corrected_bill_by_bill(as_system):
    """china.md 7.2: 64.50 -> 65.85 m2 at 2.30 from 11 September: 2.07, 3.11 and 3.11, together 8.29."""
    world = make_posted_world(as_system)
    assert compared(world, as_system).line_count == 0
    paid = Notice.objects.get(account=world.accounts[0], period=OCTOBER)
    post_batch(world.entity.pk, "t", "p", OCTOBER, [payment(world, world.accounts[0], "445.05", 1)], actor=as_system)
    allocate_oldest_first(world.entity.pk, actor=as_system)  # August to October are paid
    assert OpenItem.objects.get(pk=paid.pk).open_amount == 0
    entries, balance = Entry.objects.count(), AccountBalance.objects.get(pk=world.accounts[0]).amount
    area(world, "65.85", dt.date(2025, 9, 11), as_system)
    run = compared(world, as_system)
    assert (run.line_count, run.document_count, run.problem_count, run.total_amount) == (3, 3, 0, Decimal("8.29"))
    differences = list(run.lines.order_by("period").values_list("period", "amount", "notice__number"))
    assert [(month, amount) for month, amount, _number in differences] == [
        (SEPTEMBER, Decimal("2.07")), (OCTOBER, Decimal("3.11")), (NOVEMBER, Decimal("3.11")),
    ]  # fmt: skip
    cause = run.lines.order_by("period").first().causes[0]
    assert (cause["kind"], Decimal(cause["old"]), Decimal(cause["new"])) == (
        "usable_area",
        Decimal("64.5"),
        Decimal("65.85"),
    )
    assert (cause["from"], cause["source"]) == ("2025-09-11", "survey 7/2025")
    assert Entry.objects.count() == entries and AccountBalance.objects.get(pk=world.accounts[0]).amount == balance

    request_correction(run.pk, actor=as_system)
    post_correction(run.pk, actor=as_system, issued_on=dt.date(2025, 12, 3))
    made = list(Notice.objects.filter(corrects__isnull=False).order_by("period").select_related("entry", "document"))
    assert [one.number for one in made] == ["K/2025/12/00001", "K/2025/12/00002", "K/2025/12/00003"]
    for one, (_month, amount, number) in zip(made, differences, strict=True):
        assert one.total_amount == one.entry.amount == amount and one.entry.kind == "correction"
        assert one.entry.corrects_id == one.corrects_id and one.document.data["corrects"] == number
        assert Decimal(one.document.data["lines"][0]["amount"]) == Decimal("-148.35")
        line = one.lines.get()
        explained = explain(line.snapshot)
        assert line.reason == "correction/1" and explained.amount == line.amount == amount
        assert explained.causes[0]["kind"] == "usable_area"
    september = explain(made[0].lines.get().snapshot)
    assert [(part.days, part.inputs[0].value) for part in september.after.segments] == [
        (10, Decimal("64.5")), (20, Decimal("65.85")),
    ]  # fmt: skip
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == balance + Decimal("8.29")
    assert OpenItem.objects.get(pk=made[0].pk).side == "debit"  # paid bills: a supplement
    assert not any(outcome.count for outcome in prove())

    # A second comparison finds nothing, and the month run adds nothing.
    _nothing_is_added(world, run, as_system)
    _a_further_change_corrects_what_stands_now(world, as_system)


def _nothing_is_added(world: World, run: CorrectionRun, as_system: Actor) -> None:
    assert compared(world, as_system).line_count == 0
    assert compute_run(world.entity.pk, OCTOBER, actor=as_system).line_count == 0
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "correction.state"):
        post_correction(run.pk, actor=as_system)


def _a_further_change_corrects_what_stands_now(world: World, as_system: Actor) -> None:
    area(world, "60.00", dt.date(2025, 10, 1), as_system)
    again = compared(world, as_system)
    assert list(again.lines.order_by("period").values_list("amount", flat=True)) == [Decimal("-13.46")] * 2
    request_correction(again.pk, actor=as_system)
    post_correction(again.pk, actor=as_system, issued_on=dt.date(2025, 12, 4))
    assert set(ChargeLine.objects.filter(period=OCTOBER).values_list("reason", flat=True)) == {
        "run", "correction/1", "correction/2",
    }  # fmt: skip
    unpaid = Notice.objects.get(corrects__account=world.accounts[0], period=NOVEMBER, correction_number=2)
    assert OpenItem.objects.get(pk=unpaid.pk).open_amount == 0  # covers its own unpaid notice
    assert OpenItem.objects.get(pk=unpaid.corrects_id).open_amount == Decimal("148.35") - Decimal("13.46")
    assert not any(outcome.count for outcome in prove())


@pytest.mark.req("REG-05")
def test_from_the_next_month_leaves_the_month_of_the_change_alone(as_system):
    world = make_posted_world(as_system, proration="next_month")
    area(world, "65.85", dt.date(2025, 9, 11), as_system)
    run = compared(world, as_system)
    assert list(run.lines.order_by("period").values_list("period", "amount")) == [
        (OCTOBER, Decimal("3.11")), (NOVEMBER, Decimal("3.11")),
    ]  # fmt: skip


@pytest.mark.req("REG-05")
def test_a_price_and_a_detached_component_are_causes_too(as_system):
    world = make_posted_world(as_system)
    component = ChargeLine.objects.first().component
    make_tariff(
        component, "2.00", OCTOBER, level="premises",
        premises_id=Agreement.objects.get(pk=world.agreements[1]).premises_id,
        approved_at=dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    component.assignments.filter(premises__agreements=world.agreements[0]).update(valid=(dt.date(2020, 1, 1), NOVEMBER))
    run = compared(world, as_system)
    found = list(run.lines.order_by("agreement_id", "period").values_list("agreement_id", "period", "amount"))
    assert found == [
        (world.agreements[0], NOVEMBER, Decimal("-148.35")),
        (world.agreements[1], OCTOBER, Decimal("-19.35")),
        (world.agreements[1], NOVEMBER, Decimal("-19.35")),
    ]
    assert run.lines.filter(agreement_id=world.agreements[1]).first().causes[0]["kind"] == "tariff"
    request_correction(run.pk, actor=as_system)
    post_correction(run.pk, actor=as_system, issued_on=dt.date(2025, 12, 3))
    assert not any(outcome.count for outcome in prove())
    assert compute_run(world.entity.pk, NOVEMBER, actor=as_system).line_count == 0


@pytest.mark.req("REG-05")
def test_what_changed_since_the_comparison_is_refused(as_system):
    world = make_posted_world(as_system)
    area(world, "65.85", dt.date(2025, 9, 11), as_system)
    run = compared(world, as_system)
    request_correction(run.pk, actor=as_system)
    area(world, "66.00", dt.date(2025, 10, 1), as_system)
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "correction.stale"):
        post_correction(run.pk, actor=as_system)
    assert not Notice.objects.filter(corrects__isnull=False).exists()
    drop_correction(run.pk, actor=as_system)
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "correction.state"):
        post_correction(run.pk, actor=as_system)
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "correction.months"):
        compare_months(world.entity.pk, NOVEMBER, AUGUST, "no", actor=as_system)


@pytest.mark.req("REG-05")
def test_the_database_refuses_two_corrections_at_once(as_system):
    world = make_posted_world(as_system)
    area(world, "65.85", dt.date(2025, 9, 11), as_system)
    runs = [compared(world, as_system, premises_id=None), compared(world, as_system)]
    for run in runs:
        request_correction(run.pk, actor=as_system)
    post_correction(runs[0].pk, actor=as_system)
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "correction.stale"):
        post_correction(runs[1].pk, actor=as_system)
    made = Notice.objects.filter(corrects__isnull=False).first()
    once_more = (
        "INSERT INTO charges_notice (entry_id, account_id, document_id, period, number, due_on, total_amount, "
        "corrects_id, correction_number) SELECT entry_id + 1000000, account_id, document_id + 1000000, period, "
        "number, due_on, total_amount, corrects_id, correction_number FROM charges_notice WHERE entry_id = %s"
    )
    with (
        pytest.raises(IntegrityError, match="notice_corrected_one_by_one"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(once_more, [made.pk])


@pytest.mark.req("REG-05", "CHG-08", "PLT-13")
def test_through_the_pages_with_a_second_person(fresh_database):
    with acting(system_actor("test")) as actor:
        world = make_posted_world(actor, tag="K2")
        area(world, "65.85", dt.date(2025, 9, 11), actor)
        users = [make_user(username=name) for name in ("proposer", "decider")]
        for user in users:
            make_grant(user, ("*",))
    clients = []
    for user in users:
        client = Client()
        client.force_login(user)
        clients.append(client)
    asked = {"entity": world.entity.pk, "since": "2025-08-01", "until": "2025-11-30", "reason": "new survey"}
    answer = clients[0].post(reverse("desk:collection", args=["charges", "correctionrun", "compare"]), asked)
    assert answer.status_code == 302 and run_jobs() == 1
    with acting(system_actor("test")):
        run = CorrectionRun.objects.get()
    page = reverse("desk:detail", args=["charges", "correctionrun", run.pk]) + "?tab=differences"
    text = clients[0].get(page).content.decode()
    assert "8.29" in text and "survey 7/2025" in text and "64.5" in text
    answer = clients[0].post(reverse("desk:action", args=["charges", "correctionrun", run.pk, "request"]), {})
    assert answer.status_code == 302
    with acting(system_actor("test")):
        request = ApprovalRequest.objects.get()
        assert not Notice.objects.filter(corrects__isnull=False).exists()
    with pytest.raises(NotAllowed), acting(Actor(user_id=users[0].pk, label="proposer")) as own:
        approve(request.pk, actor=own)
    answer = clients[1].post(f"/office/flow/approvalrequest/{request.pk}/do/approve/")
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    with acting(system_actor("test")):
        made = Notice.objects.filter(corrects__isnull=False).order_by("period").first()
        run.refresh_from_db()
        assert run.state == "posted"
    assert made.number in clients[0].get(page).content.decode()
    lines = clients[0].get(reverse("desk:detail", args=["charges", "notice", made.pk]) + "?tab=lines").content.decode()
    assert "Charged before" in lines and "survey 7/2025" in lines and "Corrected notice" in lines
    assert clients[0].get(reverse("papers:pdf", args=[made.document_id])).content[:4] == b"%PDF"
    trail = clients[0].get(reverse("desk:detail", args=["ledger", "entry", made.pk])).content.decode()
    assert made.number in trail or "Correction" in trail
