"""An owner, persons or a share changed in posted months: corrections, then the notices of the new payer."""

import datetime as dt
from decimal import Decimal

import pytest

from lokum.core.base.context import Actor
from lokum.money.changeover.services import carry_out, set_holders, start_on_premises
from lokum.money.charges.explanation import explain
from lokum.money.charges.models import ChargeLine, Notice
from lokum.money.charges.services import compute_run
from lokum.money.charges.services.correcting import post_correction, request_correction
from lokum.money.charges.tests.test_corrections import AUGUST, NOVEMBER, OCTOBER, SEPTEMBER, compared
from lokum.money.charges.tests.world import attach_everywhere, make_component, make_tariff, posted_run
from lokum.money.ledger.models import Account, AccountBalance
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import total_of_accounts
from lokum.money.ledger.services import allocate_oldest_first, post_batch
from lokum.money.ledger.tests.test_posting import payment
from lokum.money.ledger.tests.world import World, make_world
from lokum.property.estates.services import record_fact, set_share
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.services import accept_declaration, declare
from lokum.property.parties.factories import make_party


@pytest.fixture
def world(as_system: Actor) -> World:
    """Rent 612.40 a month by days, charged from August to November 2025."""
    made = make_world(1, actor=as_system, tag="BD")
    component = make_component(made, "RENT", "unit", proration="days")
    make_tariff(component, "612.40")
    attach_everywhere(made, component)
    for month in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER):
        posted_run(made, month, actor=as_system)
    return made


@pytest.mark.req("REG-05", "PPL-05", "CHG-08")
@pytest.mark.parametrize("paid", [False, True])
def test_a_transfer_recorded_late_moves_the_charges_to_the_cent(world: World, as_system: Actor, paid: bool) -> None:
    """poland.md 1.9: transfer on 9 September: the seller's 8 days 163.31, the buyer 449.09; then all is the buyer's."""
    former = Agreement.objects.get(pk=world.agreements[0])
    old = Account.objects.get(pk=world.accounts[0])
    if paid:
        entry = payment(world, old.pk, str(4 * Decimal("612.40")), 1)
        post_batch(world.entity.pk, "t", "p", NOVEMBER, [entry], actor=as_system)
        allocate_oldest_first(world.entity.pk, actor=as_system)
    before = total_of_accounts([old.pk])[old.pk]
    change = start_on_premises(former.premises_id, dt.date(2025, 9, 9), actor=as_system)
    set_holders(change.pk, [(make_party(last_name="Lis"), 1, 1)], actor=as_system)
    done = carry_out(change.pk, actor=as_system)
    new = Account.objects.get(agreement=done.new_agreement)
    assert total_of_accounts([old.pk, new.pk]) == {old.pk: before, new.pk: 0}  # nothing moves by itself

    run = compared(world, as_system)
    shown = {(one.period, one.account_id): (one.before_net + one.before_tax, one.after_net + one.after_tax)
             for one in run.lines.filter(problem="")}  # fmt: skip
    gross = Decimal("612.40")
    assert shown == {
        (SEPTEMBER, old.pk): (gross, Decimal("163.31")),
        (OCTOBER, old.pk): (gross, Decimal(0)),
        (NOVEMBER, old.pk): (gross, Decimal(0)),
    }
    causes = run.lines.filter(problem="").order_by("period").first().causes
    assert ("owner", "2025-09-09") in {(one["kind"], one["from"]) for one in causes}
    request_correction(run.pk, actor=as_system)
    post_correction(run.pk, actor=as_system, issued_on=dt.date(2025, 12, 3))
    assert Notice.objects.filter(account=old, corrects__isnull=False).count() == 3

    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        posted_run(world, month, actor=as_system)
    charged = dict(ChargeLine.objects.filter(agreement=done.new_agreement).values_list("period", "amount"))
    assert charged == {SEPTEMBER: Decimal("449.09"), OCTOBER: gross, NOVEMBER: gross}
    totals = total_of_accounts([old.pk, new.pk])
    assert sum(totals.values()) == before + 0 and totals[new.pk] == Decimal("449.09") + 2 * gross
    # A second look and a second run add nothing.
    assert compared(world, as_system).line_count == 0
    assert all(compute_run(world.entity.pk, month, actor=as_system).line_count == 0 for month in (SEPTEMBER, NOVEMBER))
    assert not any(outcome.count for outcome in prove())


@pytest.mark.req("REG-05", "CHG-08", "PPL-03")
def test_persons_and_shares_recorded_late_list_their_notices(as_system: Actor) -> None:
    """Two persons at 31.50 were three from October; 1/10 of 500.00 was 3/20: each opens to its fact and its notice."""
    world = make_world(1, actor=as_system, tag="BP")
    premises = Agreement.objects.get(pk=world.agreements[0]).premises_id
    record_fact(premises, "persons", Decimal(2), dt.date(2020, 1, 1), actor=as_system, source="declaration")
    set_share(premises, 1, 10, dt.date(2020, 1, 1), actor=as_system)
    for code, basis, price in (("WASTE", "persons", "31.50"), ("FUND", "share", "500.00")):
        component = make_component(world, code, basis)
        make_tariff(component, price)
        attach_everywhere(world, component)
    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        posted_run(world, month, actor=as_system)
    declared = declare(premises, "persons", Decimal(3), OCTOBER, actor=as_system)
    accept_declaration(declared.pk, actor=as_system)
    set_share(premises, 3, 20, NOVEMBER, actor=as_system)
    run = compared(world, as_system, since=SEPTEMBER)
    lines = run.lines.order_by("period", "component__code")
    shown = list(lines.values_list("period", "component__code", "before_net", "after_net"))
    assert shown == [
        (OCTOBER, "WASTE", Decimal("63.00"), Decimal("94.50")),
        (NOVEMBER, "FUND", Decimal("50.00"), Decimal("75.00")),
        (NOVEMBER, "WASTE", Decimal("63.00"), Decimal("94.50")),
    ]
    assert [one.causes[0]["kind"] for one in lines] == ["persons", "share", "persons"]
    assert str(declared.pk) in lines[0].causes[0]["source"]
    before = AccountBalance.objects.get(pk=world.accounts[0]).amount
    request_correction(run.pk, actor=as_system)
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == before
    post_correction(run.pk, actor=as_system, issued_on=dt.date(2025, 12, 3))
    for notice in Notice.objects.filter(corrects__isnull=False):
        explained = [explain(line.snapshot) for line in notice.lines.all()]
        assert notice.corrects.period == notice.period and all(one.causes for one in explained)
    assert AccountBalance.objects.get(pk=world.accounts[0]).amount == before + Decimal("88.00")
    assert compared(world, as_system, since=SEPTEMBER).line_count == 0
    assert not any(outcome.count for outcome in prove())
