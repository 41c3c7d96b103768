"""From the bank's file to the payer's account: once, whole, explained; the rest waits in the queue."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import EntityBankAccount
from lokum.demo.statement_writer import (
    DemoEntry,
    DemoStatement,
    write_camt053,
    write_mbank_mt940,
    write_pko_mt940,
)
from lokum.money.banking.models import BankEntry, BankFile, BankStatement, ClearingItem
from lokum.money.banking.queries import figures_of, payments_to_take_back, queue_age
from lokum.money.banking.services import (
    assign_money,
    confirm_statement,
    park_money,
    post_statement,
    receive_file,
    return_money,
    take_payment_back,
)
from lokum.money.ledger.models import AccountBalance, Allocation, Entry, Line, OpenItem
from lokum.money.ledger.seams import payment_target, source_of
from lokum.money.ledger.services import NewEntry, NewLine, post_batch
from lokum.money.ledger.tests.world import World, make_world
from lokum.money.payments.factories import make_pool
from lokum.money.payments.models import Payment, VirtualAccount, VirtualAccountPool
from lokum.money.payments.services import issue_missing_numbers, issue_numbers, retire_number

pytestmark = pytest.mark.database
BANK = "98111122220000000000990001"
DAY = dt.date(2026, 9, 14)


@pytest.fixture
def world(as_system: Actor, settings: Any, tmp_path: Any) -> World:
    settings.FILE_STORE = tmp_path
    world = make_world(3, actor=as_system)
    bank = EntityBankAccount.objects.create(entity=world.entity, number=BANK, opened_on=dt.date(2000, 1, 1))
    pool = make_pool(bank_account=bank, mask="0007")
    issue_missing_numbers(pool.pk, actor=as_system)
    for month, amount in ((7, "300.00"), (8, "300.00")):
        charge(world, world.accounts[0], Decimal(amount), dt.date(2026, month, 10), as_system)
    return world


def charge(world: World, account_id: int, amount: Decimal, due_on: dt.date, actor: Actor) -> None:
    chart = world.chart
    post_batch(
        world.entity.pk,
        "test",
        f"charge:{account_id}:{due_on}",
        due_on.replace(day=1),
        [
            NewEntry(
                kind="charge",
                account_id=account_id,
                amount=amount,
                due_on=due_on,
                source_kind="test",
                source_id=account_id * 1000 + due_on.month,
                lines=[
                    NewLine(chart["receivable"].pk, debit_amount=amount, of_payer=True),
                    NewLine(chart["income"].pk, credit_amount=amount),
                ],
            )
        ],
        actor=actor,
    )


def number_of(account_id: int) -> str:
    return VirtualAccount.objects.get(account_id=account_id).number


def entry(amount: str, virtual: str = "", **over: Any) -> DemoEntry:
    values = {
        "booked_on": DAY,
        "amount": Decimal(amount),
        "counter_account": "19111000010000000000000021",
        "counter_name": "Wzorcowa Anna",
        "title": "OPLATY 09/2026",
        "bank_reference": f"REF{amount}{virtual[-4:]}{over.pop('n', '')}",
        "virtual_account": virtual,
    } | over
    return DemoEntry(**values)


def statement(*entries: DemoEntry, opening: str = "1000.00") -> DemoStatement:
    return DemoStatement(BANK, 10, DAY, DAY, Decimal(opening), entries)


def import_file(data: bytes, actor: Actor, name: str = "day.sta") -> BankStatement:
    file = receive_file(data, name, actor=actor)
    assert file.state == BankFile.State.READ, file.refusal
    return post_statement(file.statements.get().pk, actor=actor)


@pytest.mark.req("PAY-01", "PAY-03")
@pytest.mark.parametrize("write", [write_pko_mt940, write_camt053, write_mbank_mt940])
def test_money_finds_its_payer(world: World, as_system: Actor, write: Any) -> None:
    first, second, _third = world.accounts
    posted = import_file(
        write(statement(entry("450.00", number_of(first)), entry("99.90", number_of(second)))), as_system
    )
    assert (posted.state, posted.posted_count, posted.queued_count) == ("posted", 2, 0)
    assert figures_of(posted.file).automatic_percent == 100
    balances = dict(AccountBalance.objects.values_list("account_id", "amount"))
    assert (balances[first], balances[second]) == (Decimal("150.00"), Decimal("-99.90"))
    # The debt due longest was covered first, the rest of the second stays open; free money stays as credit.
    open_debts = OpenItem.objects.filter(account_id=first, side="debit").order_by("due_on")
    assert [item.open_amount for item in open_debts] == [Decimal("0.00"), Decimal("150.00")]
    assert OpenItem.objects.get(account_id=second).open_amount == Decimal("99.90")
    assert Allocation.objects.filter(account_id=first).aggregate(n=Sum("amount"))["n"] == Decimal("450.00")
    payment = Payment.objects.get(account_id=first)
    assert (payment.value_on, payment.title) == (DAY, "OPLATY 09/2026")
    source = source_of("bank-entry", payment.bank_entry.pk)
    assert source is not None
    assert source.below[0].record == payment.bank_entry


@pytest.mark.req("PAY-02")
def test_the_same_file_and_the_same_money_in_another_format_add_nothing(world: World, as_system: Actor) -> None:
    day = statement(entry("100.00", number_of(world.accounts[0])), entry("20.00"))
    import_file(write_pko_mt940(day), as_system)
    before = (Entry.objects.count(), Line.objects.count(), BankEntry.objects.count())
    again = receive_file(write_pko_mt940(day), "renamed.sta", actor=as_system)
    assert again.name == "day.sta"
    other = receive_file(write_camt053(day), "day.xml", actor=as_system)
    assert other.statements.get().state == BankStatement.State.REPEATED
    assert post_statement(other.statements.get().pk, actor=as_system).posted_count == 0
    post_statement(again.statements.get().pk, actor=as_system)
    assert (Entry.objects.count(), Line.objects.count(), BankEntry.objects.count()) == before


@pytest.mark.req("PAY-02")
def test_the_same_statement_in_other_words_waits_for_a_person(world: World, as_system: Actor) -> None:
    number = number_of(world.accounts[0])
    import_file(write_pko_mt940(statement(entry("100.00", number))), as_system)
    other = receive_file(
        write_camt053(statement(entry("100.00", number, counter_name="Someone else"))), "d.xml", actor=as_system
    )
    waiting = other.statements.get()
    assert (waiting.state, waiting.warnings[0]["code"]) == ("unproven", "looks_known")
    with pytest.raises(Refusal):
        post_statement(waiting.pk, actor=as_system)
    assert Payment.objects.count() == 1


@pytest.mark.req("PAY-02")
def test_two_equal_transfers_of_one_day_both_count(world: World, as_system: Actor) -> None:
    twin = entry("100.00", number_of(world.accounts[0]))
    assert import_file(write_pko_mt940(statement(twin, twin)), as_system).posted_count == 2


@pytest.mark.req("PAY-02")
def test_a_cut_foreign_or_unbalanced_file_posts_nothing(world: World, as_system: Actor) -> None:
    whole = write_pko_mt940(statement(entry("100.00", number_of(world.accounts[0]))))
    cut = receive_file(whole[: len(whole) // 2], "cut.sta", actor=as_system)
    assert cut.state == BankFile.State.REFUSED
    assert cut.refusal and cut.refusal_code == "bank_file.cut"
    assert not cut.statements.exists()
    foreign = receive_file(whole.replace(BANK.encode(), b"27114020040000300201355387"), "foreign.sta", actor=as_system)
    assert foreign.refusal_code == "bank.foreign_account"
    assert "27114020040000300201355387" in foreign.refusal
    wrong = receive_file(whole.replace(b"1100,00", b"1100,01"), "wrong.sta", actor=as_system)
    unproven = wrong.statements.get()
    assert (unproven.state, unproven.difference_amount) == ("unproven", Decimal("0.01"))
    with pytest.raises(Refusal) as refused:
        post_statement(unproven.pk, actor=as_system)
    assert refused.value.code == "bank.unproven"
    assert not Payment.objects.exists()
    confirmed = confirm_statement(unproven.pk, reason="The bank has corrected the balance", actor=as_system)
    assert confirmed.posted_count == 1


@pytest.mark.req("PAY-02")
def test_a_file_in_another_currency_is_refused_whole(world: World, as_system: Actor) -> None:
    """Entries are kept without a currency: one euro must never become one zloty."""
    number = number_of(world.accounts[0])
    mt940 = write_pko_mt940(statement(entry("100.00", number)))
    euro = write_camt053(dataclasses.replace(statement(entry("100.00", number)), currency="EUR"))
    one_entry = write_camt053(statement(entry("50.00", number), entry("100.00", number))).replace(
        b'Ccy="PLN">100.00', b'Ccy="EUR">100.00'
    )
    for data, marker in (
        (mt940.replace(b"PLN", b"EUR"), b":60F:"), (mt940[::-1].replace(b"NLP", b"RUE", 1)[::-1], b":62F:"),
        (euro, b"<Ccy>EUR"), (one_entry, b'Ccy="EUR"'),
    ):  # fmt: skip
        file = receive_file(data, "euro", actor=as_system)
        line = data[: data.index(marker)].count(b"\n") + 1
        assert (file.state, file.refusal_code) == ("refused", "bank_file.other_currency"), marker
        assert file.refusal == f"Line {line}: The file is in EUR, but the bank account {BANK} is kept in PLN."
    assert not BankStatement.objects.exists() and not BankEntry.objects.exists() and not Payment.objects.exists()
    with pytest.raises(IntegrityError, match="bank_account_currency_of_entity"), transaction.atomic():
        EntityBankAccount.objects.update(currency="EUR")


@pytest.mark.req("PAY-05")
def test_unclear_money_waits_and_the_queue_equals_the_books(world: World, as_system: Actor) -> None:
    unknown = "82111122220007000000004322"
    import_file(write_pko_mt940(statement(entry("70.00"), entry("55.00", unknown), entry("-30.00"))), as_system)
    items = {item.reason: item for item in ClearingItem.objects.all()}
    assert set(items) == {"no_number", "unknown_number"}
    assert BankEntry.objects.get(amount=Decimal("-30.00")).state == BankEntry.State.OUTGOING
    age = queue_age(world.entity.pk)
    assert (age.item_count, age.amount, age.agrees) == (2, Decimal("125.00"), True)
    item = items["no_number"]
    park_money(item.pk, text="asked the sender", deadline_on=dt.date(2100, 1, 1), actor=as_system)
    assign_money(
        item.pk, [(world.accounts[0], Decimal("40.00")), (world.accounts[1], Decimal("10.00"))], actor=as_system
    )
    item.refresh_from_db()
    assert (item.left_amount, item.state) == (Decimal("20.00"), "open")
    with pytest.raises(Refusal):
        assign_money(item.pk, [(world.accounts[0], Decimal("20.01"))], actor=as_system)
    return_money(item.pk, Decimal("20.00"), reason="unknown sender", actor=as_system)
    item.refresh_from_db()
    assert item.state == "done"
    with pytest.raises(Refusal):
        return_money(item.pk, Decimal("1.00"), reason="again", actor=as_system)
    assert queue_age(world.entity.pk).agrees
    assert AccountBalance.objects.get(account_id=world.accounts[0]).amount == Decimal("560.00")


@pytest.mark.req("PAY-05")
def test_a_returned_transfer_opens_the_items_again(world: World, as_system: Actor) -> None:
    number = number_of(world.accounts[0])
    import_file(write_pko_mt940(statement(entry("300.00", number))), as_system)
    back = entry("-300.00", number, reversal=True, booked_on=DAY + dt.timedelta(days=1))
    import_file(write_pko_mt940(statement(back, opening="1300.00")), as_system, "back.sta")
    item = ClearingItem.objects.get()
    assert (item.reason, item.amount) == ("returned", Decimal("300.00"))
    payment = payments_to_take_back(item).get()
    take_payment_back(item.pk, payment.pk, actor=as_system)
    debts = OpenItem.objects.filter(account_id=world.accounts[0], side="debit", entry__kind="charge")
    assert {debt.open_amount for debt in debts} == {Decimal("300.00")}
    assert AccountBalance.objects.get(account_id=world.accounts[0]).amount == Decimal("600.00")
    assert not payments_to_take_back(item).exists()
    with pytest.raises(Refusal):
        take_payment_back(item.pk, payment.pk, actor=as_system)


@pytest.mark.req("PAY-01")
def test_numbers_are_issued_once_with_right_check_digits(world: World, as_system: Actor) -> None:
    numbers = list(VirtualAccount.objects.order_by("pk").values_list("number", flat=True))
    assert len(set(numbers)) == 3
    assert all(int(one[2:] + "2521" + one[:2]) % 97 == 1 for one in numbers)
    pool = VirtualAccount.objects.first().pool  # type: ignore[union-attr]
    assert issue_missing_numbers(pool.pk, actor=as_system) == 0
    old = VirtualAccount.objects.get(account_id=world.accounts[0])
    retire_number(old.pk, on=DAY - dt.timedelta(days=30), actor=as_system)
    assert len(issue_numbers(pool.pk, [world.accounts[0]], actor=as_system)) == 1
    posted = import_file(write_pko_mt940(statement(entry("10.00", old.number))), as_system)
    assert posted.posted_count == 1, "money on an old number goes to its payer"
    assert [one["code"] for one in BankEntry.objects.get().warnings] == ["retired_number"]


@pytest.mark.req("PAY-01")
def test_an_exhausted_pool_gives_nothing(world: World, as_system: Actor) -> None:
    bank = EntityBankAccount.objects.get()
    pool = make_pool(bank_account=bank, mask="00000001")
    pool.next_identifier = 99_999_998
    pool.save(update_fields=["next_identifier"])
    with pytest.raises(Refusal) as refused:
        issue_missing_numbers(pool.pk, actor=as_system)
    assert refused.value.code == "pool.exhausted"
    assert not VirtualAccount.objects.filter(pool=pool).exists()


@pytest.mark.req("PLT-02", "PAY-03")
def test_after_a_change_of_the_bank_account_old_numbers_are_still_recognised(world: World, as_system: Actor) -> None:
    """The numbers of a new bank account win from its first day on; money sent to the old ones finds its payer."""
    payer, old = world.accounts[0], EntityBankAccount.objects.get(number=BANK)
    former = number_of(payer)
    EntityBankAccount.objects.filter(pk=old.pk).update(closed_on=DAY - dt.timedelta(days=10))
    assert payment_target([payer]) == {payer: former}, "until the new account has numbers"
    fresh = EntityBankAccount.objects.create(
        entity=world.entity, number="61109010140000071219812874", opened_on=DAY - dt.timedelta(days=9), replaces=old
    )
    pool = make_pool(bank_account=fresh, mask="0009")
    issue_missing_numbers(pool.pk, actor=as_system)
    newest = VirtualAccount.objects.get(account_id=payer, pool=pool).number
    # An old pool that gets one more number later does not win over the open account.
    VirtualAccount.objects.filter(number=former).delete()
    VirtualAccount.objects.create(number=former, pool_id=world_pool(old), account_id=payer, issued_on=DAY)
    assert payment_target([payer]) == {payer: newest}
    posted = import_file(write_pko_mt940(statement(entry("300.00", former))), as_system)
    assert (posted.posted_count, posted.queued_count) == (1, 0)
    assert Payment.objects.get().account_id == payer


def world_pool(account: EntityBankAccount) -> int:
    return VirtualAccountPool.objects.get(bank_account=account).pk
