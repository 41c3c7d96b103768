"""Charges shared among payers: sums, notices, corrections, undo, and what each of them sees (LED-07)."""

import datetime as dt
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from lokum.core.access.factories import make_user
from lokum.core.base.context import acting
from lokum.core.base.errors import Refusal
from lokum.core.base.money import split_amount
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.services import is_void
from lokum.money.charges.models import ChargeLine, ChargeRun, Component, Notice
from lokum.money.charges.papers import notice_paper
from lokum.money.charges.services import compute_run, undo_run
from lokum.money.charges.services.correcting import compare_months, post_correction, request_correction
from lokum.money.charges.services.payers import Share, end_split, split_payers
from lokum.money.charges.tests.world import MONTH, make_charged_world, make_component, make_tariff, posted_run
from lokum.money.documents.services.delivery import deliver_run
from lokum.money.ledger.factories import make_account
from lokum.money.ledger.models import AccountBalance, CoPayer, PayerShare, PayerSplit
from lokum.money.ledger.proof import prove
from lokum.money.ledger.scopes import accounts_of_resident
from lokum.property.estates.models import PremisesFact
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.factories import make_party, make_party_address

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("LED-07")]
RULES = ("I1", "I2", "I4", "I5", "I6", "I9", "I12", "I13", "C7", "D1", "D2")
THIRDS = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))


@pytest.fixture
def world(as_system: Any) -> Any:
    return make_charged_world(3, actor=as_system)


def people(count: int) -> list[Any]:
    return [make_party(last_name=f"Współpłatnik {number}") for number in range(count)]


def share_out(world: Any, actor: Any, fractions: Any = THIRDS, place: int = 0, **over: Any) -> PayerSplit:
    agreement = Agreement.objects.get(pk=world.agreements[place])
    payers = [agreement.payer, *people(len(fractions) - 1)]
    shares = [Share(payer.pk, one) for payer, one in zip(payers, fractions, strict=True)]
    return split_payers(agreement.pk, MONTH, shares, actor=actor, **over)


def refused(code: str) -> Any:
    class Caught:
        def __enter__(self) -> None: ...

        def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
            assert isinstance(error, Refusal) and error.code == code, error
            return True

    return Caught()


def proven() -> None:
    assert {one.code: [str(f) for f in one.findings] for one in prove(RULES) if one.count} == {}


def amounts(world: Any, run: ChargeRun, place: int = 0) -> dict[int, dict[int, D]]:
    """Amount by account and component of one agreement."""
    found: dict[int, dict[int, D]] = {}
    for line in ChargeLine.objects.filter(notice__run=run, agreement_id=world.agreements[place]):
        found.setdefault(line.notice.account_id, {})[line.component_id] = line.amount
    return found


def test_parts_add_up_to_the_whole_line_by_line(world: Any, as_system: Any) -> None:
    whole = amounts(world, posted_run(world, dt.date(2026, 2, 1), actor=as_system))[world.accounts[0]]
    split = share_out(world, as_system)
    run = posted_run(world, actor=as_system)
    accounts = list(split.shares.order_by("pk").values_list("account_id", flat=True))
    found = amounts(world, run)
    assert set(found) == set(accounts) and len(accounts) == 3
    for component, amount in whole.items():
        parts = [found[account][component] for account in accounts]
        assert sum(parts) == amount and parts == split_amount(amount, [3, 2, 1])
    # one notice for each payer; those of the other agreements stay whole
    assert Notice.objects.filter(run=run).count() == 5
    assert Notice.objects.get(run=run, account=accounts[0]).total_amount == sum(found[accounts[0]].values())
    proven()


def test_the_last_cent_by_hand(world: Any, as_system: Any) -> None:
    """10.00 net and 23 % tax 2.30 among three equal payers: 3.34 + 3.33 + 3.33 and 0.77 + 0.77 + 0.76."""
    component = make_component(world, "VAT", vat_kind="standard", component_class="service")
    make_tariff(component, "10.00")
    from lokum.money.charges.services import attach_component

    premises = Agreement.objects.get(pk=world.agreements[0]).premises_id
    attach_component(component.pk, [premises], dt.date(2020, 1, 1), actor=as_system)
    split = share_out(world, as_system, (Fraction(1, 3),) * 3)
    run = posted_run(world, actor=as_system)
    lines = [
        ChargeLine.objects.get(notice__run=run, component=component, notice__account=share.account)
        for share in split.shares.order_by("pk")
    ]
    assert [(one.net_amount, one.tax_amount) for one in lines] == [
        (D("3.34"), D("0.77")), (D("3.33"), D("0.77")), (D("3.33"), D("0.76"))]  # fmt: skip
    assert [one.reason for one in lines] == ["run", *(f"run@{one.notice.account_id}" for one in lines[1:])]
    proven()


