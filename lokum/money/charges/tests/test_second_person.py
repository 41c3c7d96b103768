"""Approving and undoing a month: one person by default, two where the node is set so."""

import pytest

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.core.organisation.models import NodeSetting
from lokum.money.charges.approvals import RELEASE, UNDO, release_run, take_back_run
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services import check_run, compute_run, post_run
from lokum.money.charges.tests.test_month import refused
from lokum.money.charges.tests.world import MONTH, make_charged_world


def actor_of(name: str) -> Actor:
    user = make_user(username=name)
    make_grant(user, ["*:*"])
    return Actor(user_id=user.pk, label=name)


@pytest.mark.req("CHG-05", "PLT-13")
def test_a_second_person_approves_and_undoes_a_month(as_system):
    world = make_charged_world(2, actor=as_system)
    one, two = actor_of("one"), actor_of("two")
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    check_run(run.pk, actor=as_system)
    assert release_run(run.pk, actor=one).state == "approved" and not ApprovalRequest.objects.exists()

    for code in (RELEASE, UNDO):
        NodeSetting.objects.create(node=world.entity.node, code=f"approval.{code}", value="1")
    compute_run(world.entity.pk, MONTH, actor=as_system)
    with refused("charge_run.state"):
        release_run(run.pk, actor=one)
    check_run(run.pk, actor=as_system)
    asked = release_run(run.pk, actor=one)
    assert asked.kind == RELEASE and ChargeRun.objects.get().state == "checked"
    with refused("approval.own"):
        approve(asked.pk, actor=one)
    # What is approved is the draft that was looked at, no later one.
    ChargeRun.objects.update(fingerprint="0" * 64)
    with refused("charge_run.stale"):
        approve(asked.pk, actor=two)
    ChargeRun.objects.update(fingerprint=asked.payload["fingerprint"])
    approve(asked.pk, actor=two)
    assert ChargeRun.objects.get().approved_by_id == two.user_id
    post_run(run.pk, actor=one, issued_on=MONTH)
    asked = take_back_run(run.pk, reason="wrong price", actor=two)
    assert asked.kind == UNDO and ChargeRun.objects.get().state == "posted"
    approve(asked.pk, actor=one)
    undone = ChargeRun.objects.get()
    assert (undone.state, undone.undone_by_id, undone.undone_reason) == ("undone", one.user_id, "wrong price")
