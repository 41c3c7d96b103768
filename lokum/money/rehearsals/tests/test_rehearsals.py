"""A month rehearsed: what is committed is what was approved; whatever changes in between voids it."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.utils import translation

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import read
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve as approve_request
from lokum.core.jobs.models import Job
from lokum.core.organisation.models import NodeSetting
from lokum.money.charges.factories import make_charge_batch, make_reduction
from lokum.money.charges.models import ChargeRun, Component, ComponentAssignment, Notice, Tariff
from lokum.money.charges.services.payers import Share, split_payers
from lokum.money.charges.tests.world import make_charged_world, make_tariff, posted_run
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.models import InterestPolicy, InterestRun
from lokum.money.ledger import rehearsing
from lokum.money.ledger.models import Account, AccountBalance, Batch, Entry, Period
from lokum.money.ledger.rehearsing import Month, Outcome, Part, parts, register_part
from lokum.money.ledger.services import NewEntry, NewLine, close_period, post_batch
from lokum.money.rehearsals.approvals import release_rehearsal
from lokum.money.rehearsals.models import Rehearsal, RehearsalLine
from lokum.money.rehearsals.queries import alarm_views, name_words, part_views, payer_views, rehearsal_figures
from lokum.money.rehearsals.services import approve_rehearsal, commit_rehearsal, drop_rehearsal, rehearse
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.factories import make_party

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
D = Decimal


@pytest.fixture
def world(as_system: Actor, settings: Any, tmp_path: Any) -> Any:
    """Three flats of 50 m2, two persons, 6 m3: 373.74 a month each by the published rates of the charged world
    (62.00 + 65.00 + 99.00 + 60.00 + 16.80 + 1.00 + 66.94 + 3.00). January and February are charged and closed."""
    settings.FILE_STORE = tmp_path
    world = make_charged_world(3, actor=as_system)
    for account in Account.objects.filter(pk__in=world.accounts).select_related("agreement"):
        for kind, value in (("persons", 2), ("usable_area", 50), ("cold_water_forecast", 6)):
            record_fact(account.agreement.premises_id, kind, D(value), dt.date(2024, 1, 1), source="card",
                        actor=as_system)  # fmt: skip
    for month in (JAN, FEB):
        posted_run(world, month, actor=as_system)
        close_period(world.entity.pk, month, actor=as_system)
    make_interest_policy(entity=world.entity)
    return world


def pay(world: Any, index: int, amount: str, actor: Actor, day: dt.date = dt.date(2026, 3, 20)) -> None:
    number, value = Batch.objects.count() + 1, D(amount)
    lines = [
        NewLine(world.chart["bank"].pk, debit_amount=value),
        NewLine(world.chart["receivable"].pk, credit_amount=value, of_payer=True),
    ]
    entry = NewEntry("payment", -value, lines, "test", number, world.accounts[index], effective_on=day)
    post_batch(world.entity.pk, "payment", f"pay:{number}", day, [entry], actor=actor)


def approved(world: Any, actor: Actor) -> Rehearsal:
    row = rehearse(world.entity.pk, MAR, actor=actor)
    assert row.problem_count == 0, row.figures
    return approve_rehearsal(row.pk, "looked at", actor=actor)


def books() -> tuple[int, ...]:
    return (Batch.objects.count(), Entry.objects.count(), Notice.objects.count(), ChargeRun.objects.count(),
            InterestRun.objects.count(), Period.objects.filter(closed_at__isnull=False).count())  # fmt: skip


def problem(row: Rehearsal) -> str:
    return next(part.problem for part in part_views(row) if part.problem)


def amounts(row: Rehearsal, part: str) -> dict[int, Decimal]:
    return dict(row.lines.filter(part=part).exclude(amount=0).values_list("account_id", "amount"))


@pytest.mark.req("CHG-19")
def test_what_is_committed_equals_what_was_approved(world: Any, as_system: Actor) -> None:
    first = Account.objects.get(pk=world.accounts[0])
    pay(world, 0, "500.00", as_system)
    make_charge_batch(account=first, component=Component.objects.get(entity=world.entity, code="EXPL"))
    before = books()
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert books() == before  # nothing of it remains
    told = row.figures["parts"]
    assert list(told) == [
        "matches",
        "allowances",
        "charges",
        "transfers",
        "deposits",
        "deposit_bookings",
        "closing",
        "interest",
    ]
    assert (told["charges"]["total"], told["charges"]["former"]) == ("1146.22", "1121.22")  # 3 x 373.74 + 25.00
    assert ["source:one_off", 1, "25.00"] in told["charges"]["sums"]
    assert amounts(row, "matches")[first.pk] == D("500.00")  # covers January and a part of February
    assert told["transfers"]["skipped"] == "nothing_to_move" and told["closing"]["count"] == 1
    assert D(told["interest"]["total"]) > 0
    assert D(row.figures["books"]["after"]) - D(row.figures["books"]["before"]) == row.total_amount
    assert row.total_amount == D("1146.22") + D(told["interest"]["total"])
    assert row.former_amount == D("1121.22") and row.changed_count == 3

    approve_rehearsal(row.pk, "looked at", actor=as_system)
    done = commit_rehearsal(row.pk, actor=as_system)
    assert done.state == "committed"
    charged = Notice.objects.filter(period=MAR).values_list("account_id", "total_amount")
    assert dict(charged) == amounts(done, "charges")
    noted = Entry.objects.filter(kind="interest").values("account_id").annotate(total=Sum("amount"))
    assert {one["account_id"]: one["total"] for one in noted} == amounts(done, "interest")
    held = AccountBalance.objects.filter(account__in=world.accounts).values_list("account_id", "amount")
    assert dict(held) == amounts(done, "books")
    assert Period.objects.get(entity=world.entity, starts_on=MAR).closing_note == (
        "looked at" if row.alarm_count else ""
    )
    after = books()
    assert commit_rehearsal(row.pk, actor=as_system).state == "committed" and books() == after
    again = rehearse(world.entity.pk, MAR, actor=as_system)
    assert {code: one["skipped"] for code, one in again.figures["parts"].items()} == {
        "charges": "closed", "matches": "nothing_free", "transfers": "nothing_to_move", "closing": "closed",
        "interest": "no_interest", "allowances": "none", "deposits": "none",
        "deposit_bookings": "no_bookings",
    }  # fmt: skip
    assert books() == after


def _new_price(world: Any, actor: Actor) -> None:
    component = Component.objects.get(entity=world.entity, code="WASTE")
    Tariff.objects.filter(component=component).update(valid=(dt.date(2020, 1, 1), MAR))
    make_tariff(component, "31.00", MAR, approved_at=clock.now())


def _more_persons(world: Any, actor: Actor) -> None:
    premises = Account.objects.get(pk=world.accounts[1]).agreement.premises_id
    record_fact(premises, "persons", D(3), MAR, source="declaration", actor=actor)


def _payment(world: Any, actor: Actor) -> None:
    pay(world, 2, "1.00", actor)


def _one_off(world: Any, actor: Actor) -> None:
    component = Component.objects.get(entity=world.entity, code="EXPL")
    make_charge_batch(account=Account.objects.get(pk=world.accounts[0]), component=component)


def _reduction(world: Any, actor: Actor) -> None:
    make_reduction(account=Account.objects.get(pk=world.accounts[0]), state="approved")


def _policy(world: Any, actor: Actor) -> None:
    with transaction.atomic():  # a savepoint has a number of its own, as another transaction would
        InterestPolicy.objects.filter(entity=world.entity).update(grace_days=5)


def _setting(world: Any, actor: Actor) -> None:
    NodeSetting.objects.create(node=world.entity.node, code="charges.due_moves", value="0", starts_on=JAN)


CHANGES: dict[str, tuple[Callable[[Any, Actor], None], str]] = {
    "price": (_new_price, "tariff"), "fact": (_more_persons, "fact"), "payment": (_payment, "entries"),
    "one_off": (_one_off, "one_offs"), "reduction": (_reduction, "reductions"),
    "policy": (_policy, "interest_policies"),
    "setting": (_setting, "settings"),
}  # fmt: skip


@pytest.mark.req("CHG-19")
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_between_voids_the_result_and_is_named(world: Any, as_system: Actor, change: str) -> None:
    row = approved(world, as_system)
    act, name = CHANGES[change]
    act(world, as_system)
    before = books()
    gone = commit_rehearsal(row.pk, actor=as_system)
    assert gone.state == "void" and books() == before
    assert name in [one["name"] for one in gone.voided_by]
    told = {one["name"]: " ".join(map(read, one["told"])) for one in gone.voided_by}
    if change == "fact":
        assert "persons 2 → 3" in told["fact"]
        with translation.override("pl"):
            assert "Liczba osób 2 → 3" in rehearsal_figures(gone, None)["changes"][0][1][0]
    if change == "price":
        assert "31.00" in told["tariff"]
    if change == "payment":
        assert "-1.00" in told["entries"]
    with pytest.raises(Refusal) as refused:
        commit_rehearsal(row.pk, actor=as_system)
    assert refused.value.code == "rehearsal.state"


@pytest.mark.req("CHG-19")
def test_everything_a_rehearsal_rests_on_has_a_name(world: Any, as_system: Actor) -> None:
    first = Agreement.objects.get(pk=world.agreements[0])
    split_payers(first.pk, MAR, [Share(first.payer_id, Fraction(1, 3)), Share(make_party().pk, Fraction(2, 3))],
                 actor=as_system)  # fmt: skip
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert {"split", "payer", "tariff", "deposits"} <= {*row.marks, "deposits"}
    assert [name for name in row.marks if name_words(name) == name] == []


@pytest.mark.req("CHG-19")
def test_a_change_before_the_approval_voids_it_too(world: Any, as_system: Actor) -> None:
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    _more_persons(world, as_system)
    assert [str(name) for name, _told in rehearsal_figures(row, None)["changes"]] == [
        "areas, persons and other facts of premises"
    ]
    gone = approve_rehearsal(row.pk, "x", actor=as_system)
    assert gone.state == "void" and "void" in gone.told
    assert rehearse(world.entity.pk, MAR, actor=as_system).pk != row.pk  # a void one stays as it was


@pytest.mark.req("CHG-19")
def test_problems_and_alarms_stand_in_the_way(world: Any, as_system: Actor) -> None:
    component = Component.objects.get(entity=world.entity, code="WASTE")
    ComponentAssignment.objects.filter(component=component, premises__agreements__accounts=world.accounts[0]).delete()
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert "1 charge may be missing" in [one["text"] for one in alarm_views(row)]
    with translation.override("pl"):  # whoever reads it reads it in the own language
        assert "może brakować 1 opłaty" in [one["text"] for one in alarm_views(row)]
    with pytest.raises(Refusal) as refused:
        approve_rehearsal(row.pk, "", actor=as_system)
    assert refused.value.code == "rehearsal.no_reason"
    Tariff.objects.filter(component=component).update(valid=(dt.date(2020, 1, 1), MAR))
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert row.problem_count == 1 and list(row.figures["parts"]) == ["matches", "allowances", "charges"]
    assert "2 lines cannot be computed" in problem(row)
    with translation.override("pl"):
        assert "Nie można obliczyć" in problem(row)
    with pytest.raises(Refusal) as refused:
        approve_rehearsal(row.pk, "in spite", actor=as_system)
    assert refused.value.code == "rehearsal.problems"
    assert drop_rehearsal(row.pk, actor=as_system).state == "dropped"


@pytest.mark.req("CHG-19")
def test_a_second_person_approves_where_the_node_is_set_so(world: Any, as_system: Actor) -> None:
    people = [make_user(), make_user()]
    for user in people:
        make_grant(user, ["*:*"])
    actors = [Actor(user_id=user.pk, label=str(user)) for user in people]
    row = rehearse(world.entity.pk, MAR, actor=actors[0])
    request = release_rehearsal(row.pk, "looked at", actor=actors[0])
    assert isinstance(request, ApprovalRequest) and Rehearsal.objects.get(pk=row.pk).state == "rehearsed"
    with pytest.raises(Refusal):
        approve_request(request.pk, actor=actors[0])
    approve_request(request.pk, actor=actors[1])
    assert Rehearsal.objects.get(pk=row.pk).state == "approved"
    NodeSetting.objects.create(node=world.entity.node, code="approval.rehearsals.approve", value="0", starts_on=JAN)
    assert commit_rehearsal(row.pk, actor=actors[0]).state == "void"  # settings changed


@pytest.mark.req("CHG-19")
def test_parts_of_layers_above_join_and_one_that_fails_takes_all_back(
    world: Any, as_system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "_parts", dict(rehearsing._parts))
    came: list[Decimal] = [D("10.00"), D("10.00"), D("10.01"), D("10.00")]

    def settle(month: Month) -> Outcome:
        amount = came.pop(0)
        pay(world, 0, str(amount), month.actor, month.last)
        if not came:
            raise RuntimeError("killed")
        return Outcome({world.accounts[0]: -amount}, 1)

    register_part(Part("settlements", "Settlements", 50, settle, lambda month: {"readings": "1"}))
    assert [part.code for part in parts()][3:8] == [
        "transfers", "deposits", "settlements", "deposit_bookings", "closing",
    ]  # fmt: skip
    row = approved(world, as_system)
    assert row.figures["parts"]["settlements"]["total"] == "-10.00"
    assert commit_rehearsal(row.pk, actor=as_system).state == "committed"

    other = rehearse(world.entity.pk, dt.date(2026, 4, 1), actor=as_system)
    approve_rehearsal(other.pk, "looked at", actor=as_system)
    before = books()
    with pytest.raises(RuntimeError):
        commit_rehearsal(other.pk, actor=as_system)
    assert books() == before and Rehearsal.objects.get(pk=other.pk).state == "approved"


@pytest.mark.req("CHG-19")
def test_the_same_data_that_come_to_other_amounts_void_it(
    world: Any, as_system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "_parts", dict(rehearsing._parts))
    came: list[Decimal] = [D("10.00"), D("10.01")]
    register_part(Part("settlements", "Settlements", 50,
                       lambda month: Outcome({world.accounts[0]: came.pop(0)}, 1), lambda month: {}))  # fmt: skip
    row = approved(world, as_system)
    before = books()
    gone = commit_rehearsal(row.pk, actor=as_system)
    assert gone.state == "void" and [one["name"] for one in gone.voided_by] == ["result"] and books() == before


@pytest.mark.req("CHG-19")
def test_a_month_that_runs_is_charged_but_not_closed(world: Any, as_system: Actor) -> None:
    month = clock.first_of_month(clock.today())
    row = rehearse(world.entity.pk, month, actor=as_system)
    told = row.figures["parts"]
    assert told["charges"]["total"] == "1121.22"
    assert (told["closing"]["skipped"], told["interest"]["skipped"]) == ("running", "open")


@pytest.mark.req("CHG-19")
def test_the_page_shows_parts_books_alarms_and_payers_and_its_buttons_work(world: Any, as_system: Actor) -> None:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    make_charge_batch(account=Account.objects.get(pk=world.accounts[0]),
                      component=Component.objects.get(entity=world.entity, code="EXPL"))  # fmt: skip
    asked = {"entity": world.entity.pk, "month": "2026-03-15"}
    answer = client.post("/office/rehearsals/rehearsal/do/rehearse/", asked)
    assert answer.status_code == 302, answer.content.decode()
    ordered = Job.objects.get()
    assert (ordered.kind, ordered.arguments) == (
        "rehearsals.rehearse", {"entity_id": world.entity.pk, "month": "2026-03-01"},
    )  # fmt: skip
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    page = client.get(f"/office/rehearsals/rehearsal/{row.pk}/", {"tab": "figures"})
    text = page.content.decode()
    for words in ("Charges", "Interest", "Closing of the month", "Against the books", "payers differ", "1,146.22",
                  "The data are still those of the rehearsal."):  # fmt: skip
        assert words in text, words
    assert payer_views(row)[0].account_id == world.accounts[0]
    sheet = client.get("/office/rehearsals/rehearsalline/export/", {"rehearsal": row.pk, "format": "csv"})
    assert sheet.status_code == 200 and "398.74" in sheet.content.decode()
    answer = client.post(f"/office/rehearsals/rehearsal/{row.pk}/do/approve/", {"reason": "looked at"})
    assert answer.status_code == 302 and Rehearsal.objects.get().state == "approved"
    assert client.post(f"/office/rehearsals/rehearsal/{row.pk}/do/commit/").status_code == 302
    assert Job.objects.get(kind="rehearsals.commit").arguments == {"rehearsal_id": row.pk}
    commit_rehearsal(row.pk, actor=as_system)
    assert RehearsalLine.objects.filter(part="charges").count() == 3 == Notice.objects.filter(period=MAR).count()
