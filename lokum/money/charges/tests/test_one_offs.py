"""One-off charges: singly, by filter, from a sheet; on the next notice or as own documents; cancelled as a whole."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.annex.models import Attachment
from lokum.core.base.context import Actor, Reach, acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.jobs.testing import run_jobs
from lokum.core.papers.models import VoidNumber
from lokum.money.charges.models import ChargeBatch, ChargeLine, ChargeRun, Component, Notice, OneOffCharge
from lokum.money.charges.one_off_actions import filter_words, read_charges
from lokum.money.charges.queries import explained_lines
from lokum.money.charges.services import (
    BatchOrder,
    OneOff,
    cancel_charges,
    charge_many,
    post_run,
    raise_charges,
    undo_run,
)
from lokum.money.charges.tests.test_month import refused
from lokum.money.charges.tests.world import MONTH, approved_run, make_charged_world, make_component, posted_run
from lokum.money.ledger.models import AccountBalance, Entry, Period
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_oldest_first, post_batch
from lokum.money.ledger.tests.test_posting import payment
from lokum.money.ledger.tests.world import World

APRIL = dt.date(2026, 4, 1)


@pytest.fixture
def world(as_system) -> World:
    world = make_charged_world(3, actor=as_system)
    make_component(world, "OTHER", "amount", component_class="other")
    make_component(world, "KEY", "amount", component_class="other", vat_kind="standard")
    return world


def ordered(world: World, delivery: str = "next_notice", **over) -> BatchOrder:
    values = {"origin": "single", "period": MONTH, "reason": "Repair of the door"} | over
    return BatchOrder(entity_id=world.entity.pk, delivery=delivery, **values)


def component(code: str) -> int:
    return Component.objects.get(code=code).pk


def proven() -> None:
    assert not {
        one.code: one.findings for one in prove(["I1", "I2", "I5", "I6", "I9", "I13", "C7", "D1", "D2"]) if one.count
    }


@pytest.mark.req("CHG-11", "CHG-16")
def test_a_charge_on_the_next_notice_comes_once(world, as_system):
    one = OneOff(world.accounts[0], component("KEY"), Decimal(2), Decimal("40.65"))
    batch = raise_charges(ordered(world), [one], actor=as_system)
    assert (batch.charge_count, batch.total_amount) == (1, Decimal("100.00"))  # 81.30 + 23 % = 18.70
    posted_run(world, actor=as_system)
    line = ChargeLine.objects.get(reason=f"src:one_off:{batch.charges.get().pk}")
    assert (line.net_amount, line.tax_amount, line.amount) == (Decimal("81.30"), Decimal("18.70"), Decimal("100.00"))
    notice = Notice.objects.get(account=world.accounts[0])
    assert notice.pk == line.notice_id and notice.lines.count() == 9
    paper = [one for one in notice.document.data["lines"] if one["name"] == "Repair of the door"]
    assert [one["amount"] for one in paper] == ["100.00"] and paper[0]["vat_percent"] == "23"
    explained = next(one for one in explained_lines(notice) if one.line.pk == line.pk)
    assert explained.explanation.amount == line.amount and explained.title == "Repair of the door"
    april = posted_run(world, APRIL, actor=as_system)
    assert not ChargeLine.objects.filter(notice__run=april, reason__startswith="src:").exists()
    proven()


@pytest.mark.req("CHG-11", "CHG-18")
def test_own_documents_total_the_ledger_and_are_cancelled_as_a_whole(world, as_system):
    order = ordered(world, "own_document", due_on=dt.date(2026, 3, 25))
    batch = charge_many(order, component("OTHER"), Decimal(1), Decimal("12.34"), world.accounts, actor=as_system)
    assert batch.total_amount == Decimal("37.02") == sum(one.amount for one in AccountBalance.objects.all())
    assert batch.total_amount == sum(Entry.objects.filter(batch=batch.run.batch).values_list("amount", flat=True))
    assert set(Notice.objects.values_list("due_on", flat=True)) == {dt.date(2026, 3, 25)}
    # The month itself neither knows them nor charges them again.
    run = posted_run(world, actor=as_system)
    assert run.line_count == 24 and ChargeLine.objects.filter(reason__startswith="src:").count() == 3
    with refused("one_off.reason"):
        cancel_charges(batch.pk, " ", actor=as_system)
    cancelled = cancel_charges(batch.pk, "door was not broken", actor=as_system)
    assert cancel_charges(batch.pk, "again", actor=as_system).cancel_reason == "door was not broken"
    assert cancelled.state == "cancelled" and cancelled.run.state == "undone"
    assert sum(one.amount for one in AccountBalance.objects.all()) == run.total_amount
    assert VoidNumber.objects.count() == 3
    proven()


@pytest.mark.req("CHG-18")
def test_what_was_paid_closed_or_shared_is_not_cancelled(world, as_system):
    order = ordered(world, "own_document")
    batch = charge_many(order, component("OTHER"), Decimal(1), Decimal("5"), world.accounts[:2], actor=as_system)
    post_batch(world.entity.pk, "t", "p", MONTH, [payment(world, world.accounts[1], "5", 1)], actor=as_system)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    number = Notice.objects.get(account=world.accounts[1]).number
    with pytest.raises(Refusal) as caught:
        cancel_charges(batch.pk, "wrong", actor=as_system)
    assert caught.value.code == "one_off.touched" and caught.value.details["documents"] == [number]
    other = charge_many(
        ordered(world, "own_document", reason="Key"), component("OTHER"), Decimal(1), Decimal("5"),
        world.accounts[2:], actor=as_system,
    )  # fmt: skip
    shared = raise_charges(
        ordered(world), [OneOff(world.accounts[0], component("OTHER"), Decimal(1), Decimal("5"))], actor=as_system
    )
    run = posted_run(world, actor=as_system)
    with pytest.raises(Refusal) as caught:
        cancel_charges(shared.pk, "wrong", actor=as_system)
    assert caught.value.details["documents"] == [run.notices.get(account=world.accounts[0]).number]
    Period.objects.filter(starts_on=MONTH).update(closed_at=dt.datetime(2026, 4, 2, tzinfo=dt.UTC))
    with pytest.raises(Refusal) as caught:
        cancel_charges(other.pk, "wrong", actor=as_system)
    assert caught.value.details["documents"] == [other.run.notices.get().number]
    with refused("charge_run.period_closed"):
        raise_charges(
            ordered(world, "own_document"), [OneOff(world.accounts[0], component("OTHER"), Decimal(1), Decimal(5))],
            actor=as_system,
        )  # fmt: skip


@pytest.mark.req("CHG-18", "CHG-19")
def test_raising_and_cancelling_void_a_draft(world, as_system):
    run = approved_run(world, actor=as_system)
    batch = raise_charges(
        ordered(world), [OneOff(world.accounts[0], component("OTHER"), Decimal(1), Decimal("5"))], actor=as_system
    )
    with refused("charge_run.stale"):
        post_run(run.pk, actor=as_system)
    run = approved_run(world, actor=as_system)
    assert run.line_count == 25
    cancel_charges(batch.pk, "mistake", actor=as_system)
    with refused("charge_run.stale"):
        post_run(run.pk, actor=as_system)
    run = posted_run(world, actor=as_system)
    assert run.line_count == 24
    assert ChargeBatch.objects.get().state == "cancelled"


@pytest.mark.req("CHG-11")
def test_an_undone_month_charges_it_again(world, as_system):
    raise_charges(
        ordered(world), [OneOff(world.accounts[0], component("OTHER"), Decimal(1), Decimal("5"))], actor=as_system
    )
    undo_run(posted_run(world, actor=as_system).pk, "wrong", actor=as_system)
    april = posted_run(world, APRIL, actor=as_system)
    stem = f"src:one_off:{OneOffCharge.objects.get().pk}"
    assert list(
        ChargeLine.objects.filter(notice__run=april, reason__startswith=stem).values_list("reason", flat=True)
    ) == [f"{stem}/2"]
    line = ChargeLine.objects.get(reason=f"{stem}/2")
    with pytest.raises(DatabaseError), transaction.atomic():
        line.pk, line.period, line.reason = None, dt.date(2026, 5, 1), f"{stem}/3"
        line.save(force_insert=True)
    proven()


def test_refused_orders(world, as_system):
    one = OneOff(world.accounts[0], component("OTHER"), Decimal(1), Decimal("5"))
    with refused("one_off.reason"):
        raise_charges(ordered(world, reason=" "), [one], actor=as_system)
    with refused("one_off.due"):
        raise_charges(ordered(world, due_on=APRIL), [one], actor=as_system)
    with refused("one_off.due_early"):
        raise_charges(ordered(world, "own_document", due_on=dt.date(2026, 2, 1)), [one], actor=as_system)
    with refused("one_off.nobody"):
        raise_charges(ordered(world), [], actor=as_system)
    with refused("one_off.amount"):
        raise_charges(
            ordered(world), [OneOff(world.accounts[0], component("OTHER"), Decimal(1), Decimal(0))], actor=as_system
        )
    ended = make_component(world, "OLD", "amount", valid=(dt.date(2020, 1, 1), MONTH))
    with refused("one_off.component_ended"):
        raise_charges(ordered(world), [OneOff(world.accounts[0], ended.pk, Decimal(1), Decimal(1))], actor=as_system)
    foreign = make_charged_world(1, actor=as_system, tag="W2")
    with refused("one_off.foreign"):
        raise_charges(
            ordered(world), [OneOff(foreign.accounts[0], one.component_id, Decimal(1), Decimal(1))], actor=as_system
        )
    anna = Actor(user_id=7, label="anna", reach=Reach(everything=True))
    raise_charges(ordered(world), [one], actor=anna)
    with refused("one_off.repeated"):
        raise_charges(ordered(world), [one], actor=anna)
    assert ChargeBatch.objects.count() == 1


@pytest.mark.req("CHG-11")
def test_a_sheet_names_its_faulty_rows(world, as_system):
    codes = list(world.entity.accounts.order_by("pk").values_list("code", flat=True))
    sheet = (
        "Numer rachunku;Składnik opłat;ilość;cena netto;powód\n"
        f"{codes[0]};OTHER;2;10,50;Klucz\nX-999;OTHER;1;5;\n{codes[1]};NONE;1;5;\n{codes[2]};OTHER;-1;5;\n"
    ).encode()
    with pytest.raises(Refusal) as caught:
        read_charges(world.entity, sheet, "charges.csv", as_system)
    assert caught.value.code == "one_off.rows"
    assert [one["row"] for one in caught.value.details["rows"]] == [3, 4, 5]
    assert "X-999" in str(caught.value) and "NONE" in str(caught.value)
    with refused("one_off.columns"):
        read_charges(world.entity, b"a;b\n1;2\n", "charges.csv", as_system)


def signed_in() -> Client:
    with acting(system_actor("test")):
        user = make_user()
        make_grant(user, ("*",))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("CHG-11", "CHG-18")
def test_the_three_ways_through_the_pages(fresh_database):
    with acting(system_actor("test")) as actor:
        world = make_charged_world(3, actor=actor)
        other = make_component(world, "OTHER", "amount")
        codes = list(world.entity.accounts.order_by("pk").values_list("code", flat=True))
    client = signed_in()
    way = lambda name: reverse("desk:collection", args=["charges", "chargebatch", name])  # noqa: E731
    common = {"reason": "Door", "month": "2026-03-10", "delivery": "own_document", "due_on": "2026-03-31"}
    single = {"account": world.accounts[0], "component": other.pk, "quantity": "1", "price": "7.50"}
    photo = SimpleUploadedFile("door.txt", b"the door is broken", "text/plain")
    answer = client.post(way("raise_one"), common | single | {"file": photo})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    many = {"component": other.pk, "quantity": "1", "price": "2", "premises_kind": "dwelling"}
    offer = SimpleUploadedFile("offer.txt", b"two a door", "text/plain")
    answer = client.post(way("raise_many"), common | many | {"file": offer})
    assert answer.status_code == 302 and run_jobs() == 1
    bad = SimpleUploadedFile(
        "c.csv", f"account number,component,net price\nnobody,OTHER,3\n{codes[0]},OTHER,3\n".encode()
    )
    answer = client.post(way("raise_sheet"), common | {"entity": world.entity.pk, "file": bad})
    assert answer.status_code == 422 and "Row 2" in answer.content.decode()
    good = SimpleUploadedFile(
        "c.csv", f"account number,component,net price\n{codes[0]},OTHER,3\n{codes[1]},OTHER,4\n".encode()
    )
    answer = client.post(way("raise_sheet"), common | {"entity": world.entity.pk, "file": good})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    with acting(system_actor("test")):
        rows = list(ChargeBatch.objects.order_by("pk").values_list("origin", "charge_count", "total_amount"))
        assert rows == [("single", 1, Decimal("7.50")), ("filter", 3, Decimal("6.00")), ("sheet", 2, Decimal("7.00"))]
        names = Attachment.objects.filter(object_label="charges.chargebatch").order_by("object_id")
        assert list(names.values_list("name", flat=True)) == ["door.txt", "offer.txt", "c.csv"]
        assert [filter_words(one) for one in ChargeBatch.objects.order_by("pk")] == [
            "", "Other · Dwelling · all payers of the entity", "c.csv, rows: 2",
        ]  # fmt: skip
        first = ChargeBatch.objects.order_by("pk").first()
        assert ChargeRun.objects.filter(kind="batch", state="posted").count() == 3
    page = client.get(
        reverse("desk:detail", args=["charges", "chargebatch", first.pk]) + "?tab=charges"
    ).content.decode()
    assert "7.50" in page and "Door" in page
