"""Batches of documents on their way: a payer with several papers of one run gets all of them in one envelope."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from lokum.core.annex.models import Attachment
from lokum.core.annex.services import read_file
from lokum.money.charges.models import Tariff
from lokum.money.charges.tests.test_reductions import APRIL, approved
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.documents.models import DeliveryBatch
from lokum.money.documents.services import deliver_run, issue_fee_change, order_statements, produce_batch


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


@pytest.mark.req("CHG-17", "PLT-30")
def test_the_title_of_a_batch_is_read_in_the_language_of_the_reader(as_system: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 3, 20))
    world = make_charged_world(1, actor=as_system)
    tariff = Tariff.objects.get(component__code="GAS", component__entity=world.entity)
    Tariff.objects.filter(pk=tariff.pk).update(valid=(dt.date(2020, 1, 1), dt.date(2026, 7, 1)))
    Tariff.objects.create(
        component=tariff.component, price=Decimal("9.90"), valid=(dt.date(2026, 7, 1), None), state="approved"
    )
    with override("pl"):
        change = issue_fee_change(
            entity=world.entity, effective_on=dt.date(2026, 7, 1), costs="dependent", reason="r", actor=as_system
        )
        run = deliver_run(posted_run(world, APRIL, actor=as_system).pk, actor=as_system)
        told = order_statements(
            entity=world.entity, kind="statement", start=APRIL, end=dt.date(2026, 4, 30), actor=as_system
        )
    shown = {}
    for language in ("en", "pl", "zh-hant", "zh-hans"):
        with override(language):
            shown[language] = [str(change.batch), str(run), str(told)]
    assert shown["en"] == ["Change of fees from 1 Jul 2026", "Notices April 2026",
                           "Statements of account 1 Apr 2026 – 30 Apr 2026"]  # fmt: skip
    assert shown["pl"][0] == "Zmiana opłat od 01.07.2026" and shown["pl"][1].endswith("Kwiecień 2026")
    assert len({tuple(one) for one in shown.values()}) == 4
    DeliveryBatch.objects.filter(pk=run.pk).update(arguments={})
    run.refresh_from_db()
    assert str(run) == run.title, "an older batch reads as it was written"
