import datetime as dt
from decimal import Decimal

import pytest

from lokum.core.base.errors import Refusal
from lokum.core.papers.models import IssuedDocument, VoidNumber
from lokum.money.charges.models import ChargeLine, ChargeRun, Component, DraftLine, Notice
from lokum.money.charges.services import approve_run, check_run, compute_run, drop_run, post_run, undo_run
from lokum.money.charges.tests.world import (
    MONTH,
    approved_run,
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.money.ledger.models import AccountBalance, Allocation, Entry, OpenItem
from lokum.money.ledger.services import allocate_oldest_first, post_batch
from lokum.money.ledger.tests.test_posting import payment
from lokum.money.ledger.tests.world import World
from lokum.property.estates.models import PremisesFact


@pytest.fixture
def world(as_system) -> World:
    return make_charged_world(3, actor=as_system)


def refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


@pytest.mark.req("CHG-05")
def test_a_month_from_draft_to_posted_and_again(world, as_system):
    run = compute_run(world.entity.pk, dt.date(2026, 3, 17), actor=as_system)
    assert (run.period, run.line_count, run.agreement_count, run.problem_count) == (MONTH, 24, 3, 0)
    with refused("charge_run.state"):
        post_run(run.pk, actor=as_system)
    check_run(run.pk, actor=as_system)
    approve_run(run.pk, actor=as_system)
    assert not Notice.objects.exists() and not IssuedDocument.objects.exists()
    posted = post_run(run.pk, actor=as_system, issued_on=MONTH)
    assert posted.state == "posted" and posted.notice_count == 3
    assert [one.number for one in Notice.objects.order_by("number")] == [f"N/2026/03/0000{n}" for n in (1, 2, 3)]
    again = post_run(run.pk, actor=as_system)
    assert again.batch_id == posted.batch_id and Notice.objects.count() == 3
    assert ChargeLine.objects.count() == 24 and not DraftLine.objects.exists()
    total = sum(one.amount for one in AccountBalance.objects.all())
    assert total == posted.total_amount == sum(one.total_amount for one in Notice.objects.all())
    assert all(one.open_amount == one.amount for one in OpenItem.objects.all())
    # A repeat adds nothing.
    repeat = compute_run(world.entity.pk, MONTH, actor=as_system)
    assert repeat.line_count == 0
    check_run(repeat.pk, actor=as_system)
    approve_run(repeat.pk, actor=as_system)
    with refused("charge_run.empty"):
        post_run(repeat.pk, actor=as_system)


def test_a_notice_holds_what_it_needs(world, as_system):
    run = posted_run(world, actor=as_system)
    notice = run.notices.select_related("document", "entry").order_by("number").first()
    data = notice.document.data
    assert data["number"] == notice.number == notice.entry.document_number
    assert Decimal(data["total"]) == notice.total_amount == sum(Decimal(one["amount"]) for one in data["lines"])
    assert len(data["lines"]) == 8 and data["due_on"] == "2026-03-10" and notice.document.content_hash
    assert data["payer"]["street"] == "ul. Lipowa 1/1"


def test_undoing_an_untouched_run_and_repeating_it(world, as_system):
    post_batch(world.entity.pk, "t", "ahead", MONTH, [payment(world, world.accounts[0], "40", 1)], actor=as_system)
    run = posted_run(world, actor=as_system)
    assert Allocation.objects.get().rule == "on_posting"
    with refused("charge_run.reason"):
        undo_run(run.pk, " ", actor=as_system)
    undone = undo_run(run.pk, "wrong price", actor=as_system)
    assert undo_run(run.pk, "wrong price", actor=as_system).undo_batch_id == undone.undo_batch_id
    assert {one.amount for one in AccountBalance.objects.exclude(pk=world.accounts[0])} == {0}
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == -40
    assert VoidNumber.objects.count() == 3
    repeat = posted_run(world, actor=as_system)
    assert set(repeat.notices.values_list("lines__reason", flat=True)) == {"run/2"}
    assert sum(one.amount for one in AccountBalance.objects.all()) == repeat.total_amount - 40
    assert Notice.objects.filter(number="N/2026/03/00004").exists()
    assert compute_run(world.entity.pk, MONTH, actor=as_system).line_count == 0


def test_a_touched_run_is_not_undone(world, as_system):
    run = posted_run(world, actor=as_system)
    post_batch(world.entity.pk, "t", "p", MONTH, [payment(world, world.accounts[1], "5", 1)], actor=as_system)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    with pytest.raises(Refusal) as caught:
        undo_run(run.pk, "wrong", actor=as_system)
    number = Notice.objects.get(account=world.accounts[1]).number
    assert caught.value.code == "charge_run.touched" and caught.value.details["documents"] == [number]
    assert number in str(caught.value)


def test_missing_facts_prices_and_accounts_block_the_run(world, as_system):
    heated = make_component(world, "HEAT", "heated_area")
    make_tariff(heated, "5.70")
    attach_everywhere(world, heated)
    unpriced = make_component(world, "NEW", "unit")
    attach_everywhere(world, unpriced)
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    problems = list(run.draft_lines.exclude(problem="").values_list("component__code", "problem", "amount"))
    assert sorted(problems) == [("HEAT", "no_fact", None)] * 3 + [("NEW", "no_tariff", None)] * 3
    with pytest.raises(Refusal) as caught:
        check_run(run.pk, actor=as_system)
    assert caught.value.code == "charge_run.problems" and len(caught.value.details["premises"]) == 3
    drop_run(run.pk, actor=as_system)
    assert ChargeRun.objects.get().state == "dropped" and not DraftLine.objects.exists()


def test_a_change_of_data_voids_the_draft(world, as_system):
    run = approved_run(world, actor=as_system)
    fact = PremisesFact.objects.filter(kind="persons").first()
    fact.recorded = (fact.recorded.lower, dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    fact.save()
    PremisesFact.objects.create(
        premises=fact.premises,
        kind="persons",
        value=4,
        valid=fact.valid,
        recorded=(dt.datetime(2026, 2, 1, tzinfo=dt.UTC), None),
    )
    with refused("charge_run.stale"):
        post_run(run.pk, actor=as_system)
    assert not Entry.objects.exists()
    again = approved_run(world, actor=as_system)
    assert again.pk == run.pk
    post_run(again.pk, actor=as_system)


@pytest.mark.req("CHG-01")
def test_validity_rhythm_and_cycle(world, as_system):
    def codes(month: dt.date) -> set[str]:
        run = compute_run(world.entity.pk, month, actor=as_system)
        return set(run.draft_lines.values_list("component__code", flat=True)) - standard

    standard = set(Component.objects.values_list("code", flat=True))
    rows = {
        "ENDED": {"valid": (dt.date(2020, 1, 1), dt.date(2026, 3, 1))},
        "LATER": {"valid": (dt.date(2026, 4, 1), None)},
        "QUARTER": {"cycle_months": 3},
        "WINTER": {"rhythm": "windowed", "months": "1, 2,12"},
        "ONCE": {"rhythm": "one_off"},
    }
    for code, over in rows.items():
        component = make_component(world, code, "unit", **over)
        make_tariff(component, "10")
        attach_everywhere(world, component, "2026-01-15" if code == "ONCE" else "2020-01-01")
    assert codes(dt.date(2026, 1, 1)) == {"ENDED", "QUARTER", "WINTER"}
    assert codes(dt.date(2026, 2, 1)) == {"ENDED", "WINTER", "ONCE"}
    assert codes(MONTH) == set()
    assert codes(dt.date(2026, 4, 1)) == {"LATER", "QUARTER"}


def test_rounding_and_tax_are_the_published_ones(world, as_system):
    """poland.md 1.6: 37.15 m2 at 1.37, 2.11 and 0.59 is 50.90 + 78.39 + 21.92 = 151.21, never 151.20."""
    PremisesFact.objects.filter(kind="usable_area").update(value=Decimal("37.15"))
    for code, price in (("A", "1.37"), ("B", "2.11"), ("D", "0.59")):
        component = make_component(world, code, "usable_area")
        make_tariff(component, price)
        attach_everywhere(world, component)
    garage = make_component(world, "GARAGE", "usable_area", vat_kind="standard")
    make_tariff(garage, "0.74")
    attach_everywhere(world, garage)
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    lines = run.draft_lines.filter(agreement_id=world.agreements[0])
    amounts = dict(lines.values_list("component__code", "amount"))
    assert [amounts[code] for code in "ABD"] == [Decimal("50.90"), Decimal("78.39"), Decimal("21.92")]
    taxed = lines.get(component=garage)
    assert (taxed.net_amount, taxed.tax_amount, taxed.amount) == (Decimal("27.49"), Decimal("6.32"), Decimal("33.81"))
