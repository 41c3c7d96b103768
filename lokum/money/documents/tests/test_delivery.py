"""Batches of documents on their way: a payer with several papers of one run gets all of them in one envelope."""

import csv
import io
from typing import Any

import pytest

from lokum.core.annex.models import Attachment
from lokum.core.annex.services import read_file
from lokum.money.charges.tests.test_reductions import APRIL, approved
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.documents.services import deliver_run, produce_batch


@pytest.mark.req("DOC-07")
def test_charges_and_credits_of_one_run_both_go_out_in_one_envelope(as_system: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": APRIL.replace(day=5))
    world = make_charged_world(2, actor=as_system)
    approved(world, percent="100", first=APRIL)
    run = posted_run(world, APRIL, actor=as_system)
    notices = list(run.notices.order_by("number").values_list("account_id", "number"))
    assert [account for account, _number in notices].count(world.accounts[0]) == 2 and len(notices) == 3
    batch = deliver_run(run.pk, actor=as_system)
    produce_batch(batch.pk, actor=as_system)
    items = batch.items.order_by("place").values_list("account_id", "document__number")
    assert list(items) == notices and not batch.items.filter(volume=None).exists()
    post = Attachment.objects.get(object_label="documents.deliverybatch", object_id=batch.pk, kind="post")
    lines = list(csv.reader(io.StringIO(read_file(post.file).decode("utf-8-sig"))))[1:]
    assert [line[:3] for line in lines] == [
        ["1", "1", f"{notices[0][1]}, {notices[1][1]}"],
        ["3", "1", notices[2][1]],
    ]
