"""The demonstration: the same for the same size, true in its books, and never beside data of others."""

import datetime as dt
import hashlib
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Sum

from lokum.core.access.models import User
from lokum.core.base.context import acting, system_actor
from lokum.core.flow.models import ApprovalRequest
from lokum.core.organisation.factories import make_entity
from lokum.core.organisation.models import Entity
from lokum.core.papers.models import IssuedDocument
from lokum.demo import building
from lokum.demo.payers import HABITS, transfers
from lokum.demo.plan import plan_houses
from lokum.demo.sign_ins import PASSWORD
from lokum.money.allowances.models import Allowance, BodyPayment, Claim
from lokum.money.arrears.models import Relief
from lokum.money.banking.models import ClearingItem, Refund
from lokum.money.changeover.models import OwnerChange
from lokum.money.charges.explanation import explain
from lokum.money.charges.models import ChargeBatch, ChargeLine, ChargeRun, CorrectionRun, Package, Reduction, Tariff
from lokum.money.charges.queries.packages import difference_count
from lokum.money.deposits.models import Deposit
from lokum.money.documents.models import AdvanceUse, FeeChange, Invoice
from lokum.money.interest.models import InterestRun
from lokum.money.ledger.models import AccountBalance, CoPayer, PayerSplit
from lokum.money.ledger.proof import prove
from lokum.money.payments.models import Payment
from lokum.money.rehearsals.models import Rehearsal
from lokum.money.rehearsals.services import what_changed
from lokum.portal.queries import accounts_of as portal_accounts
from lokum.property.estates.models import Premises
from lokum.property.estates.share_sums import share_sums
from lokum.property.occupancy.models import Agreement, Declaration
from lokum.property.reshaping.models import Reshaping


