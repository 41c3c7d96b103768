"""Write-offs, reliefs and deferrals need a reason and a second person, and stay readable."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.services import approve
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import run_report
from lokum.money.arrears.jobs import look_for_limitation
from lokum.money.arrears.models import LimitationEvent, Relief
from lokum.money.arrears.services import apply_relief, request_relief
from lokum.money.charges.tests.world import attach_everywhere, make_component, make_tariff, posted_run
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import OpenItem, SubAccount
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balances, sub_balances
from lokum.money.ledger.services import reverse_entry
from lokum.money.ledger.tests.world import make_world

pytestmark = pytest.mark.usefixtures("as_system")


def person(name: str) -> tuple[Any, Actor]:
    user = make_user(display_name=name)
    make_grant(user, ["*:*"])
    return user, Actor(user_id=user.pk, label=name, reach=Reach(everything=True))


def run(code: str, user: Any, **asked: str) -> Any:
    report = report_named(code)
    assert report is not None
    return run_report(report, user, asked)


@pytest.mark.req("LED-16")
def test_a_write_off_needs_reason_and_second_person_and_stays_readable() -> None:
    clerk, one = person("Clerk")
    _head, two = person("Head")
    account = make_account()
    debt = make_entry(account=account, amount=D("300.00"), booked_on=dt.date(2022, 1, 5), document_number="N/1")
    values = {"account": account, "document": "N/1", "kind": "write_off", "actor": one}
    for wrong in ({"reason": " "}, {"reason": "x y z", "amount": D("300.01")}, {"reason": "x y z", "document": "N/2"}):
        with pytest.raises(Refusal):
            request_relief(**(values | wrong))
    asked = request_relief(**values, amount=D("200.00"), reason="Estate without heirs")
    assert balances([account.pk], dt.date(2030, 1, 1))[account.pk].total == 300
    with acting(one), pytest.raises(NotAllowed):
        approve(asked.pk, actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    relief = Relief.objects.get()
    assert (relief.proposed_by, relief.approved_by, relief.amount) == ("Clerk", "Head", D("200.00"))
    assert OpenItem.objects.get(entry=debt).open_amount == 100
    assert balances([account.pk], dt.date(2030, 1, 1))[account.pk].total == 100
    month = f"{relief.approved_at:%Y-%m}"
    row = run("waivers", clerk, start=month, end=month).rows[0]
    assert (row["amount"], row["proposed_by"], row["posted_by"]) == (200, "Clerk", "Head")
    assert [found.code for found in prove(["I1", "I2", "I4", "I5", "I13"]) if found.count] == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Relief.objects.filter(pk=relief.pk).update(approved_by="Somebody")


@pytest.mark.req("LED-16", "LED-10")
def test_a_deferral_marks_the_account_and_an_acknowledged_debt_starts_limitation_anew() -> None:
    clerk, one = person("Clerk")
    _head, two = person("Head")
    account = make_account()
    make_entry(account=account, amount=D("300.00"), booked_on=dt.date(2026, 1, 5), document_number="N/1")
    values = {"account": account, "document": "N/1", "kind": "deferral", "reason": "Illness", "actor": one}
    with pytest.raises(Refusal):
        request_relief(**values, until=dt.date(2020, 1, 1))
    asked = request_relief(**values, until=dt.date(2099, 1, 31), acknowledged=True)
    with acting(two):
        approve(asked.pk, actor=two)
    assert run("arrears", clerk, on="2026-12-31").rows[0]["stage"] == "deferred"
    event = LimitationEvent.objects.get()
    assert event.kind == "acknowledged" and event.entry_id == Relief.objects.get().debt_id
    later = run("open_items", clerk, on="2099-01-01").rows[0]
    assert later["limitation_on"] == dt.date(event.on.year + 3, 12, 31)


@pytest.mark.req("LED-16")
def test_the_alarm_list_stands_at_any_date_and_is_announced() -> None:
    clerk, _one = person("Clerk")
    account = make_account()
    make_entry(account=account, amount=D("80.00"), booked_on=dt.date(2021, 5, 5))
    make_entry(account=account, amount=D("90.00"), booked_on=dt.date(2023, 5, 5))
    for day, amount in (("2024-06-01", 0), ("2024-11-15", 80), ("2026-11-15", 170)):
        found = run("open_items", clerk, on=day, limited="1")
        assert sum(row["open_amount"] for row in found.rows) == amount
    assert look_for_limitation(None)["amounts"]["PLN"] in ("80.00", "170.00")  # type: ignore[arg-type]


def split_notice(as_system: Any) -> tuple[Any, Any]:
    """A notice of 20.00 for running costs (main) and 11.00 for the repair fund (sub-account), as one document."""
    world = make_world(1, actor=as_system)
    fund = SubAccount.objects.create(entity=world.entity, code="R", name="Repair fund", kind="repair_fund", position=2)
    for code, price, over in (("RUNNING", "20.00", {}), ("FUND", "11.00", {"sub_account": fund})):
        component = make_component(world, code, **over)
        make_tariff(component, price)
        attach_everywhere(world, component)
    return posted_run(world, actor=as_system).notices.get(), fund


@pytest.mark.req("CHG-12", "LED-16", "LED-07")
def test_a_notice_in_several_sub_accounts_is_relieved_where_it_stands_and_taken_back_whole(as_system: Any) -> None:
    notice, fund = split_notice(as_system)
    _clerk, one = person("Clerk")
    _head, two = person("Head")
    account = notice.account
    values = {"account": account, "document": notice.number, "reason": "Flood in the cellar", "actor": one}
    with pytest.raises(Refusal, match=r"31\.00"):
        request_relief(**values, kind="relief", amount=D("31.01"))
    asked = request_relief(**values, kind="relief", amount=D("10.00"))
    assert asked.payload["open"] == "31.00" and len(asked.payload["debts"]) == 2
    with acting(two):
        approve(asked.pk, actor=two)
    # 10.00 over 20.00 and 11.00: 6.4516 and 3.5484
    parts = {relief.debt.sub_account_id: relief for relief in Relief.objects.all()}
    assert {sub: relief.amount for sub, relief in parts.items()} == {None: D("6.45"), fund.pk: D("3.55")}
    assert all(relief.entry.sub_account_id == sub for sub, relief in parts.items())
    later = dt.date(2030, 1, 1)

    def left() -> dict[int, D]:
        return {sub: one.total for sub, one in sub_balances([account.pk], later)[account.pk].items() if one.total}

    assert left() == {0: D("13.55"), fund.pk: D("7.45")}
    whole = request_relief(**values, kind="write_off")  # the rest, a second act on the same document
    with acting(two):
        approve(whole.pk, actor=two)
    assert left() == {} and balances([account.pk], later)[account.pk].total == 0
    with pytest.raises(Refusal, match="open debt"):
        request_relief(**values, kind="write_off")
    checks = ["I1", "I2", "I4", "I5", "I13", "R6"]
    assert [found.code for found in prove(checks) if found.count] == []
    for relief in parts.values():  # one part is named, both are taken back, once
        if relief.debt.sub_account_id is not None:
            reverse_entry(relief.entry_id, "the payer withdrew", actor=as_system)
        else:
            first = relief
    assert left() == {0: D("6.45"), fund.pk: D("3.55")}
    with pytest.raises(Refusal, match="reversed already"):
        reverse_entry(first.entry_id, "the payer withdrew", actor=as_system)
    assert [found.code for found in prove(checks) if found.count] == []
    deferred = request_relief(**values, kind="deferral", until=dt.date(2099, 1, 31))
    with acting(two):
        approve(deferred.pk, actor=two)
    assert sum(one.amount for one in Relief.objects.filter(kind="deferral")) == 10
    with acting(two), pytest.raises(Refusal, match=r"10\.00"):
        apply_relief(account.pk, debt_ids=asked.payload["debts"], kind="relief", amount=D("10.01"), reason="x",
                     proposed_by="Clerk", actor=two)  # fmt: skip


@pytest.mark.req("CHG-12", "LED-16")
def test_two_documents_of_one_number_are_not_taken_for_one(as_system: Any) -> None:
    account = make_account()
    for _count in range(2):
        make_entry(account=account, amount=D("30.00"), document_number="OLD/7")
    with pytest.raises(Refusal) as refused:
        request_relief(account=account, document="OLD/7", kind="write_off", reason="Old", actor=person("Clerk")[1])
    assert refused.value.code == "relief.document"
