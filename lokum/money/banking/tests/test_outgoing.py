"""Outgoing bank lines: booked by rule or by hand, linked to refunds, undone; each once, up to the closing balance."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.forms import action_form
from lokum.core.organisation.models import EntityBankAccount
from lokum.demo.statement_writer import DemoStatement, write_pko_mt940
from lokum.money.banking.factories import make_outgoing_rule
from lokum.money.banking.forms import BookForm
from lokum.money.banking.models import BankEntry, BankStatement, ClearingItem
from lokum.money.banking.queries import balance_at
from lokum.money.banking.services import (
    apply_rules,
    book_line,
    book_transfer,
    link_refund,
    open_book,
    post_statement,
    receive_file,
    return_money,
    undo_line,
)
from lokum.money.banking.tests.test_importing import BANK, DAY, entry, import_file, statement
from lokum.money.ledger.factories import make_ledger_account
from lokum.money.ledger.models import LedgerAccount, Line
from lokum.money.ledger.proof import prove
from lokum.money.ledger.seams import open_points
from lokum.money.ledger.services import close_after_checklist, reverse_entry
from lokum.money.ledger.tests.world import World, make_world

pytestmark = [pytest.mark.database, pytest.mark.req("PAY-02", "LED-18")]
D = Decimal
SAVINGS = "61109010140000071219812874"


@pytest.fixture
def world(as_system: Actor, settings: Any, tmp_path: Any) -> World:
    settings.FILE_STORE = tmp_path
    world = make_world(1, actor=as_system)
    for number in (BANK, SAVINGS):
        open_book(
            EntityBankAccount.objects.create(entity=world.entity, number=number, opened_on=dt.date(2000, 1, 1)),
            as_system,
        )
    return world


@pytest.mark.req("LED-17")
def test_a_month_is_not_closed_over_lines_of_the_bank(world: World, costs: LedgerAccount, as_system: Actor) -> None:
    """A statement read and not posted stands against closing; an outgoing line nobody booked needs a reason."""
    month = DAY.replace(day=1)
    file = receive_file(write_pko_mt940(statement(entry("-40.00"), entry("-9.00"))), "day.sta", actor=as_system)
    [point] = [one for one in open_points(world.entity.pk, month) if "bank" in one.text]
    assert point.blocking and point.text == "2 bank entries wait to be posted with their statements"
    with pytest.raises(Refusal) as refused:
        close_after_checklist(world.entity.pk, month, "never mind", actor=as_system)
    assert (refused.value.code, refused.value.status) == ("ledger.period_not_ready", 409)
    post_statement(file.statements.get().pk, actor=as_system)
    book_line(line("-40.00").pk, way="fee", ledger_account=costs, actor=as_system)
    [point] = [one for one in open_points(world.entity.pk, month) if "bank" in one.text]
    assert (point.blocking, point.text) == (False, "1 outgoing bank entry is not booked")
    assert "state=outgoing" in point.url and f"booked_on_from={month}" in point.url
    with pytest.raises(Refusal) as refused:
        close_after_checklist(world.entity.pk, month, actor=as_system)
    assert refused.value.code == "ledger.period_open_points"
    assert not open_points(world.entity.pk, clock.add_months(month, 1))


@pytest.fixture
def costs(world: World) -> LedgerAccount:
    return make_ledger_account(entity=world.entity, code="430", name="Opłaty bankowe")


def balance(account: LedgerAccount) -> Decimal:
    lines = Line.objects.filter(ledger_account=account).values_list("debit_amount", "credit_amount")
    return sum((debit - credit for debit, credit in lines), D(0))


def own(number: str = BANK) -> LedgerAccount:
    """The ledger account of a bank account (ADR 0034)."""
    return LedgerAccount.objects.get(bank_books__bank_account__number=number)


def found(*codes: str) -> dict[str, list[str]]:
    return {
        one.code: [str(f) for f in one.findings] for one in prove(codes or ("I1", "B1", "B2", "B3", "B4")) if one.count
    }


def line(amount: str) -> BankEntry:
    return BankEntry.objects.get(amount=D(amount))


def test_a_fee_goes_by_rule_and_a_supplier_by_hand(world: World, costs: LedgerAccount, as_system: Actor) -> None:
    make_outgoing_rule(entity=world.entity, ledger_account=costs, words="prowizja", up_to_amount=D("20"))
    suppliers = make_ledger_account(entity=world.entity, code="210", kind="liability")
    posted = import_file(
        write_pko_mt940(
            statement(
                entry("500.00"), entry("-12.50", title="PROWIZJA ZA PRZELEWY"),
                entry("-25.00", title="PROWIZJA ROCZNA"), entry("-300.00", title="FV 7/2026"),
            )
        ),
        as_system,
    )  # fmt: skip
    states = {one.amount: one.state for one in posted.entries.all()}
    assert states == {D("500.00"): "queued", D("-12.50"): "posted", D("-25.00"): "outgoing", D("-300.00"): "outgoing"}
    assert balance(costs) == D("12.50") and balance(own()) == D("487.50")
    told = balance_at(posted)
    assert told is not None and told.agrees and (told.waiting_count, told.waiting_amount) == (2, D("-325.00"))
    with pytest.raises(Refusal) as kept:
        book_line(line("-300.00").pk, way="other", ledger_account=world.chart["receivable"], actor=as_system)
    assert kept.value.code == "outgoing.kept_account"
    book_line(line("-300.00").pk, way="supplier", ledger_account=suppliers, actor=as_system)
    with pytest.raises(Refusal) as twice:
        book_line(line("-300.00").pk, way="supplier", ledger_account=suppliers, actor=as_system)
    assert twice.value.code == "outgoing.done"
    with pytest.raises(Refusal) as nothing:
        apply_rules(posted.pk, actor=as_system)
    assert nothing.value.code == "outgoing.no_rule"
    make_outgoing_rule(entity=world.entity, ledger_account=costs, words="roczna")
    apply_rules(posted.pk, actor=as_system)
    # 1000.00 + 500.00 - 12.50 - 25.00 - 300.00; the books began at nothing
    assert posted.closing_amount == D("1162.50") and balance(own()) == D("162.50")
    assert found() == {}


def test_what_was_booked_is_undone_from_the_line_and_from_the_books(
    world: World, costs: LedgerAccount, as_system: Actor
) -> None:
    import_file(write_pko_mt940(statement(entry("-40.00"))), as_system)
    pk = line("-40.00").pk
    book_line(pk, way="fee", ledger_account=costs, actor=as_system)
    assert undo_line(pk, reason="wrong account", actor=as_system).state == "outgoing"
    assert balance(costs) == 0 and found() == {}
    booked = book_line(pk, way="other", ledger_account=costs, actor=as_system).bookings.get(undone_at=None)
    reverse_entry(booked.entry_id, "from the books", actor=as_system)
    assert line("-40.00").state == "outgoing" and found() == {}
    with pytest.raises(Refusal) as nothing:
        undo_line(pk, reason="again", actor=as_system)
    assert nothing.value.code == "outgoing.not_booked"
    assert line("-40.00").bookings.count() == 2


def test_a_transfer_between_own_accounts_empties_the_queue(world: World, as_system: Actor) -> None:
    import_file(write_pko_mt940(statement(entry("-700.00"))), as_system)
    arrived = DemoStatement(SAVINGS, 3, DAY, DAY, D("0.00"), (entry("700.00"),))
    import_file(write_pko_mt940(arrived), as_system, "savings.sta")
    item = ClearingItem.objects.get()
    with pytest.raises(Refusal) as wrong:
        book_transfer(line("-700.00").pk, item=item.pk + 1, actor=as_system)
    assert wrong.value.code == "outgoing.no_counterpart"
    book_transfer(line("-700.00").pk, item=item.pk, actor=as_system)
    item.refresh_from_db()
    assert (item.left_amount, item.state) == (D(0), "done")
    assert (balance(own()), balance(own(SAVINGS))) == (D("-700.00"), D("700.00"))
    assert balance(world.chart["bank"]) == balance(world.chart["clearing"]) == 0
    assert found() == {}
    undo_line(line("-700.00").pk, reason="it was another one", actor=as_system)
    item.refresh_from_db()
    assert (item.left_amount, item.state) == (D("700.00"), "open") and found() == {}


def test_money_sent_back_is_linked_and_not_posted_again(world: World, as_system: Actor) -> None:
    import_file(write_pko_mt940(statement(entry("90.00"))), as_system)
    item = ClearingItem.objects.get()
    refund = return_money(item.pk, D("90.00"), reason="unknown sender", actor=as_system).moves.get()
    later = DemoStatement(BANK, 11, DAY, DAY, D("1090.00"), (entry("-90.00", title="ZWROT"),))
    import_file(write_pko_mt940(later), as_system, "next.sta")
    link_refund(line("-90.00").pk, entry=refund.entry_id, actor=as_system)
    assert balance(own()) == balance(world.chart["in_transit"]) == 0 and found() == {}
    with pytest.raises(Refusal) as twice:
        link_refund(line("-90.00").pk, entry=refund.entry_id, actor=as_system)
    assert twice.value.code == "outgoing.done"
    undo_line(line("-90.00").pk, reason="another transfer", actor=as_system)
    assert line("-90.00").state == "outgoing" and found() == {}


def test_the_proof_names_a_line_booked_twice_and_a_missing_statement(
    world: World, costs: LedgerAccount, as_system: Actor
) -> None:
    import_file(write_pko_mt940(statement(entry("-40.00"))), as_system)
    pk = line("-40.00").pk
    book_line(pk, way="fee", ledger_account=costs, actor=as_system)
    gap = DemoStatement(BANK, 12, DAY + dt.timedelta(days=2), DAY + dt.timedelta(days=2), D("5.00"), (entry("1.00"),))
    import_file(write_pko_mt940(gap), as_system, "gap.sta")
    account = EntityBankAccount.objects.get(number=BANK)
    # 1000.00 - 40.00 + 1.00 against a statement that closes with 6.00
    assert found("B2", "B3") == {
        "B3": [
            f"organisation.entitybankaccount {account.pk}: opening and lines give 961.00, the last statement closes "
            "with 6.00"
        ]
    }
    BankEntry.objects.filter(pk=pk).update(state="outgoing")
    assert found("B2") == {"B2": [f"banking.bankentry {pk}: outgoing, -40.00: booked 1 times, with -40.00"]}


def test_the_form_offers_accounts_of_the_entity_alone(world: World, costs: LedgerAccount, as_system: Actor) -> None:
    other = make_ledger_account(purpose="")
    import_file(write_pko_mt940(statement(entry("-40.00"))), as_system)
    user = make_user()
    make_grant(user, ["*:*"])
    offered = set(action_form(BookForm, user, record=line("-40.00")).fields["ledger_account"].queryset)
    assert costs in offered and other not in offered
    assert {one.entity_id for one in offered} == {world.entity.pk} and not any(one.purpose for one in offered)


def test_a_rule_meets_its_words_as_they_are(world: World, costs: LedgerAccount, as_system: Actor) -> None:
    rule = make_outgoing_rule(entity=world.entity, ledger_account=costs, words="100%_")
    import_file(write_pko_mt940(statement(entry("-1.00", title="100 PLN"), entry("-2.00", n="x"))), as_system)
    assert set(BankEntry.objects.values_list("state", flat=True)) == {"outgoing"}
    rule.words, rule.counter_account = "", "19111000010000000000000021"
    rule.save()
    apply_rules(BankStatement.objects.get().pk, actor=as_system)
    assert set(BankEntry.objects.values_list("state", flat=True)) == {"posted"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_batch WHERE kind = 'bank-lines'")
        assert cursor.fetchone()[0] == 1, "both lines are one batch"
