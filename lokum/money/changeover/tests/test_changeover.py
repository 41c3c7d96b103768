"""A change of owner as one guided step: shown before, carried out whole, undone while nothing was posted."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.models import User
from lokum.core.base.context import Actor, Reach
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.services import approve
from lokum.money.changeover.models import OwnerChange
from lokum.money.changeover.services import (
    Keys,
    Reading,
    carry_out,
    deposit_requests,
    preview,
    set_details,
    set_holders,
    start_on_premises,
    undo,
)
from lokum.money.charges.tests.world import (
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.money.deposits.factories import make_deposit, make_deposit_kind
from lokum.money.deposits.models import Deposit
from lokum.money.ledger.models import Account, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import total_of_accounts
from lokum.money.payments.factories import make_bank_account, make_pool
from lokum.money.payments.models import VirtualAccount
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.models import FactChange
from lokum.property.occupancy.factories import make_title_holder
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.parties.factories import make_party

pytestmark = [pytest.mark.req("PPL-05")]
DAY, MONTH = dt.date(2026, 3, 9), dt.date(2026, 3, 1)


@pytest.fixture
def world(as_system: Actor) -> Any:
    world = make_charged_world(2, actor=as_system)
    bank = make_bank_account(entity=world.entity, number="98111122220000000000990001")
    issue_missing_numbers(make_pool(bank_account=bank, mask="0007").pk, actor=as_system)
    for agreement in Agreement.objects.select_related("title", "payer"):
        make_title_holder(title=agreement.title, party=agreement.payer)
    return world


@pytest.fixture
def former(world: Any) -> Agreement:
    return Agreement.objects.select_related("premises", "title", "payer").get(pk=world.agreements[0])


def prepared(former: Agreement, actor: Actor, buyer: Any = None, **details: Any) -> OwnerChange:
    change = start_on_premises(former.premises_id, DAY, actor=actor, document="deed 17/2026")
    set_holders(change.pk, [(buyer or make_party(last_name="Lis"), 1, 1)], actor=actor, document="deed 17/2026")
    return set_details(change.pk, actor=actor, readings=[Reading("ZW-1204", Decimal("381.52"), "m3")], **details)


def state() -> list[Any]:
    """Everything a preview must leave as it was."""
    with connection.cursor() as cursor:
        found = []
        for table in ("occupancy_title", "occupancy_titleholder", "occupancy_agreement", "ledger_account",
                      "payments_virtualaccount", "estates_factchange", "changeover_ownerchange"):  # fmt: skip
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t.id)) FROM {table} t")
            found.append((table, *cursor.fetchone()))
        return found


def test_the_preview_says_what_will_happen_and_changes_nothing(world, former, as_system):
    change = prepared(former, as_system)
    before = state()
    plan = preview(change.pk, actor=as_system)
    assert state() == before
    assert plan.ended_agreements == [former.code] and plan.last_on == dt.date(2026, 3, 8)
    assert plan.new_names == "Lis Anna" and plan.bank_number and plan.posted_notices == 0
    assert plan.lines and plan.agrees and plan.former_part + plan.new_part == plan.whole > 0

    done = carry_out(change.pk, actor=as_system)
    account = Account.objects.get(agreement=done.new_agreement)
    number = VirtualAccount.objects.get(account=account).number
    assert (done.new_agreement.code, account.code, number) == (
        plan.agreement_code, plan.account_code, plan.bank_number,
    )  # fmt: skip
    former.refresh_from_db()
    assert former.valid.upper == DAY == done.new_agreement.valid.lower == done.new_title.valid.lower
    assert str(done.readings.get()) == "ZW-1204: 381.52 m3"
    assert FactChange.objects.filter(premises=former.premises, kind="owner", effective_from=DAY).count() == 1


def test_it_is_undone_while_nothing_was_posted(world, former, as_system):
    change = prepared(former, as_system)
    tables = [
        row for row in state() if row[0] in ("occupancy_titleholder", "ledger_account", "payments_virtualaccount")
    ]
    carry_out(change.pk, actor=as_system)
    undo(change.pk, actor=as_system)
    assert [row for row in state() if row in tables] == tables
    former.refresh_from_db()
    assert former.valid.upper is None and Title.objects.get(pk=former.title_id).valid.upper is None
    change.refresh_from_db()
    assert (change.state, change.new_title, change.new_agreement) == ("undone", None, None)
    again = prepared(former, as_system)
    carry_out(again.pk, actor=as_system)
    posted_run(world, dt.date(2026, 4, 1), actor=as_system)
    with pytest.raises(Refusal) as refused:
        undo(again.pk, actor=as_system)
    assert refused.value.code == "changeover.posted"


def test_wrong_days_and_second_preparations_are_refused(world, former, as_system):
    change = prepared(former, as_system)
    for act, code in (
        (lambda: start_on_premises(former.premises_id, DAY, actor=as_system), "changeover.open"),
        (lambda: start_on_premises(former.premises_id, dt.date(1990, 1, 1), actor=as_system), "changeover.no_owner"),
        (lambda: set_holders(change.pk, [], actor=as_system), "title.without_holder"),
        (
            lambda: set_holders(change.pk, [(make_party(), 2, 3), (make_party(), 1, 2)], actor=as_system),
            "title.share_above_whole",
        ),
        (lambda: set_details(change.pk, actor=as_system, arrears="taken_over"), "changeover.takeover_document"),
        (
            lambda: set_details(
                change.pk, actor=as_system, readings=[Reading("A", Decimal(1)), Reading("A", Decimal(2))]
            ),
            "changeover.meter_twice",
        ),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == code
    carry_out(change.pk, actor=as_system)
    with pytest.raises(Refusal) as refused:
        carry_out(change.pk, actor=as_system)
    assert refused.value.code == "changeover.state"


def test_arrears_pass_on_after_approval_by_somebody_else(world, former, as_system):
    posted_run(world, dt.date(2026, 2, 1), actor=as_system)
    proposer, approver = make_user(), make_user()
    for user in (proposer, approver):
        make_grant(user, ["*:*"])
    change = prepared(former, as_system, arrears="taken_over", takeover_document="agreement of 5 March")
    old = Account.objects.get(agreement=former)
    debt = total_of_accounts([old.pk])[old.pk]
    done = carry_out(change.pk, actor=Actor(proposer.pk, "proposer", reach=Reach(everything=True)))
    new = Account.objects.get(agreement=done.new_agreement)
    assert done.arrears_request is not None and done.arrears_request.amount == debt > 0
    assert total_of_accounts([old.pk, new.pk]) == {old.pk: debt, new.pk: Decimal("0.00")}
    with pytest.raises(Refusal) as refused:
        undo(change.pk, actor=as_system)
    assert refused.value.code == "changeover.request_open"
    with pytest.raises(NotAllowed):
        approve(done.arrears_request.pk, actor=Actor(proposer.pk, "proposer", reach=Reach(everything=True)))

    approve(done.arrears_request.pk, actor=Actor(approver.pk, "approver", reach=Reach(everything=True)))

    assert total_of_accounts([old.pk, new.pk]) == {old.pk: Decimal("0.00"), new.pk: debt}
    assert not OpenItem.objects.filter(account=old, open_amount__gt=0).exists()
    dues = set(OpenItem.objects.filter(account=old, side="debit").values_list("due_on", flat=True))
    assert set(OpenItem.objects.filter(account=new, open_amount__gt=0).values_list("due_on", flat=True)) == dues
    done.refresh_from_db()
    assert done.arrears_amount == debt


@pytest.mark.req("LED-21")
@pytest.mark.parametrize("choice", ["stays", "returned", "passed_on"])
def test_deposits_and_keys_move_with_the_premises(world, former, as_system, choice):
    """1,200 held: it stays, goes back (no debts), or passes to the new payer; each act waits for a second person."""
    old = Account.objects.get(agreement=former)
    deposit = make_deposit(account=old, kind=make_deposit_kind(entity=world.entity))
    proposer, approver = make_user(), make_user()
    for user in (proposer, approver):
        make_grant(user, ["*:*"])
    with pytest.raises(Refusal) as refused:
        prepared(former, as_system, deposits="passed_on")
    assert refused.value.code == "changeover.deposit_document"
    change = OwnerChange.objects.get()
    set_details(change.pk, actor=as_system, deposits=choice, deposit_document="agreement 7", keys=[Keys("door", 2)])
    [line] = preview(change.pk, actor=as_system).deposits
    assert (line.deposit, line.amount) == (deposit, None if choice == "stays" else 1200)
    assert Deposit.objects.get().vacated_on is None
    done = carry_out(change.pk, actor=Actor(proposer.pk, "proposer", reach=Reach(everything=True)))
    assert [str(one) for one in done.keys.all()] == ["2 × door"]
    requests = deposit_requests(done)
    deposit.refresh_from_db()
    assert (deposit.held_amount, len(requests)) == (1200, 0 if choice == "stays" else 1)
    assert deposit.vacated_on == (dt.date(2026, 3, 8) if choice == "returned" else None)
    for request in requests:
        with pytest.raises(Refusal) as refused:
            undo(done.pk, actor=as_system)
        assert refused.value.code == "changeover.request_open"
        approve(request.pk, actor=Actor(approver.pk, "approver", reach=Reach(everything=True)))
        with pytest.raises(Refusal) as refused:
            undo(done.pk, actor=as_system)
        assert refused.value.code == "changeover.deposits_moved"
    new = Account.objects.get(agreement=done.new_agreement)
    held = {one.account_id: one.held_amount for one in Deposit.objects.filter(held_amount__gt=0)}
    assert held == {"stays": {old.pk: 1200}, "returned": {}, "passed_on": {new.pk: 1200}}[choice]
    assert not [one for one in prove(("K1", "K2", "I1", "I10")) if one.count]
    if choice == "stays":
        undo(done.pk, actor=as_system)


def _resident(party: Any, name: str) -> Client:
    user = User.objects.create(username=name, display_name=name, user_class=User.UserClass.RESIDENT, language="en")
    type(party).objects.filter(pk=party.pk).update(user=user)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("POR-04")
def test_each_owners_portal_starts_or_stops_at_the_day(world, former, as_system, monkeypatch):
    posted_run(world, dt.date(2026, 2, 1), actor=as_system)
    buyer = make_party(last_name="Lis")
    seller_page, buyer_page = _resident(former.payer, "seller"), _resident(buyer, "buyer")
    change = prepared(former, as_system, buyer)
    carry_out(change.pk, actor=as_system)
    old = Account.objects.get(agreement=former)
    new = Account.objects.get(agreement__premises=former.premises, payer=buyer)
    sees = lambda client, account: client.get("/portal/money/", {"account_id": account.pk}).status_code == 200  # noqa: E731
    assert sees(seller_page, old) and not sees(seller_page, new)
    assert sees(buyer_page, new) and not sees(buyer_page, old)
    place = f"{former.premises.building} / {former.premises.number}"
    assert place in buyer_page.get("/portal/me/").content.decode()
    assert place not in seller_page.get("/portal/me/").content.decode()
    notice = old.notices.get()
    assert seller_page.get(f"/portal/documents/{notice.document_id}/").status_code == 200
    assert buyer_page.get(f"/portal/documents/{notice.document_id}/").status_code == 404


def test_the_guide_leads_through_the_steps_in_the_browser(world, former, as_system):
    user, buyer = make_user(), make_party(code="P900", last_name="Lis")
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    begun = client.post(
        f"/office/estates/premises/{former.premises_id}/do/change_owner/",
        {"transferred_on": "2026-03-09", "document": "deed 17/2026"},
    )
    change = OwnerChange.objects.get()
    guide = f"/office/changeover/{change.pk}/"
    assert begun["Location"] == guide
    holders = {"transferred_on": "2026-03-09", "kind": change.kind, "holders": "P900", "payer": "", "document": "deed"}
    wrong = client.post(guide, holders | {"holders": "nobody"})
    assert wrong.status_code == 422 and "nobody with the number" in wrong.content.decode()
    assert client.post(guide, holders)["Location"] == f"{guide}?step=details"
    details = {"readings": "ZW-1 12,5 m3", "arrears": "stays", "takeover_document": "", "handed_over": "2 keys"}
    assert client.post(f"{guide}?step=details", details | {"readings": "ZW-1"}).status_code == 422
    assert client.post(f"{guide}?step=details", details)["Location"] == f"{guide}?step=preview"
    page = client.get(f"{guide}?step=preview").content.decode()
    assert "ZW-1: 12.5 m3" in page and "both parts together are the undivided charge" in page
    assert Title.objects.filter(premises=former.premises).count() == 1
    assert client.post(f"{guide}?step=preview").status_code == 302
    shown = client.get(guide).content.decode()
    assert "Lis Anna pays" in shown and "Undo" in shown
    assert Title.objects.get(premises=former.premises, valid__startswith=DAY).holders.get().party == buyer
    viewer = make_user()
    make_grant(viewer, ["changeover.ownerchange:view", "estates.premises:view"])
    client.force_login(viewer)
    assert client.get(guide).status_code == 200


def test_a_component_by_days_is_split_as_published(world, former, as_system):
    """poland.md 1.9: transfer on 9 September, monthly 612.40: the seller's 8 days 163.31, the buyer 449.09."""
    component = make_component(world, "RENT", "unit", proration="days")
    make_tariff(component, "612.40")
    attach_everywhere(world, component)
    change = start_on_premises(former.premises_id, dt.date(2026, 9, 9), actor=as_system)
    set_holders(change.pk, [(make_party(), 1, 1)], actor=as_system)
    line = next(one for one in preview(change.pk, actor=as_system).lines if one.component == str(component))
    assert (line.whole, line.former, line.new) == (Decimal("612.40"), Decimal("163.31"), Decimal("449.09"))
    assert line.agrees
