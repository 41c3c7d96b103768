import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base.context import Actor, Reach
from lokum.money.charges.factories import make_shared_tariff
from lokum.money.charges.models import ChargeLine, Component, ComponentAssignment, Tariff
from lokum.money.charges.queries import difference, difference_count, winning_tariff
from lokum.money.charges.queries.premises_rates import premises_rates
from lokum.money.charges.services import (
    approve_run,
    approve_shared_tariff,
    approve_tariff,
    attach_component,
    check_run,
    compute_run,
    detach_component,
    note_proposals,
    price_new_components,
    propose_tariff,
    refuse_shared_tariff,
    refuse_tariff,
)
from lokum.money.charges.tests.test_month import refused
from lokum.money.charges.tests.world import (
    MONTH,
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import open_accounts
from lokum.money.ledger.tests.world import World
from lokum.property.estates.factories import make_group_member, make_premises_group
from lokum.property.estates.models import FactChange, Premises, PremisesFact
from lokum.property.occupancy.factories import make_title_holder
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.occupancy.services import add_member, set_status

ANNA = Actor(user_id=1, label="anna", reach=Reach(everything=True))
BEATA = Actor(user_id=2, label="beata", reach=Reach(everything=True))


@pytest.fixture
def world(as_system) -> World:
    return make_charged_world(2, actor=as_system)


@pytest.mark.req("CHG-02")
def test_the_most_specific_valid_rate_wins(world, as_system):
    """Running costs by title and membership as published by msmsulechow.pl, plus narrower levels."""
    component = make_component(world, "SULECHOW", "usable_area")
    premises = Premises.objects.order_by("pk").first()
    agreement = Agreement.objects.get(premises=premises)
    asked = {
        "entity_id": world.entity.pk,
        "building_id": premises.building_id,
        "premises_id": premises.pk,
        "party_id": agreement.payer_id,
    }

    def price(title_kind="coop_ownership", member=True, on=MONTH, **over):
        found = winning_tariff(component.pk, on, title_kind=title_kind, member=member, **(asked | over))
        return found and (found.price, found.level)

    assert price() is None
    make_tariff(component, "2.00")
    make_tariff(component, "3.50", membership="other")
    for kind, member, rate in (
        ("coop_ownership", "member", "2.72"),
        ("coop_ownership", "other", "3.19"),
        ("freehold", "member", "2.65"),
        ("freehold", "other", "3.11"),
    ):
        make_tariff(component, rate, title_kind=kind, membership=member)
    assert price() == (Decimal("2.72"), "entity")
    assert price(member=False) == (Decimal("3.19"), "entity")
    assert price("freehold", False) == (Decimal("3.11"), "entity")
    assert price("lease") == (Decimal("2.00"), "entity")
    assert price("lease", False) == (Decimal("3.50"), "entity")
    make_tariff(component, "2.90", level="building", building=premises.building)
    assert price() == (Decimal("2.90"), "building") == price("lease", False)
    make_tariff(component, "1.00", level="premises", premises=premises)
    assert price() == (Decimal("1.00"), "premises")
    assert price(premises_id=premises.pk + 1) == (Decimal("2.90"), "building")
    make_tariff(component, "0.50", level="party", party=agreement.payer, since=dt.date(2026, 5, 1))
    assert price() == (Decimal("1.00"), "premises")
    assert price(on=dt.date(2026, 5, 1)) == (Decimal("0.50"), "party")
    # The card and the run use the same answer.
    attach_everywhere(world, component)
    cards = premises_rates(premises.pk, MONTH).cards
    card = next(one for one in cards if one.assignment.component == component)
    assert (card.tariff.level, card.tariff.price) == ("premises", 1) and card.assignment.valid.lower
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    lines = run.draft_lines.filter(component=component)
    assert dict(lines.values_list("premises_id", "price")) == {
        premises.pk: Decimal("1.0000"),
        premises.pk + 1: Decimal("2.9000"),
    }


@pytest.mark.req("CHG-02")
def test_a_price_needs_a_second_person_and_never_overlaps(world, as_system):
    component = Component.objects.get(code="EXPL")
    with refused("tariff.overlap"):  # 1.24 is valid since 2020 without an end
        propose_tariff(component.pk, Decimal("2"), (dt.date(2019, 1, 1), None), actor=ANNA)
    with refused("tariff.negative"):
        propose_tariff(component.pk, Decimal("-1"), (dt.date(2026, 5, 1), None), actor=ANNA)
    with refused("tariff.target"):
        propose_tariff(component.pk, Decimal("2"), (dt.date(2026, 5, 1), None), actor=ANNA, level="building")
    proposed = propose_tariff(component.pk, Decimal("1.51"), (dt.date(2026, 5, 1), None), actor=ANNA)
    with refused("tariff.proposed_already"):
        propose_tariff(component.pk, Decimal("1.60"), (dt.date(2026, 6, 1), None), actor=BEATA)
    entity = {"entity_id": world.entity.pk}
    assert winning_tariff(component.pk, dt.date(2026, 6, 1), **entity).price == Decimal("1.24")
    with refused("tariff.own_proposal"):
        approve_tariff(proposed.pk, actor=ANNA)
    approve_tariff(proposed.pk, actor=BEATA)
    with refused("tariff.decided"):
        approve_tariff(proposed.pk, actor=BEATA)
    assert winning_tariff(component.pk, dt.date(2026, 4, 30), **entity).price == Decimal("1.24")
    assert winning_tariff(component.pk, dt.date(2026, 5, 1), **entity).price == Decimal("1.51")
    other = propose_tariff(component.pk, Decimal("9"), (dt.date(2027, 1, 1), None), actor=ANNA)
    assert refuse_tariff(other.pk, "too much", actor=BEATA).state == "refused"
    with pytest.raises(DatabaseError, match="decided on"), transaction.atomic():
        Tariff.objects.filter(pk=proposed.pk).update(price=5)
    with pytest.raises(DatabaseError, match="tariff_no_overlap"), transaction.atomic():
        make_tariff(component, "7", since=dt.date(2026, 7, 1))


@pytest.mark.req("CHG-04")
def test_attaching_to_many_premises_twice_changes_nothing(world, as_system):
    component = make_component(world, "LIFT")
    everything = list(Premises.objects.values_list("pk", flat=True))
    foreign = make_charged_world(1, actor=as_system, tag="W2")
    other = Agreement.objects.get(pk=foreign.agreements[0]).premises_id
    first = attach_component(component.pk, everything[:1], dt.date(2026, 5, 1), actor=as_system)
    assert (first.attached, first.skipped, first.foreign) == (everything[:1], [], [])
    second = attach_component(component.pk, [*everything, other], dt.date(2026, 4, 1), actor=as_system)
    assert (second.attached, second.skipped, second.foreign) == (everything[1:], everything[:1], [other])
    again = attach_component(component.pk, everything, dt.date(2026, 4, 1), actor=as_system)
    assert (again.attached, again.skipped) == ([], everything)
    assert ComponentAssignment.objects.filter(component=component).count() == 2
    row = ComponentAssignment.objects.get(component=component, premises_id=everything[0])
    with refused("assignment.dates"):
        detach_component(row.pk, dt.date(2026, 4, 1), actor=as_system)
    assert detach_component(row.pk, dt.date(2026, 6, 30), actor=as_system).valid.upper == dt.date(2026, 7, 1)


@pytest.mark.req("CHG-05")
def test_the_difference_names_each_cause(world, as_system):
    posted_run(world, actor=as_system)
    april = dt.date(2026, 4, 1)
    assert difference_count(compute_run(world.entity.pk, april, actor=as_system)) == 0
    premises = list(Premises.objects.order_by("pk"))
    # 1: more persons (two components), a component ends; 2: new price for one building is both, so use premises level
    fact = PremisesFact.objects.get(premises=premises[0], kind="persons")
    fact.valid = (fact.valid.lower, april)
    fact.save()
    PremisesFact.objects.create(
        premises=premises[0], kind="persons", value=fact.value + 2, valid=(april, None), recorded=fact.recorded
    )
    aerial = ComponentAssignment.objects.get(premises=premises[0], component__code="AERIAL")
    detach_component(aerial.pk, dt.date(2026, 3, 31), actor=as_system)
    make_tariff(Component.objects.get(code="INTERCOM"), "1.50", level="premises", premises=premises[1], since=april)
    lift = make_component(world, "LIFT")
    make_tariff(lift, "7")
    attach_component(lift.pk, [premises[1].pk], april, actor=as_system)
    run = compute_run(world.entity.pk, april, actor=as_system)
    changes = {one.premises: one for one in difference(run)}
    assert difference_count(run) == len(changes) == 2
    first = changes[premises[0].code]
    assert {(one.component, one.cause) for one in first.causes} == {
        ("Waste", "quantity"),
        ("Gas", "quantity"),
        ("Aerial", "ended"),
    }
    assert first.difference == Decimal("73.80") == sum(one.amount_after - one.amount_before for one in first.causes)
    second = changes[premises[1].code]
    assert {(one.component, one.cause, one.before, one.after) for one in second.causes} == {
        ("Intercom", "price", Decimal("1.0000"), Decimal("1.5000")),
        ("Lift", "started", None, Decimal("1.0000")),
    }
    posted = posted_run(world, april, actor=as_system)
    assert {one.premises: one.difference for one in difference(posted)} == {
        key: one.difference for key, one in changes.items()
    }


def test_a_change_of_payer_is_a_cause(world, as_system):
    posted_run(world, actor=as_system)
    april = dt.date(2026, 4, 1)
    old = Agreement.objects.order_by("pk").first()
    buyer = Agreement.objects.order_by("pk").last().payer
    title = Title.objects.get(pk=old.title_id)
    title.valid = old.valid = (old.valid.lower, dt.date(2026, 3, 20))
    old.save()
    title.save()
    new = Agreement.objects.create(
        entity=world.entity, code="NEW", premises=old.premises, payer=buyer, valid=(dt.date(2026, 3, 20), None)
    )
    run = compute_run(world.entity.pk, april, actor=as_system)
    assert set(run.draft_lines.filter(problem="").values_list("agreement_id", flat=True)) == {world.agreements[1]}
    assert set(run.draft_lines.filter(agreement=new).values_list("problem", flat=True)) == {"no_account"}
    with refused("charge_run.problems"):
        check_run(run.pk, actor=as_system)
    open_accounts([new.pk], actor=as_system)
    run = compute_run(world.entity.pk, april, actor=as_system)
    changes = {one.causes[0].cause: one for one in difference(run)}
    assert set(changes) == {"new_payer", "payer_left"}
    assert changes["new_payer"].after == changes["payer_left"].before > 0


@pytest.mark.req("CHG-02")
def test_groups_stand_between_building_and_premises(world, as_system):
    component = make_component(world, "LIFT")
    attach_everywhere(world, component)
    premises = Premises.objects.order_by("pk").first()
    make_tariff(component, "9", level="building", building=premises.building)
    node = world.entity.node
    far, near = (
        make_premises_group(code=code, kind="free", node=node, precedence=rank) for code, rank in (("A", 20), ("B", 10))
    )
    make_group_member(group=far, building=premises.building, valid=DateRange(dt.date(2020, 1, 1), dt.date(2026, 4, 1)))
    make_group_member(group=near, premises=premises, valid=DateRange(dt.date(2026, 2, 1), dt.date(2026, 3, 1)))
    make_tariff(component, "6", level="group", group=far)
    make_tariff(component, "5", level="group", group=near)

    def price(on, pk=premises.pk):
        card = {one.assignment.component_id: one for one in premises_rates(pk, on).cards}[component.pk]
        return str(card.tariff.price), card.tariff.level

    assert price(dt.date(2026, 1, 1)) == ("6.0000", "group")
    assert price(dt.date(2026, 2, 1)) == ("5.0000", "group") and price(dt.date(2026, 3, 1)) == ("6.0000", "group")
    assert price(dt.date(2026, 4, 1)) == ("9.0000", "building")
    run = compute_run(world.entity.pk, dt.date(2026, 2, 1), actor=as_system)
    assert set(run.draft_lines.filter(component=component).values_list("price", flat=True)) == {Decimal(5), Decimal(6)}
    with refused("tariff.overlap"):
        propose_tariff(
            component.pk, Decimal(7), (dt.date(2019, 1, 1), None), actor=ANNA, level="group", group_id=far.pk
        )
    check_run(run.pk, actor=as_system)
    make_group_member(group=near, premises=Premises.objects.order_by("pk").last(), valid=DateRange(MONTH, None))
    with refused("charge_run.stale"):
        approve_run(run.pk, actor=as_system)
    make_tariff(component, "1", level="premises", premises=premises)
    assert price(dt.date(2026, 2, 1)) == ("1.0000", "premises")


@pytest.mark.req("CHG-02")
def test_an_operator_wide_price_reaches_every_component_of_its_code(world, as_system):
    other = make_charged_world(1, actor=as_system, tag="W2")
    node = world.entity.node
    mine, theirs = make_component(world, "SHARED"), make_component(other, "SHARED")
    since = DateRange(dt.date(2026, 1, 1), None)
    first = make_shared_tariff(node=node, code="SHARED", price=Decimal(4), valid=since, proposed_by_id=ANNA.user_id)
    note_proposals([first.pk], actor=ANNA)
    ask = {"entity_id": world.entity.pk}
    assert winning_tariff(mine.pk, MONTH, **ask) is None
    with refused("tariff.own_proposal"):
        approve_shared_tariff(first.pk, actor=ANNA)
    approve_shared_tariff(first.pk, actor=BEATA)
    found = winning_tariff(mine.pk, MONTH, **ask)
    assert (found.price, found.level, found.approved_by_id) == (4, "global", BEATA.user_id)
    # Another node is another house, unless it hangs below.
    under = other.entity.node_id == node.pk
    assert (winning_tariff(theirs.pk, MONTH, entity_id=other.entity.pk) is not None) == under
    with refused("tariff.decided"):
        approve_shared_tariff(first.pk, actor=BEATA)
    overlapping = make_shared_tariff(
        node=node, code="SHARED", price=Decimal(5), valid=DateRange(dt.date(2025, 1, 1), None)
    )
    with refused("tariff.overlap"):
        approve_shared_tariff(overlapping.pk, actor=BEATA)
    later = make_shared_tariff(node=node, code="SHARED", price=Decimal(5), valid=DateRange(dt.date(2026, 5, 1), None))
    approve_shared_tariff(later.pk, actor=BEATA)
    assert winning_tariff(mine.pk, dt.date(2026, 4, 30), **ask).price == 4
    assert winning_tariff(mine.pk, dt.date(2026, 5, 1), **ask).price == 5
    # The entity's own price wins; a component that comes later is given the shared ones.
    make_tariff(mine, "3", since=dt.date(2026, 5, 1))
    assert winning_tariff(mine.pk, dt.date(2026, 5, 1), **ask).level == "entity"
    Tariff.objects.filter(component=mine, level="global").delete()
    price_new_components([mine.pk], actor=as_system)
    assert Tariff.objects.filter(component=mine, level="global").count() == 2
    assert refuse_shared_tariff(overlapping.pk, "no", actor=BEATA).state == "refused"


@pytest.mark.req("CHG-01")
def test_other_rounding_affects_only_new_documents(world, as_system):
    march = posted_run(world, actor=as_system)

    def posted():
        rows = ChargeLine.objects.filter(notice__run=march).order_by("pk")
        return [(one.amount, one.snapshot["rounding"]) for one in rows]

    before = posted()
    Component.objects.filter(code="WATER").update(rounding="up", decimals=0)
    april = posted_run(world, dt.date(2026, 4, 1), actor=as_system)
    assert posted() == before
    lines = ChargeLine.objects.filter(notice__run=april, component__code="WATER")
    assert all(one.amount == one.amount.to_integral_value() and one.snapshot["rounding"] == "up" for one in lines)
    assert not [one for one in prove(["C7"]) if one.count]


@pytest.mark.req("PPL-15", "CHG-02")
def test_membership_on_the_day_drives_the_tariff(world, as_system):
    """2.20 for members and 3.50 for others, as published; a member who leaves pays the other rate from that month."""
    component = make_component(world, "RUNNING", "usable_area")
    make_tariff(component, "2.20", membership="member")
    make_tariff(component, "3.50", membership="other")
    attach_everywhere(world, component)
    premises = Premises.objects.order_by("pk").first()
    agreement = Agreement.objects.get(premises=premises)
    Title.objects.filter(pk=agreement.title_id).update(member=False)
    make_title_holder(title=agreement.title, party=agreement.payer)

    def prices(month):
        run = compute_run(world.entity.pk, month, actor=as_system)
        line = run.draft_lines.get(agreement=agreement, component=component)
        card = next(
            one for one in premises_rates(premises.pk, month).cards
            if one.assignment.component_id == component.pk
        )  # fmt: skip
        discard = type(run).objects.filter(pk=run.pk)
        discard.delete()
        assert card.tariff is not None and card.tariff.price == line.price
        return line.price

    assert prices(MONTH) == Decimal("3.50")
    member = add_member(world.entity.pk, agreement.payer_id, "117", dt.date(2026, 3, 15), actor=as_system)
    assert prices(MONTH) == Decimal("3.50") and prices(dt.date(2026, 4, 1)) == Decimal("2.20")
    set_status(member.pk, "resigned", dt.date(2026, 6, 1), actor=as_system, document="letter")
    assert prices(dt.date(2026, 5, 1)) == Decimal("2.20") and prices(dt.date(2026, 6, 1)) == Decimal("3.50")
    changes = FactChange.objects.filter(premises=premises, kind="membership").order_by("effective_from")
    assert [one.effective_from for one in changes] == [dt.date(2026, 3, 15), dt.date(2026, 6, 1)]