def test_a_component_may_go_to_another_payer(world: Any, as_system: Any) -> None:
    """The tenant bears the water, everything else stays with the owner."""
    agreement = Agreement.objects.get(pk=world.agreements[0])
    tenant, water = people(1)[0], Component.objects.get(entity=world.entity, code="WATER")
    shares = [Share(tenant.pk, Fraction(1))]
    split = split_payers(agreement.pk, MONTH, shares, component_id=water.pk, actor=as_system)
    found = amounts(world, posted_run(world, actor=as_system))
    other = split.shares.get().account_id
    assert set(found[other]) == {water.pk} and water.pk not in found[world.accounts[0]]
    proven()


def test_a_repeat_adds_nothing_and_undo_takes_all_parts_back(world: Any, as_system: Any) -> None:
    share_out(world, as_system)
    run = posted_run(world, actor=as_system)
    again = compute_run(world.entity.pk, MONTH, actor=as_system)
    assert again.line_count == 0
    undo_run(run.pk, "wrong price", actor=as_system)
    assert not AccountBalance.objects.exclude(amount=0).exists()
    repeat = posted_run(world, actor=as_system)
    assert repeat.notice_count == 5 and repeat.total_amount == run.total_amount
    reasons = set(ChargeLine.objects.filter(notice__run=repeat).values_list("reason", flat=True))
    assert {one.split("/")[1] for one in reasons} == {"2"}
    proven()


def test_a_correction_follows_the_split(world: Any, as_system: Any) -> None:
    split = share_out(world, as_system, (Fraction(3, 4), Fraction(1, 4)))
    posted_run(world, actor=as_system)
    agreement = Agreement.objects.get(pk=world.agreements[0])
    area = PremisesFact.objects.get(premises=agreement.premises, kind="usable_area").value
    record_fact(agreement.premises_id, "usable_area", area - 10, MONTH, source="survey", actor=as_system)
    run = compare_months(world.entity.pk, MONTH, MONTH, "survey", actor=as_system)
    # ten square metres less at 1.24 + 1.30 + 1.98: 45.20 in all, 33.90 and 11.30
    by_account = {}
    for line in run.lines.all():
        by_account[line.account_id] = by_account.get(line.account_id, 0) + line.amount
    first, second = split.shares.order_by("pk").values_list("account_id", flat=True)
    assert run.total_amount == D("-45.20")
    assert abs(by_account[first] + D("33.90")) <= D("0.02") and by_account[first] + by_account[second] == D("-45.20")
    request_correction(run.pk, actor=as_system)
    post_correction(run.pk, actor=as_system)
    assert compare_months(world.entity.pk, MONTH, MONTH, "again", actor=as_system).line_count == 0
    proven()


def test_wrong_splits_are_refused(world: Any, as_system: Any) -> None:
    agreement = Agreement.objects.get(pk=world.agreements[0])
    one, two = people(2)
    half = Fraction(1, 2)

    def attempt(shares: Any, since: dt.date = MONTH, **over: Any) -> None:
        split_payers(agreement.pk, since, [Share(party.pk, part) for party, part in shares], actor=as_system, **over)

    with refused("split.sum"):
        attempt([(one, half), (two, Fraction(1, 3))])
    with refused("split.sum"):
        attempt([(one, Fraction(3, 2)), (two, -half)])
    with refused("split.twice"):
        attempt([(one, half), (one, half)])
    with refused("split.month"):
        attempt([(one, half), (two, half)], MONTH + dt.timedelta(days=1))
    with refused("split.outside"):
        attempt([(one, half), (two, half)], dt.date(2019, 1, 1))
    with refused("split.parts"):
        attempt([(one, Fraction(1, 1_000_003)), (two, Fraction(1_000_002, 1_000_003))])
    posted_run(world, actor=as_system)
    with refused("split.month_charged"):
        attempt([(one, half), (two, half)])
    split = share_out(world, as_system, place=1) if False else None
    assert split is None and not PayerSplit.objects.exists()


