"""Splits and merges of premises: shown before, carried out whole with prices and accounts, undone while unused."""

import datetime as dt
import json
import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.tokens import issue_token
from lokum.core.audit.models import AuditNote
from lokum.core.base.context import Actor, Reach, acting, system_actor
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.kinds import flag_of
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.core.organisation.deciding import set_setting
from lokum.money.charges.models import ComponentAssignment, CorrectionRun, Tariff
from lokum.money.charges.services import compute_run
from lokum.money.charges.tests.world import (
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.models import InterestPolicy
from lokum.money.ledger.factories import make_co_payer
from lokum.money.ledger.models import Account
from lokum.money.payments.factories import make_bank_account, make_pool
from lokum.money.payments.models import VirtualAccount
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.factories import make_premises_group
from lokum.property.estates.models import GroupMember, Premises, PremisesFact
from lokum.property.estates.queries import share_of
from lokum.property.estates.services import add_premises, put_in_group, record_fact, set_share
from lokum.property.estates.share_sums import share_sums
from lokum.property.occupancy.factories import make_household_member, make_title_holder
from lokum.property.occupancy.models import Agreement, HouseholdMember, Title
from lokum.property.occupancy.services import (
    declare,
    follow_register,
    open_agreement,
    set_attribute,
    set_persons_source,
)
from lokum.property.reshaping.models import Reshaping
from lokum.property.reshaping.services import (
    KIND,
    Planned,
    carry_out,
    preview,
    set_results,
    set_title,
    start_merge,
    start_split,
    undo,
)

pytestmark = [pytest.mark.req("REG-10")]
DAY, SINCE = dt.date(2026, 4, 1), dt.date(2020, 1, 1)
TABLES = (
    "estates_premises", "estates_premisesentity", "estates_ownershipshare", "estates_groupmember", "occupancy_title",
    "occupancy_titleholder", "occupancy_agreement", "occupancy_householdmember", "charges_componentassignment",
    "charges_tariff", "ledger_account", "payments_virtualaccount", "interest_interestpolicy",
)  # fmt: skip


@pytest.fixture
def world(as_system: Actor) -> Any:
    """Two flats of 47.19 and 66.38 m2 with shares of 4719/11357 and 6638/11357, eight components each."""
    world = make_charged_world(2, actor=as_system)
    bank = make_bank_account(entity=world.entity, number="98111122220000000000990001")
    issue_missing_numbers(make_pool(bank_account=bank, mask="0007").pk, actor=as_system)
    for agreement, top in zip(
        Agreement.objects.select_related("title", "payer").order_by("pk"), (4719, 6638), strict=True
    ):
        make_title_holder(title=agreement.title, party=agreement.payer)
        set_share(agreement.premises_id, top, 11357, SINCE, actor=as_system)
    return world


@pytest.fixture
def flats(world: Any) -> list[Premises]:
    return [Agreement.objects.get(pk=pk).premises for pk in world.agreements]


PARTS = (
    Planned("1A", facts={"usable_area": Decimal("30"), "persons": Decimal(1), "cold_water_forecast": Decimal("1")},
            shares={"share": (3000, 11357)}),
    Planned("1B"),
)  # fmt: skip


def split(flat: Premises, actor: Actor, parts: Any = PARTS, **over: Any) -> Reshaping:
    act = start_split(flat.pk, over.pop("day", DAY), actor=actor, document="deed 4/2026", **over)
    return set_results(act.pk, parts, actor=actor)


def merge(flats: list[Premises], actor: Actor, **planned: Any) -> Reshaping:
    act = start_merge([one.pk for one in flats], DAY, actor=actor, document="deed 5/2026")
    return set_results(act.pk, [Planned("1-2", **planned)], actor=actor)


def state(*leave: str) -> list[Any]:
    with connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(f"SELECT md5(string_agg((to_jsonb(t) - 'version')::text, '|' ORDER BY t.id)) FROM {table} t")
            found.append((table, cursor.fetchone()[0]))
        return found


def refused(code: str, act: Any, *args: Any, **values: Any) -> Refusal:
    with pytest.raises(Refusal) as problem:
        act(*args, **values)
    assert problem.value.code == code, problem.value
    return problem.value


def values_of(premises: Premises) -> dict[str, Decimal]:
    rows = PremisesFact.objects.filter(premises=premises, recorded__endswith=None, valid__contains=DAY)
    return dict(rows.values_list("kind", "value"))


def test_a_split_is_shown_to_the_cent_and_changes_nothing_before_the_button(world, flats, as_system):
    """Rates of the world: per m2 1.24, 1.30, 1.98; per person 30.00, 8.40; per unit 1.00, 3.00; per m3 11.1564."""
    act = split(flats[0], as_system)
    before = state()
    plan = preview(act.pk, actor=as_system)
    assert state() == before
    assert [(one.label, one.before_text, one.after_text) for one in plan.totals] == [
        ("Usable area", "47.19", "47.19"), ("Ownership share", "4719/11357", "4719/11357"),
        ("Cold water forecast", "2.31", "2.31"), ("Number of persons", "2", "2"),
    ]  # fmt: skip
    charges = next(one for one in plan.sections if "before and after" in str(one.title))
    assert [tuple(map(str, row)) for row in charges.rows] == [
        ("Expl", "58.52", "58.52"), ("Repair", "61.35", "61.35"), ("Manage", "93.44", "93.44"),
        ("Waste", "60.00", "60.00"), ("Gas", "16.80", "16.80"), ("Intercom", "1.00", "2.00"),
        ("Water", "25.77", "25.77"), ("Aerial", "3.00", "6.00"), ("Total", "319.88", "323.88"),
    ]  # fmt: skip
    done = carry_out(act.pk, actor=as_system)
    new = [one.premises for one in done.new_premises.all()]
    assert [(one.number, one.opened_on, one.closed_on) for one in new] == [("1A", DAY, None), ("1B", DAY, None)]
    assert [one.code for one in plan.new] == [one.code for one in new]
    assert values_of(new[1]) == {"usable_area": Decimal("17.19"), "persons": 1, "cold_water_forecast": Decimal("1.31")}
    assert [str(share_of(one.pk, DAY)) for one in new] == ["3000/11357", "1719/11357"]
    flats[0].refresh_from_db()
    assert flats[0].closed_on == dt.date(2026, 3, 31) and values_of(flats[0]) == {}
    assert share_of(flats[0].pk, dt.date(2026, 3, 31)) is not None and share_of(flats[0].pk, DAY) is None
    assert [one.total for one in share_sums(world.entity.pk, DAY)] == [1]
    accounts = Account.objects.filter(agreement__premises__in=new).order_by("pk")
    shown = next(one for one in plan.sections if str(one.title) == "Accounts")
    numbers = [VirtualAccount.objects.get(account=one).number for one in accounts]
    assert [(row[2], row[4]) for row in shown.rows] == list(zip([one.code for one in accounts], numbers, strict=True))
    run = compute_run(world.entity.pk, DAY, actor=as_system)
    charged = sum(run.draft_lines.filter(premises_id__in=[one.pk for one in new]).values_list("amount", flat=True))
    assert charged == Decimal("323.88") and not run.draft_lines.filter(premises_id=flats[0].pk).exists()


def test_history_links_both_ways(world, flats, as_system):
    act = carry_out(split(flats[0], as_system).pk, actor=as_system)
    new = [one.premises for one in act.new_premises.all()]
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    old_page = client.get(f"/office/estates/premises/{flats[0].pk}/?tab=reshaping").content.decode()
    assert "Became on" in old_page
    for one in new:
        assert f'/office/estates/premises/{one.pk}/">{one.code}</a>' in old_page
        page = client.get(f"/office/estates/premises/{one.pk}/?tab=reshaping").content.decode()
        assert "Made on" in page and f'/office/estates/premises/{flats[0].pk}/">{flats[0].code}</a>' in page
    told = dict(
        AuditNote.objects.filter(object_label="estates.premises", verb__contains="other premises").values_list(
            "object_id", "details"
        )
    )
    assert told[flats[0].pk]["new"] == ", ".join(one.code for one in new)
    assert {told[one.pk]["former"] for one in new} == {flats[0].code}


def test_unequal_totals_are_refused_with_the_figures(flats, as_system):
    area = Planned("1A", facts={"usable_area": Decimal("30"), "persons": Decimal(1)}, shares={"share": (3000, 11357)})
    share = Planned("1B", facts={"usable_area": Decimal("17.19")}, shares={"share": (1718, 11357)})
    water = {"cold_water_forecast": Decimal(1)}
    act = split(flats[0], as_system, (Planned("1A", facts=dict(area.facts) | water, shares=area.shares), share))
    problem = refused("reshaping.shares_differ", preview, act.pk, actor=as_system)
    assert problem.details == {"share": ["4719/11357", "4718/11357"]} and "1/11357" in str(problem.message)
    less = Planned("1B", facts={"usable_area": Decimal("17.18")})
    act = split(flats[0], as_system, (Planned("1A", facts=dict(area.facts) | water, shares=area.shares), less))
    problem = refused("reshaping.areas_differ", carry_out, act.pk, actor=as_system)
    assert problem.details == {"usable_area": ["47.19", "47.18"]}
    too_much = (Planned("1A", facts={"usable_area": Decimal("50"), "persons": Decimal(1)} | water), Planned("1B"))
    refused("reshaping.value_negative", preview, split(flats[0], as_system, too_much).pk, actor=as_system)
    refused(
        "reshaping.value_missing",
        preview,
        split(flats[0], as_system, (Planned("1A"), Planned("1B"))).pk,
        actor=as_system,
    )


def test_a_merge_of_one_owner_carries_everything_once(world, flats, as_system):
    """47.19 + 66.38 = 113.57 m2 and the whole share; own prices that are the same go on once."""
    owner = Title.objects.get(premises=flats[0]).holders.get().party
    other = Title.objects.get(premises=flats[1])
    other.holders.update(party=owner)
    Title.objects.update(member=True)
    Agreement.objects.filter(title=other).update(payer=owner)
    own = [
        make_tariff(ComponentAssignment.objects.filter(component__code="EXPL").first().component, "1.10",
                    level="premises", premises=one)
        for one in flats
    ]  # fmt: skip
    make_interest_policy(entity=world.entity, premises=flats[0], valid=(SINCE, None), regime=None)
    make_interest_policy(entity=world.entity, premises=flats[1], valid=(SINCE, None), regime=None)
    group = make_premises_group(kind="free")
    put_in_group(group.pk, actor=as_system, valid_from=SINCE, premises=[flats[0].pk])
    make_household_member(premises=flats[1])
    before = state()
    act = carry_out(merge(flats, as_system).pk, actor=as_system)
    new = act.new_premises.get().premises
    assert values_of(new) == {"usable_area": Decimal("113.57"), "persons": 5, "cold_water_forecast": Decimal("4.93")}
    assert str(share_of(new.pk, DAY)) == "1/1"
    title = Title.objects.get(premises=new)
    assert title.holders.get().party == owner and title.member
    agreement = Agreement.objects.get(premises=new)
    assert agreement.payer == owner and Account.objects.filter(agreement=agreement).count() == 1
    assert ComponentAssignment.objects.filter(premises=new).count() == 8
    assert [str(one.price.normalize()) for one in Tariff.objects.filter(premises=new)] == ["1.1"]
    assert {one.valid.upper for one in Tariff.objects.filter(pk__in=[one.pk for one in own])} == {DAY}
    assert InterestPolicy.objects.get(premises=new).valid.lower == DAY
    assert GroupMember.objects.get(premises=new).group == group
    assert HouseholdMember.objects.get(premises=new).valid.lower == DAY
    undo(act.pk, actor=as_system)
    assert state() == before
    again = carry_out(merge(flats, as_system).pk, actor=as_system)
    assert again.new_premises.get().premises.code == new.code


def test_merging_different_owners_needs_a_new_title(flats, as_system):
    act = merge(flats, as_system)
    problem = refused("reshaping.titles_differ", preview, act.pk, actor=as_system)
    assert flats[0].code in str(problem.message) and flats[1].code in str(problem.message)
    holders = [Title.objects.get(premises=one).holders.get().party for one in flats]
    refused("reshaping.title_kind", set_title, act.pk, [(holders[0], 1, 1)], actor=as_system)
    wrong = [(holders[0], 2, 3), (holders[1], 1, 2)]
    refused("title.share_above_whole", set_title, act.pk, wrong, kind="ownership", actor=as_system)
    shares = [(holders[0], 4719, 11357), (holders[1], 6638, 11357)]
    set_title(act.pk, shares, kind="ownership", payer_pk=holders[1].pk, actor=as_system)
    done = carry_out(act.pk, actor=as_system)
    new = done.new_premises.get().premises
    title = Title.objects.get(premises=new)
    assert title.kind == "ownership" and title.holders.count() == 2
    assert Agreement.objects.get(premises=new).payer == holders[1]
    pairs = done.former["titles"]["pairs"]
    assert {tuple(pair) for pair in pairs} == {
        (one.pk, Agreement.objects.get(premises=new).pk) for one in Agreement.objects.filter(premises__in=flats)
    }


def test_a_split_is_undone_as_if_it_had_not_been(world, flats, as_system):
    before = state()
    facts = values_of(flats[0])
    act = carry_out(split(flats[0], as_system).pk, actor=as_system)
    undo(act.pk, actor=as_system)
    assert state() == before and values_of(flats[0]) == facts
    act.refresh_from_db()
    assert act.state == "undone" and not act.new_premises.exclude(premises=None).exists()
    refused("reshaping.state", undo, act.pk, actor=as_system)
    again = carry_out(split(flats[0], as_system).pk, actor=as_system)
    new = again.new_premises.first().premises
    record_fact(new.pk, "usable_area", Decimal("29"), DAY, source="survey", actor=as_system)
    refused("reshaping.changed_since", undo, again.pk, actor=as_system)


def test_nothing_is_undone_once_something_was_posted(world, flats, as_system):
    act = carry_out(split(flats[0], as_system).pk, actor=as_system)
    posted_run(world, DAY, actor=as_system)
    refused("reshaping.posted", undo, act.pk, actor=as_system)


def test_months_charged_beyond_the_day_stand_in_the_way_or_are_corrected(world, flats, as_system):
    for month in (dt.date(2026, 3, 1), DAY, dt.date(2026, 5, 1)):
        posted_run(world, month, actor=as_system)
    act = split(flats[0], as_system)
    problem = refused("reshaping.charged", preview, act.pk, actor=as_system)
    assert problem.details == {"months": ["2026-04", "2026-05"], "notices": 2}
    act = split(flats[0], as_system, corrects_posted=True)
    done = carry_out(act.pk, actor=as_system)
    run = CorrectionRun.objects.get(premises=flats[0])
    # Both notices of 319.88 fall away: nothing is due from the former flat any more.
    assert (run.document_count, run.total_amount, run.state) == (2, Decimal("-639.76"), "compared")
    assert done.former["carried"]["charges"]["corrections"] == [run.pk]
    late = compute_run(world.entity.pk, DAY, actor=as_system)
    assert late.total_amount == Decimal("323.88")


def test_fixed_amounts_stay_one_amount_and_unequal_own_prices_are_refused(world, flats, as_system):
    loan = make_component(world, "LOAN", "amount", position=20)
    make_tariff(loan, "50")
    attach_everywhere(world, loan)
    act = carry_out(split(flats[0], as_system).pk, actor=as_system)
    carried = ComponentAssignment.objects.filter(component=loan, premises__made_from__act=act)
    assert [one.premises.number for one in carried] == ["1A"]
    undo(act.pk, actor=as_system)
    owner = Title.objects.get(premises=flats[0]).holders.get().party
    Title.objects.update(member=True)
    Title.objects.get(premises=flats[1]).holders.update(party=owner)
    Agreement.objects.update(payer=owner)
    for flat, price in zip(flats, ("1.10", "1.20"), strict=True):
        make_tariff(loan, price, level="premises", premises=flat)
    refused("reshaping.prices_differ", preview, merge(flats, as_system).pk, actor=as_system)


def test_bad_input_is_refused_by_name(world, flats, as_system):
    place = flats[0]
    other = add_premises(place.building_id, "9", "dwelling", actor=as_system, entity_pk=world.entity.pk)
    other_building = make_charged_world(1, actor=as_system, tag="W2")
    foreign = Agreement.objects.get(pk=other_building.agreements[0]).premises
    refused("reshaping.count", start_merge, [place.pk], DAY, actor=as_system)
    refused("reshaping.buildings", start_merge, [place.pk, foreign.pk], DAY, actor=as_system)
    refused("premises.missing", start_split, 0, DAY, actor=as_system)
    act = start_split(place.pk, DAY, actor=as_system)
    refused("reshaping.no_results", preview, act.pk, actor=as_system)
    for rows, code in (
        ([Planned("1A")], "reshaping.results"),
        ([Planned("1A"), Planned("1A")], "reshaping.numbers"),
        ([Planned("1A"), Planned(" ")], "reshaping.numbers"),
        ([Planned("9"), Planned("1B")], "reshaping.place"),
        ([Planned("1A", kind="castle"), Planned("1B")], "reshaping.place"),
        ([Planned("1A", facts={"usable_area": Decimal("-1")}), Planned("1B")], "fact.negative"),
        ([Planned("1A", facts={"rooms": Decimal("1.5")}), Planned("1B")], "fact.not_whole"),
        ([Planned("1A", facts={"moons": Decimal("1")}), Planned("1B")], "fact.unknown_kind"),
        ([Planned("1A", shares={"share": (2, 1)}), Planned("1B")], "share.impossible"),
        ([Planned("1A", shares={"share": (1, 0)}), Planned("1B")], "share.impossible"),
    ):
        refused(code, set_results, act.pk, rows, actor=as_system)
    refused("reshaping.split_keeps_titles", set_title, act.pk, [], actor=as_system)
    declare(place.pk, "persons", Decimal(3), DAY, actor=as_system)
    record_fact(place.pk, "usable_area", Decimal("48"), dt.date(2026, 6, 1), source="survey", actor=as_system)
    set_results(act.pk, PARTS, actor=as_system)
    problem = refused("reshaping.later", preview, act.pk, actor=as_system)
    assert len(problem.details["entries"]) == 2
    act = start_split(other.pk, DAY, actor=as_system)
    set_results(act.pk, [Planned("9A"), Planned("9B")], actor=as_system)
    carry_out(act.pk, actor=as_system)
    refused("reshaping.closed", start_split, other.pk, DAY, actor=as_system)
    new = act.new_premises.first().premises
    refused("reshaping.day", start_split, new.pk, DAY, actor=as_system)


def test_a_second_person_where_the_node_is_set_so(world, flats, as_system):
    set_setting(world.entity.node_id, flag_of(KIND), "yes", starts_on=SINCE, actor=as_system, reason="board")
    proposer, approver = make_user(), make_user()
    for user in (proposer, approver):
        make_grant(user, ["*:*"])
    act = split(flats[0], as_system)
    asked = carry_out(act.pk, actor=Actor(proposer.pk, "proposer", reach=Reach(everything=True)))
    assert isinstance(asked, ApprovalRequest) and asked.payload["former"] == flats[0].code
    act.refresh_from_db()
    assert act.state == "prepared"
    with pytest.raises(NotAllowed):
        approve(asked.pk, actor=Actor(proposer.pk, "proposer", reach=Reach(everything=True)))
    approve(asked.pk, actor=Actor(approver.pk, "approver", reach=Reach(everything=True)))
    act.refresh_from_db()
    assert act.state == "done" and act.done_by_id == approver.pk


def test_what_only_one_can_have_goes_to_the_first_of_the_parts(world, flats, as_system):
    """A parking contract stays one; a household that a residence register follows moves, and with it the persons."""
    flat = flats[0]
    set_persons_source([flat.pk], "register", dt.date(2021, 1, 1), actor=as_system)
    for name in ("Anna", "Jan", "Ewa"):
        make_household_member(premises=flat, name=name, valid=(dt.date(2021, 1, 1), None))
    follow_register([flat.pk], actor=as_system)
    payer = Agreement.objects.get(pk=world.agreements[0]).payer_id
    parking = open_agreement(flat.pk, payer, SINCE, actor=as_system, kind="parking")
    set_attribute(parking.pk, "rate", "20", SINCE, source="contract", actor=as_system)
    before = state()
    facts = values_of(flat)
    assert facts["persons"] == 3
    parts = (Planned("1A", facts={"usable_area": Decimal("30"), "cold_water_forecast": Decimal("1")}), Planned("1B"))
    act = split(flat, as_system, (replace(parts[0], shares={"share": (3000, 11357)}), parts[1]))
    assert "persons" not in {line.total.kind for line in preview(act.pk, actor=as_system).totals}
    act = carry_out(act.pk, actor=as_system)
    first, second = (one.premises for one in act.new_premises.all())
    assert (values_of(first)["persons"], values_of(second)["persons"]) == (3, 0)
    assert HouseholdMember.objects.filter(premises=first, valid__startswith=DAY).count() == 3
    assert sorted(Agreement.objects.filter(premises=first).values_list("kind", flat=True)) == ["parking", "title"]
    assert list(Agreement.objects.filter(premises=second).values_list("kind", flat=True)) == ["title"]
    new = Agreement.objects.get(premises=first, kind="parking")
    assert new.attributes.get(name="rate").value == "20" and new.payer_id == payer
    undo(act.pk, actor=as_system)
    assert state() == before and values_of(flat) == facts


def test_several_payers_are_not_lost_unseen(world, flats, as_system):
    act = split(flats[0], as_system)
    account = Account.objects.get(agreement=world.agreements[0])
    joint = make_co_payer(account=account, valid=(SINCE, None))
    refused("reshaping.several_payers", preview, act.pk, actor=as_system)
    joint.valid = (SINCE, DAY)
    joint.save()
    assert preview(act.pk, actor=as_system).titles


def test_the_api_prepares_and_carries_out_a_merge(world, flats, as_system):
    Title.objects.update(member=True)
    owner = Title.objects.get(premises=flats[0]).holders.get().party
    Title.objects.get(premises=flats[1]).holders.update(party=owner)
    Agreement.objects.update(payer=owner)
    user = make_user()
    make_grant(user, ["*:*"])
    _token, secret = issue_token(user, name="test", scopes=["*"], days=3, actor=as_system)

    def call(path: str, body: Any, key: str) -> Any:
        return Client().post(
            f"/api/v1/reshaping/reshaping{path}", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": key},
        )  # fmt: skip

    body = {"premises": f"{flats[0].code} {flats[1].code}", "effective_on": "2026-04-01", "document": "deed"}
    assert call("/actions/merge", body | {"premises": "nowhere"}, "k0").status_code == 422
    begun = call("/actions/merge", body, "k1")
    assert begun.status_code == 200, begun.content
    act = Reshaping.objects.get()
    lines = "1-2; usable_area=113.57; share=1/1; storey=77"
    assert "no storey 77" in call(f"/{act.pk}/set_results", {"results": lines}, "k2").content.decode()
    bad = call(f"/{act.pk}/set_results", {"results": "1-2; usable_area=much"}, "k3")
    assert bad.status_code == 422 and "is not a number" in bad.content.decode()
    assert call(f"/{act.pk}/set_results", {"results": lines.partition("; storey")[0]}, "k4").status_code == 200
    assert call(f"/{act.pk}/carry_out", {}, "k5").status_code == 200
    assert Premises.objects.get(number="1-2").opened_on == DAY


def test_the_guide_leads_through_the_steps(world, flats, as_system):
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    begun = client.post(
        f"/office/estates/premises/{flats[0].pk}/do/split/", {"effective_on": "2026-04-01", "document": "deed"}
    )
    act = Reshaping.objects.get()
    guide = f"/office/reshaping/{act.pk}/"
    assert begun["Location"] == guide
    page = client.get(guide).content.decode()
    assert "47.19" in page and "4719/11357" in page
    data = {
        "count": "2", "number_1": "1A", "number_2": "1B", "kind_1": "dwelling", "kind_2": "office",
        "usable_area_1": "30,00", "share_1": "3000/11357", "persons_1": "1", "cold_water_forecast_1": "1",
    }  # fmt: skip
    wrong = client.post(guide, data | {"share_1": "half"})
    assert wrong.status_code == 422 and "is not a fraction" in wrong.content.decode()
    assert client.post(guide, data)["Location"] == f"{guide}?step=preview"
    shown = client.get(f"{guide}?step=preview").content.decode()
    assert "323.88" in shown and "17.19" in shown
    assert Premises.objects.filter(number="1A").count() == 0
    assert client.post(f"{guide}?step=preview")["Location"] == guide
    assert "1A" in client.get(guide).content.decode()
    viewer = make_user()
    make_grant(viewer, ["reshaping.reshaping:view", "estates.premises:view"])
    client.force_login(viewer)
    assert client.get(guide).status_code == 200
    assert client.post(f"/office/reshaping/reshaping/{act.pk}/do/undo/").status_code == 403


def test_two_splits_of_one_flat_at_once(fresh_database):
    """Both are prepared; one is carried out, the other is told that the flat is closed."""
    actor = system_actor("test")
    with acting(actor):
        world = make_charged_world(1, actor=actor)
        flat = Agreement.objects.get(pk=world.agreements[0]).premises
        make_title_holder(title=Title.objects.get(premises=flat))
        acts = [
            split(flat, actor, (Planned(f"{letter}1", facts={kind: Decimal(1) for kind in (
                "usable_area", "persons", "cold_water_forecast")}), Planned(f"{letter}2")))
            for letter in "AB"
        ]  # fmt: skip
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def run(pk: int) -> None:
        gate.wait()
        try:
            carry_out(pk, actor=actor)
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act.pk,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["done", "reshaping.closed"]
    with acting(actor):
        assert Premises.objects.filter(building=flat.building).count() == 3
        assert Reshaping.objects.filter(state="done").count() == 1
