"""Reductions: application, check, approval by others; a visible credit, also for paid months; never above the limit."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.context import Actor, Reach, acting, system_actor
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.money.charges.factories import make_reduction_type
from lokum.money.charges.models import ChargeBatch, ChargeLine, ChargeRun, Component, Notice, Reduction
from lokum.money.charges.queries.reductions import credited
from lokum.money.charges.services import (
    apply_for_reduction,
    check_reduction,
    refuse_reduction,
    shorten_reduction,
    undo_run,
)
from lokum.money.charges.tests.test_month import refused
from lokum.money.charges.tests.test_one_offs import proven
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import AccountBalance, OpenItem
from lokum.money.ledger.services import allocate_oldest_first, post_batch
from lokum.money.ledger.tests.test_posting import payment
from lokum.money.ledger.tests.world import World

JANUARY, FEBRUARY, MARCH, APRIL = (dt.date(2026, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture
def world(as_system, monkeypatch) -> World:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="Europe/Warsaw": dt.date(2026, 3, 5))
    return make_charged_world(2, actor=as_system)


def person() -> Actor:
    user = make_user()
    make_grant(user, ("*",))
    return Actor(user_id=user.pk, label=str(user), reach=Reach(everything=True))


def approved(world: World, *, percent: str | None = "50", first=JANUARY, last=APRIL, **over) -> Reduction:
    anna, beata, celina = person(), person(), person()
    kind = make_reduction_type()
    share = Decimal(percent) if percent else None
    made = apply_for_reduction(world.accounts[0], kind.pk, first, last, "hardship", actor=anna, percent=share, **over)
    check_reduction(made.pk, actor=beata)
    approve(ApprovalRequest.objects.get(target_id=made.pk, state="proposed").pk, actor=celina)
    made.refresh_from_db()
    return made


def credits() -> list[tuple[str, Decimal]]:
    rows = ChargeLine.objects.filter(reason__startswith="src:reduction:").order_by("period", "pk")
    return [(row.component.code, row.amount) for row in rows.select_related("component")]


@pytest.mark.req("CHG-12", "PLT-13")
def test_without_approval_nothing_posts_and_nobody_approves_an_own_step(world, as_system):
    anna, beata, celina = person(), person(), person()
    kind = make_reduction_type(max_percent=60, max_months=6)
    posted_run(world, MARCH, actor=as_system)
    values = (world.accounts[0], kind.pk, MARCH, MARCH, "hardship")
    with refused("reduction.percent"):
        apply_for_reduction(*values, actor=anna, percent=Decimal(61))
    with refused("reduction.months"):
        apply_for_reduction(
            world.accounts[0], kind.pk, JANUARY, dt.date(2026, 7, 1), "hardship", actor=anna, percent=Decimal(10)
        )
    with refused("reduction.share"):
        apply_for_reduction(*values, actor=anna, percent=Decimal(10), month_amount=Decimal(5))
    made = apply_for_reduction(*values, actor=anna, percent=Decimal(50))
    with refused("reduction.twice"):
        apply_for_reduction(*values, actor=anna, percent=Decimal(20))
    with refused("reduction.own"):
        check_reduction(made.pk, actor=anna)
    check_reduction(made.pk, actor=beata)
    request = ApprovalRequest.objects.get(target_id=made.pk)
    for somebody in (anna, beata):
        with pytest.raises(Exception, match="Somebody else"):
            approve(request.pk, actor=somebody)
    assert credits() == [] and not ChargeRun.objects.filter(kind="credit").exists()
    approve(request.pk, actor=celina)
    made.refresh_from_db()
    assert (made.state, made.decided_by_id) == ("approved", celina.user_id) and len(credits()) == 8
    proven()


@pytest.mark.req("CHG-12", "CHG-07", "CHG-16")
def test_posted_and_paid_months_are_credited_at_once_and_later_ones_with_their_notice(world, as_system):
    february = posted_run(world, FEBRUARY, actor=as_system)
    charged = Notice.objects.get(run=february, account=world.accounts[0]).total_amount
    post_batch(
        world.entity.pk, "t", "p", FEBRUARY, [payment(world, world.accounts[0], str(charged), 1)], actor=as_system
    )
    allocate_oldest_first(world.entity.pk, actor=as_system)
    made = approved(world)
    run = ChargeRun.objects.get(kind="credit")
    credit = Notice.objects.get(run=run)
    half = sum(
        line.net_amount / 2 for line in ChargeLine.objects.filter(notice__run=february, agreement=world.agreements[0])
    )
    assert run.state == "posted" and abs(-credit.total_amount - half) <= Decimal("0.04")
    item = OpenItem.objects.get(pk=credit.pk)
    assert (item.side, item.open_amount) == ("credit", -credit.total_amount)
    # The month has one notice with charges and credits; a free month has a document of each kind.
    march = posted_run(world, MARCH, actor=as_system)
    notice = Notice.objects.get(run=march, account=world.accounts[0])
    assert (
        notice.lines.count() == 16
        and notice.total_amount
        == march.total_amount - Notice.objects.get(run=march, account=world.accounts[1]).total_amount
    )
    assert made.pk and len(credits()) == 16
    report = credited(world.entity.pk, JANUARY, APRIL)
    assert len(report) == 1 and report[0].approver == made.decided_by_label and report[0].line_count == 16
    assert report[0].amount == sum(amount for _code, amount in credits())
    assert credited(world.entity.pk, APRIL, APRIL) == []
    shorten_reduction(made.pk, MARCH, actor=as_system)
    april = posted_run(world, APRIL, actor=as_system)
    assert Notice.objects.get(run=april, account=world.accounts[0]).lines.count() == 8
    proven()


@pytest.mark.req("CHG-12")
def test_a_gifted_month_costs_nothing_and_shows_both_documents(world, as_system):
    approved(world, percent="100", first=MARCH, last=MARCH)
    march = posted_run(world, MARCH, actor=as_system)
    charge, credit = Notice.objects.filter(run=march, account=world.accounts[0]).order_by("-total_amount")
    assert charge.total_amount == -credit.total_amount > 0
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == 0
    assert not OpenItem.objects.filter(account=world.accounts[0], open_amount__gt=0).exists()
    assert credit.entry.kind == "correction" and charge.document.data["to_pay"]
    proven()
    undo_run(march.pk, "wrong", actor=as_system)
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == 0
    again = posted_run(world, MARCH, actor=as_system)
    assert again.notices.count() == 3
    proven()


@pytest.mark.req("CHG-12")
def test_an_amount_and_a_limit(world, as_system):
    """10.00 a month of a component of 3.00 gives 3.00 a month; the limit of 7.00 leaves 1.00 for the third."""
    aerial = Component.objects.get(code="AERIAL")
    for month in (JANUARY, FEBRUARY):
        posted_run(world, month, actor=as_system)
    approved(world, percent=None, month_amount=Decimal(10), component_id=aerial.pk, limit_amount=Decimal(7))
    posted_run(world, MARCH, actor=as_system)
    posted_run(world, APRIL, actor=as_system)
    assert [amount for _code, amount in credits()] == [Decimal("-3.00"), Decimal("-3.00"), Decimal("-1.00")]
    proven()


def test_a_refused_application_credits_nothing(world, as_system):
    kind = make_reduction_type(needs_check=False)
    made = apply_for_reduction(world.accounts[0], kind.pk, MARCH, MARCH, "gift", actor=person(), percent=Decimal(100))
    assert made.state == "checked"
    with refused("reduction.reason"):
        refuse_reduction(made.pk, " ", actor=as_system)
    refuse_reduction(made.pk, "no ground", actor=as_system)
    request = ApprovalRequest.objects.get(target_id=made.pk)
    with refused("reduction.state"):
        approve(request.pk, actor=person())
    run = posted_run(world, MARCH, actor=as_system)
    assert run.line_count == 16


def signed_in() -> Client:
    with acting(system_actor("test")):
        user = make_user()
        make_grant(user, ("*",))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("CHG-12", "CHG-18")
def test_reductions_and_cancelling_through_the_pages(fresh_database):
    with acting(system_actor("test")) as actor:
        world = make_charged_world(2, actor=actor)
        kind = make_reduction_type()
        posted_run(world, MARCH, actor=actor)
    anna, beata, celina = signed_in(), signed_in(), signed_in()
    data = {"account": world.accounts[0], "reduction_type": kind.pk, "percent": "25", "first_month": "2026-03-01",
            "last_month": "2026-03-01", "reason": "A lift out of order"}  # fmt: skip
    answer = anna.post(reverse("desk:collection", args=["charges", "reduction", "apply"]), data)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    with acting(system_actor("test")):
        made = Reduction.objects.get()
    check = reverse("desk:action", args=["charges", "reduction", made.pk, "check"])
    assert anna.post(check).status_code == 403 and beata.post(check).status_code == 302
    page = celina.get("/office/flow/approvals/").content.decode()
    assert "25.00 %" in page and "A lift out of order" in page
    with acting(system_actor("test")):
        request = ApprovalRequest.objects.get()
    decide = reverse("desk:action", args=["flow", "approvalrequest", request.pk, "approve"])
    assert beata.post(decide).status_code == 403 and celina.post(decide).status_code == 302
    with acting(system_actor("test")):
        assert ChargeLine.objects.filter(reason__startswith="src:reduction:").count() == 8
        today = clock.today()
    query = {"entity": world.entity.pk, "start": today.replace(day=1), "end": today}
    assert kind.name in celina.get(reverse("charges:reductions"), query).content.decode()
    assert celina.get(reverse("charges:reductions"), query | {"format": "xlsx"}).content[:2] == b"PK"
    raised = {"reason": "Key", "month": "2026-03-10", "delivery": "own_document", "account": world.accounts[1],
              "component": _component(), "quantity": "1", "price": "7.50"}  # fmt: skip
    assert (
        anna.post(reverse("desk:collection", args=["charges", "chargebatch", "raise_one"]), raised).status_code == 302
    )
    with acting(system_actor("test")):
        batch = ChargeBatch.objects.get()
    cancel = reverse("desk:action", args=["charges", "chargebatch", batch.pk, "cancel"])
    assert anna.post(cancel, {"reason": "raised twice"}).status_code == 302
    with acting(system_actor("test")):
        batch.refresh_from_db()
        assert batch.state == "active"
        request = ApprovalRequest.objects.get(kind="charges.cancel_batch")
    decide = reverse("desk:action", args=["flow", "approvalrequest", request.pk, "approve"])
    assert anna.post(decide).status_code in (403, 404) and beata.post(decide).status_code == 302
    with acting(system_actor("test")):
        batch.refresh_from_db()
        assert batch.state == "cancelled"


def _component() -> int:
    with acting(system_actor("test")):
        return Component.objects.get(code="AERIAL").pk