def test_the_database_keeps_the_sum_of_shares(world: Any, as_system: Any) -> None:
    split = share_out(world, as_system)
    for change in ("UPDATE ledger_payershare SET numerator = 2 WHERE numerator = 1",
                   "DELETE FROM ledger_payershare WHERE numerator = 1"):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError), transaction.atomic():
        PayerSplit.objects.create(agreement=split.agreement, valid=split.valid, denominator=1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        foreign = make_account()
        PayerShare.objects.filter(pk=split.shares.first().pk).update(account=foreign)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_new_split_ends_the_former_and_an_ended_one_gives_the_charges_back(world: Any, as_system: Any) -> None:
    split = share_out(world, as_system)
    posted_run(world, actor=as_system)
    april, may = dt.date(2026, 4, 1), dt.date(2026, 5, 1)
    agreement = Agreement.objects.get(pk=world.agreements[0])
    later = split_payers(agreement.pk, april, [Share(agreement.payer_id, Fraction(1, 2)),
                                               Share(people(1)[0].pk, Fraction(1, 2))], actor=as_system)  # fmt: skip
    split.refresh_from_db()
    assert split.valid.upper == april
    with refused("split.outside"):
        end_split(later.pk, until=MONTH, reason="moved out", actor=as_system)
    end_split(later.pk, until=april, reason="moved out", actor=as_system)
    run = posted_run(world, april, actor=as_system)
    assert len(amounts(world, run)) == 2
    run = posted_run(world, may, actor=as_system)
    assert list(amounts(world, run)) == [world.accounts[0]]
    proven()


def test_each_payer_sees_the_own_account_and_joint_payers_one(world: Any, as_system: Any) -> None:
    agreement = Agreement.objects.select_related("title", "payer").get(pk=world.agreements[0])
    owner, holder = agreement.payer, people(1)[0]
    agreement.title.holders.create(party=owner, numerator=1, denominator=2)
    agreement.title.holders.create(party=holder, numerator=1, denominator=2)
    users = {}
    for party in (owner, holder):
        party.user = make_user(username=f"u{party.pk}", user_class="resident")
        party.save()
        users[party.pk] = party.user
    main = world.accounts[0]
    assert accounts_of_resident(users[holder.pk]).accounts == {main}, "held together: one account, both see it"
    split = split_payers(agreement.pk, MONTH, [Share(owner.pk, Fraction(1, 2)), Share(holder.pk, Fraction(1, 2))],
                         actor=as_system)  # fmt: skip
    own = split.shares.get(account__payer=holder).account_id
    assert accounts_of_resident(users[holder.pk]).accounts == {own}
    assert accounts_of_resident(users[owner.pk]).accounts == {main}
    friend = people(1)[0]
    friend.user = make_user(username="friend", user_class="resident")
    friend.save()
    CoPayer.objects.create(account_id=own, party=friend, valid=(dt.date(2020, 1, 1), None))
    reach = accounts_of_resident(friend.user)
    assert reach.accounts == {own} and reach.premises == {agreement.premises_id}
    CoPayer.objects.update(valid=(dt.date(2020, 1, 1), dt.date(2021, 1, 1)))
    assert not accounts_of_resident(friend.user).accounts


@pytest.mark.req("DOC-07")
def test_each_joint_payer_gets_a_copy_of_the_notice(world: Any, as_system: Any) -> None:
    """Own name, address and language; same account, number and total; both papers say that the debt is common."""
    friend = make_party(first_name="Jan", last_name="Nowak", language="zh-hant")
    make_party_address(party=friend, street="ul. Krótka 2", city="Opole", postal_code="45-001")
    Component.objects.filter(entity=world.entity).update(name_zh_hant="管理費")
    CoPayer.objects.create(account_id=world.accounts[0], party=friend, valid=(dt.date(2020, 1, 1), None))
    run = posted_run(world, actor=as_system)
    notice, alone = (Notice.objects.get(run=run, account=account).document for account in world.accounts[:2])
    [copy] = IssuedDocument.objects.filter(kind="notice_copy")
    assert "joint" not in alone.data
    assert (notice.data["payer"]["name"], notice.data["joint"]) == ("Anna Kowalska 1", ["Jan Nowak"])
    assert (copy.data["payer"]["name"], copy.data["joint"]) == ("Jan Nowak", ["Anna Kowalska 1"])
    assert (copy.data["payer"]["street"], copy.data["payer"]["city"]) == ("ul. Krótka 2", "Opole")
    assert (copy.number, copy.language, copy.party_key) == (f"{notice.number}/2", "zh-hant", friend.pk)
    for name in ("account", "total", "to_pay", "due_on", "period"):
        assert copy.data[name] == notice.data[name]
    assert {line["name"] for line in copy.data["lines"]} == {"管理費"}
    assert [line["amount"] for line in copy.data["lines"]] == [line["amount"] for line in notice.data["lines"]]
    assert "Anna Kowalska 1" in notice_paper(copy).notes[0] and "Jan Nowak" in notice_paper(notice).notes[0]
    proven()
    batch = deliver_run(run.pk, actor=as_system)
    items = batch.items.values_list("document__party_key", flat=True)
    assert len(items) == len(set(items)) == len(world.accounts) + 1, "each payer once"
    undo_run(run.pk, "wrong", actor=as_system)
    assert is_void(copy)
    proven()


def test_the_split_is_started_from_its_register(world: Any, as_system: Any, client: Client) -> None:
    from lokum.money.charges.payer_desk import read_shares

    one, two = make_party(code="P-1"), make_party(code="P-2")
    assert read_shares("P-1 1/2, P-2 0.5") == [Share(one.pk, Fraction(1, 2)), Share(two.pk, Fraction(1, 2))]
    for wrong in ("P-9 1/2", "P-1", "P-1 x", "P-1 1/0"):
        with refused("split.unread"):
            read_shares(wrong)
    with acting(as_system):
        assert not PayerSplit.objects.exists()
