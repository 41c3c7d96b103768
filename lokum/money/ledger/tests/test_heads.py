"""The heads of history and books leave the house once a day, and a rewritten chain does not match them."""

from typing import Any

import pytest

from lokum.core.audit.chain import seal, verify
from lokum.core.base.errors import Refusal
from lokum.core.jobs.anchor import RECIPIENTS, present_heads, send_heads
from lokum.core.organisation.deciding import set_setting
from lokum.core.organisation.factories import make_node
from lokum.core.outbox.models import Event, Message
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import Batch

pytestmark = pytest.mark.req("PLT-15")


def test_heads_are_mailed_and_published_once_a_day(as_system: Any) -> None:
    world = make_charged_world(2, actor=as_system)
    posted_run(world, actor=as_system)
    seal()
    set_setting(world.entity.node_id, RECIPIENTS, "auditor@example.org, notary@example.org", actor=as_system)
    heads = present_heads()
    newest = Batch.objects.filter(entity=world.entity).order_by("-chain_number").first()
    assert newest is not None and heads[f"ledger/{world.entity.code}/{newest.chain_number}"] == newest.hash
    for _again in range(2):
        send_heads(None)  # type: ignore[arg-type]
    messages = Message.objects.filter(dedupe_key__startswith="chain.heads")
    assert {one.recipient for one in messages} == {"auditor@example.org", "notary@example.org"}
    assert messages.count() == 2 and newest.hash in messages[0].body
    event = Event.objects.get(name="chain.heads")
    sent = next((value for name, value in event.payload["heads"].items() if name.startswith("history/")), "")
    assert not sent or verify(sent).holds
    assert not verify("f" * 64).holds, "a head that is no part of the chain shows"


def test_only_addresses_are_taken(as_system: Any) -> None:
    with pytest.raises(Refusal) as caught:
        set_setting(make_node().pk, RECIPIENTS, "auditor@example.org, nobody", actor=as_system)
    assert caught.value.code == "setting.value"
