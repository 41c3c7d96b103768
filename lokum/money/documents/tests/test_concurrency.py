"""Two people issue at once: numbers without a gap, no invoice twice. The control takes the lock and sees the race."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.papers.models import NumberSeries
from lokum.core.papers.queries import series_pages
from lokum.money.charges.models import Component, Notice
from lokum.money.charges.tests.test_concurrency import at_once
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.documents.models import Invoice
from lokum.money.documents.services import advances, invoices, issue_advance, issue_invoice, issue_run_invoices
from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import prove
from lokum.money.ledger.tests.world import World
from lokum.money.payments.factories import make_payment
from lokum.money.payments.models import Payment
from lokum.property.parties.models import Party

ACTOR = system_actor("test")
MARCH = dt.date(2026, 3, 1)
REASON = "art. 43 ust. 1 pkt 36"
PEOPLE = 12


@pytest.fixture
def world(fresh_database: Any) -> World:
    with acting(ACTOR) as actor:
        world = make_charged_world(PEOPLE, actor=actor)
        type(world.entity).objects.filter(pk=world.entity.pk).update(tax_number="5252248481")
        Party.objects.update(tax_number="5260250995")
        Component.objects.filter(code="MANAGE").update(vat_kind="standard")
        posted_run(world, MARCH, actor=actor)
        return world


def numbered(world: World) -> list[str]:
    """Numbers of the entity's invoices, after the proof that its series has no gap."""
    with acting(ACTOR):
        page = series_pages(NumberSeries.objects.get(entity=world.entity, kind="invoice"))[0]
        assert (page.taken, page.odd) == (page.issued, [])
        assert not {one.code: one.findings for one in prove(["D2", "D3"]) if one.count}
        return list(Invoice.objects.order_by("number").values_list("number", flat=True))


def singly(keys: list[int]) -> list[Any]:
    made = []
    for pk in keys:
        with acting(ACTOR):
            made.append(issue_invoice(notice=Notice.objects.get(pk=pk), exempt_reason=REASON, actor=ACTOR))
    return made


@pytest.mark.req("DOC-02")
def test_two_who_issue_one_after_another_at_the_same_time_leave_no_gap(world: World) -> None:
    with acting(ACTOR):
        keys = list(Notice.objects.order_by("pk").values_list("pk", flat=True))
    results = at_once(lambda: singly(keys[::2]), lambda: singly(keys[1::2]))
    assert all(isinstance(one, list) for one in results), results
    numbers = numbered(world)
    assert len(numbers) == len(set(numbers)) == PEOPLE
    assert [int(one.rsplit("/", 1)[1]) for one in numbers] == list(range(1, PEOPLE + 1))


@pytest.mark.req("DOC-02")
def test_a_run_and_a_single_invoice_at_once_invoice_nothing_twice(world: World) -> None:
    with acting(ACTOR):
        notice = Notice.objects.select_related("run").order_by("-pk")[0]

    def whole() -> Any:
        with acting(ACTOR):
            return issue_run_invoices(run=notice.run, exempt_reason=REASON, actor=ACTOR)  # type: ignore[arg-type]

    results = at_once(whole, lambda: singly([notice.pk]))
    assert isinstance(results[0], list), results
    assert isinstance(results[1], list) or (isinstance(results[1], Refusal) and results[1].code == "invoice.twice")
    assert len(numbered(world)) == PEOPLE


@pytest.mark.req("DOC-02")
def test_without_the_lock_the_database_refuses_the_second(world: World, monkeypatch: Any) -> None:
    """The control: only the unique key stops the second then, and its number goes back with the transaction."""
    import threading

    meeting = threading.Barrier(2, timeout=60)
    monkeypatch.setattr(invoices, "lock_accounts", lambda keys: None)
    write = invoices._write

    def met(*values: Any) -> Any:
        meeting.wait()  # both are past their checks
        return write(*values)

    monkeypatch.setattr(invoices, "_write", met)
    with acting(ACTOR):
        pk = Notice.objects.order_by("pk")[0].pk
    results = at_once(lambda: singly([pk]), lambda: singly([pk]))
    assert sum(isinstance(one, IntegrityError) for one in results) == 1, results
    assert len(numbered(world)) == 1


@pytest.mark.req("DOC-02")
def test_two_advance_invoices_at_once_never_name_the_same_money(world: World, monkeypatch: Any) -> None:
    """With the lock one is refused; the control takes the lock away and sees both name the whole payment."""
    import threading

    with acting(ACTOR):
        component = Component.objects.get(code="MANAGE")
        accounts = Account.objects.filter(pk__in=world.accounts[:2]).order_by("pk")
        paid = [make_payment(entry=make_entry(account=one, amount=Decimal("-5000.00"))).pk for one in accounts]

    def issue(pk: int) -> Any:
        with acting(ACTOR):
            return issue_advance(payment=Payment.objects.get(pk=pk), component=component, actor=ACTOR)

    results = at_once(lambda: issue(paid[0]), lambda: issue(paid[0]))
    assert sorted(type(one).__name__ for one in results) == ["Advance", "Refusal"], results
    assert next(one for one in results if isinstance(one, Refusal)).code == "advance.free"
    meeting, write = threading.Barrier(2, timeout=60), advances._write
    monkeypatch.setattr(advances, "lock_accounts", lambda keys: None)

    def met(*values: Any) -> Any:
        meeting.wait()  # both are past their checks
        return write(*values)

    monkeypatch.setattr(advances, "_write", met)
    results = at_once(lambda: issue(paid[1]), lambda: issue(paid[1]))
    assert [type(one).__name__ for one in results] == ["Advance", "Advance"], results
    with acting(ACTOR):
        page = series_pages(NumberSeries.objects.get(entity=world.entity, kind="advance_invoice"))[0]
        assert (page.taken, page.issued, page.odd) == (3, 3, [])