def test_the_plan_is_the_same_everywhere() -> None:
    houses = plan_houses(2400)
    assert (len(houses), sum(len(house.units) for house in houses)) == (40, 2400)
    assert [house.code for house in houses if house.community] == ["B40"]
    text = repr(
        [
            (house.code, unit.number, sorted(unit.facts.items()), unit.holdings)
            for house in houses
            for unit in house.units
        ]
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "ef9699e607624e9f"
    assert [len(house.units) for house in plan_houses(45)] == [22, 23]


def test_habits_cover_everybody() -> None:
    assert abs(sum(share for _name, share in HABITS) - 1) < 1e-9


def test_transfers_are_positive_and_on_working_days() -> None:
    due_on = dt.date(2026, 3, 16)
    sent = [
        one
        for number in range(500)
        for one in transfers(f"A{number}", dt.date(2026, 3, 1), 5, Decimal("512.34"), Decimal("20.00"), due_on)
    ]
    assert len(sent) > 400
    assert all(one.amount > 0 and one.booked_on.weekday() < 5 for one in sent)


@pytest.mark.slow
@pytest.mark.req("PLT-38")
def test_a_small_demonstration(fresh_database: str, settings: Any, tmp_path: Path) -> None:
    settings.FILE_STORE = tmp_path
    call_command("demo", "--size", "40", stderr=StringIO())
    with acting(system_actor("test")):
        found = {one.code: [str(f) for f in one.findings] for one in prove() if one.count}
        assert not found
        own = Premises.objects.filter(building__code__startswith="B")
        assert own.filter(made_from=None).count() == 40
        check_reshaped(own)
        months = ChargeRun.objects.filter(state="posted", kind="month")
        assert months.filter(entity__code__in=("SMLW", "WM01")).count() == 48
        assert months.exclude(entity__code__in=("SMLW", "WM01")).count() == 18
        check_formulas_abroad()
        check_desk_work()
        check_deposits()
        assert PayerSplit.objects.count() == 1 and CoPayer.objects.count() == 1
        assert IssuedDocument.objects.filter(kind="statement_copy").count() == 1
        check_joint_payer_and_refunds()
        check_supply()
        check_new_fees()
        whole_dollars = AccountBalance.objects.filter(account__currency="TWD").values_list("amount", flat=True)
        assert whole_dollars and all(amount == int(amount) for amount in whole_dollars)
        assert ChargeRun.objects.filter(state="draft", problem_count=0).count() == 2
        debts = AccountBalance.objects.filter(amount__gt=0).aggregate(sum=Sum("amount"))["sum"]
        assert debts > 0
        assert not ClearingItem.objects.filter(amount__lte=0).exists()
        administrator = User.objects.get(username="administrator")
        assert administrator.check_password(PASSWORD)
        people = dict(User.objects.filter(party__isnull=False).values_list("username", "party__country"))
        assert {name for name, country in people.items() if country != "PL"} <= {"zhuhu", "yezhu"}
    call_command("demo", "--if-empty")  # nothing to do
    with pytest.raises(CommandError, match="data already"):
        call_command("demo")
    printed = StringIO()
    call_command("demo", "--sign-ins", stdout=printed)
    assert PASSWORD in printed.getvalue()
    assert "mieszkaniec" in printed.getvalue()


def check_formulas_abroad() -> None:
    """84.00 m2 are 25.41 ping, at 80 dollars each; waste as published, by area or by persons."""
    charged: dict[tuple[str, Any], Decimal] = {}
    for line in ChargeLine.objects.exclude(component__formula="").select_related("component"):
        facts = {one.name: one.value for one in explain(line.snapshot).segments[0].inputs}
        charged[line.component.code, facts["usable_area"]] = line.amount
    assert charged["GLF", Decimal(84)] == 2033
    assert charged["ODPADY", Decimal("38.40")] == Decimal("40.32")
    assert charged["ODPADY", Decimal("29.80")] == Decimal("39.00")


def check_reshaped(own: Any) -> None:
    """A flat of the community became two with the same share, two of the cooperative became one."""
    assert sorted(Reshaping.objects.filter(state="done").values_list("kind", flat=True)) == ["merge", "split"]
    assert (own.filter(made_from__isnull=False).count(), own.exclude(closed_on=None).count()) == (3, 3)
    day = Reshaping.objects.filter(state="done").first().effective_on
    community = Entity.objects.get(code="WM01")
    assert [one.total for one in share_sums(community.pk, day)] == [1]


def check_desk_work() -> None:
    """Notes of interest by three regimes, and something on every desk."""
    noted = set(InterestRun.objects.filter(state="posted").values_list("entity__code", flat=True))
    assert noted == {"SMLW", "WM01", "MZB", "CUIHU", "JXHY"}
    waiting = ApprovalRequest.objects.filter(state="proposed").values_list("kind", flat=True)
    assert sorted(waiting) == [
        "banking.refund", "charges.correction", "charges.reduction", "deposits.return", "interest.waive",
    ]  # fmt: skip
    assert sorted(Reduction.objects.values_list("state", flat=True)) == ["approved", "checked"]
    assert CorrectionRun.objects.get().total_amount < 0
    assert Relief.objects.get().kind == "deferral"
    assert OwnerChange.objects.get().state == "prepared"
    assert Tariff.objects.filter(state="proposed").count() == 1
    assert ChargeBatch.objects.get().charge_count == 4
    assert {one.requested_on is not None for one in Invoice.objects.filter(kind="invoice")} == {True, False}
    use = AdvanceUse.objects.get()  # one firm paid ahead, and the next month's invoice took it off
    assert (use.invoice.kind, use.total_amount) == ("invoice", use.advance.total_amount)
    assert Claim.objects.count() == 2 and BodyPayment.objects.count() == 1 and Allowance.objects.count() == 4
    rehearsal = Rehearsal.objects.get()
    assert (rehearsal.state, rehearsal.problem_count) == ("rehearsed", 0) and rehearsal.alarm_count > 0
    assert not what_changed(rehearsal) and rehearsal.changed_count > 0
    states = Declaration.objects.exclude(remarks=[]).values_list("kind", "state")
    assert sorted(Declaration.objects.values_list("state", flat=True)) == ["accepted", "submitted", "submitted"]
    assert list(states) == [("cold_water_forecast", "submitted")]


def check_joint_payer_and_refunds() -> None:
    """A spouse signs in and sees the common account; an overpayment went back by its bank line, the rest waits."""
    joint = CoPayer.objects.get()
    assert joint.party.user is not None and joint.party.user.username == "malzonek"
    assert joint.account_id in {one.pk for one in portal_accounts(joint.party.user)}
    paid = Refund.objects.get(state="paid")
    waiting = ApprovalRequest.objects.get(kind="banking.refund", state="proposed")
    assert waiting.target_id == paid.account_id and paid.ordered_on is not None


def check_supply() -> None:
    """Three customers without premises, charged every month and paying; a changed package waits with its difference."""
    served = Agreement.objects.filter(kind="supply")
    assert sorted(one.premises.resource for one in served if one.premises) == ["ground", "heat", "water"]
    for one in served:
        assert ChargeLine.objects.filter(agreement=one).values("period").distinct().count() == 24
    assert Payment.objects.filter(account__agreement__in=served).exists()
    school = User.objects.get(username="odbiorca").party
    assert str(school) == "Szkoła Podstawowa nr 5" and school.agreements.get() in served
    assert difference_count(Package.objects.get(code="CIEPLO")) == 1


def check_new_fees() -> None:
    """All payers of one building are told in time: the intercom 0.45 more a month, an insurance of 9.00 a quarter, for
    each flat; co-owners by their shares."""
    change = FeeChange.objects.get()
    assert change.late_reason == "" and change.letter_count > 0
    letters = list(change.letters.select_related("document", "account__agreement__premises", "account__payer__user"))
    assert len({one.account.agreement.premises.building_id for one in letters}) == 1
    assert "mieszkaniec" in {getattr(one.account.payer.user, "username", "") for one in letters}
    more: dict[Any, list[Decimal]] = {}
    for one in letters:
        [bill] = one.document.data["tables"][1]["rows"]
        assert "co 3 miesiące" in bill[0]
        flat = more.setdefault(one.account.agreement_id, [Decimal(0), Decimal(0)])
        flat[0] += one.new_amount - one.old_amount
        flat[1] += Decimal(bill[4].replace(",", "."))
    assert all(flat == [Decimal("0.45"), Decimal("9.00")] for flat in more.values())


def check_deposits() -> None:
    """Deposits of municipal tenants in each state, for renovation abroad; what goes back is valorised."""
    found = Deposit.objects.filter(account__entity__code="MZB")
    assert {"due", "held", "returned", "forfeited"} <= set(found.values_list("state", flat=True)) <= {
        "due", "held", "partly_used", "used", "returned", "forfeited"}  # fmt: skip
    back = found.get(state="returned")
    assert back.returned_amount + back.used_amount > back.taken_amount
    states = Deposit.objects.filter(account__entity__code="JXHY").values_list("state", flat=True)
    assert sorted(states) == ["due", "held"]


def test_data_of_others_are_left_alone(fresh_database: str) -> None:
    with acting(system_actor("test")):
        make_entity()
    call_command("demo", "--if-empty")
    with pytest.raises(CommandError, match="not thrown away"):
        call_command("demo", "--reset")
    printed = StringIO()
    call_command("demo", "--sign-ins", stdout=printed)
    assert not printed.getvalue()
    assert building.state() == ""
