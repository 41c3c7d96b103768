"""Each bank account has its own ledger account: transfers meet in transit, balances equal the statements."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import Refusal
from lokum.core.flow.services import approve
from lokum.core.organisation.bank_accounts import propose_account, propose_number
from lokum.core.organisation.models import EntityBankAccount
from lokum.demo.organisation import bank_number
from lokum.demo.statement_writer import DemoStatement, write_pko_mt940
from lokum.money.banking.approvals import request_apart
from lokum.money.banking.models import BankBook, BankEntry, BankStatement, ClearingItem
from lokum.money.banking.reconciling import reconcile
from lokum.money.banking.services import (
    book_line,
    book_transfer,
    link_refund,
    return_money,
    set_apart,
    take_opening,
    undo_line,
)
from lokum.money.banking.tests.test_importing import BANK, DAY, entry, import_file, statement
from lokum.money.banking.tests.test_outgoing import SAVINGS, balance, costs, found, line, own, world
from lokum.money.ledger.models import Entry, LedgerAccount
from lokum.money.ledger.queries import trial_balance
from lokum.money.ledger.services import prepare_books, reverse_entry
from lokum.money.ledger.tests.world import World

__all__ = ["costs", "world"]
pytestmark = [pytest.mark.database, pytest.mark.req("PAY-02", "LED-18")]
D = Decimal
NEXT = DAY + dt.timedelta(days=1)


def person(name: str) -> Actor:
    user = make_user(display_name=name)
    make_grant(user, ["*:*"])
    return Actor(user_id=user.pk, label=name, reach=Reach(everything=True))


def savings(*entries: Any, opening: str = "0.00", on: dt.date = DAY, number: int = 3) -> bytes:
    return write_pko_mt940(DemoStatement(SAVINGS, number, on, on, D(opening), entries))


def test_a_bank_account_brings_its_ledger_account_and_a_new_number_keeps_it(world: World, as_system: Actor) -> None:
    assert [own(one).code for one in (BANK, SAVINGS)] == ["131-1", "131-2"]
    assert own().name_en == "Bank account: …0001" and own().purpose == "bank_account"
    made = propose_account(
        entity=world.entity, number=bank_number(18), opened_on=dt.date(2026, 1, 1), reason="repairs",
        bank_name="Bank", actor=as_system,
    )  # fmt: skip
    assert BankBook.objects.get(bank_account=made).ledger_account.code == "131-3"
    known = EntityBankAccount.objects.get(number=BANK)
    import_file(write_pko_mt940(statement(entry("1.00"))), as_system)
    fresh = propose_number(
        known.pk, number=bank_number(17), from_on=DAY + dt.timedelta(days=9), reason="bank merged",
        actor=as_system,
    )  # fmt: skip
    assert fresh.replaces_id == known.pk and fresh.book.ledger_account == own()
    later = EntityBankAccount.objects.create(entity=world.entity, number=bank_number(19), opened_on=dt.date(2026, 1, 1))
    prepare_books(world.entity.pk, actor=as_system)
    assert later.book.ledger_account.code == "131-4"


def test_a_transfer_told_by_both_statements_meets_in_transit(world: World, as_system: Actor) -> None:
    """Whichever comes first; each account has it on the day of its own bank, and it is never there twice."""
    transit = world.chart["in_transit"]
    import_file(savings(entry("700.00", counter_account=BANK, booked_on=NEXT), on=NEXT), as_system, "s.sta")
    assert (balance(own(SAVINGS)), balance(transit), ClearingItem.objects.count()) == (D(700), D(-700), 0)
    sent = entry("-700.00", counter_account=SAVINGS)
    posted = import_file(write_pko_mt940(statement(sent)), as_system)
    assert posted.entries.get().state == BankEntry.State.POSTED
    assert (balance(own()), balance(own(SAVINGS)), balance(transit)) == (D(-700), D(700), 0)
    days = {one.amount: one.booked_on for one in BankEntry.objects.all()}
    lines = Entry.objects.filter(kind="transfer").order_by("booked_on").values_list("booked_on", flat=True)
    assert list(lines) == sorted(days.values()) and found() == {}
    undo_line(line("-700.00").pk, reason="it was the tax office", actor=as_system)
    assert balance(transit) == D(-700) and found() == {}
    book_transfer(line("-700.00").pk, actor=as_system)
    assert balance(transit) == 0 and found() == {}


def test_the_page_shows_the_statement_beside_the_books_with_every_line(
    world: World, costs: LedgerAccount, as_system: Actor
) -> None:
    first = import_file(write_pko_mt940(statement(entry("500.00"), entry("-40.00"), entry("-7.00"))), as_system)
    book_line(line("-7.00").pk, way="fee", ledger_account=costs, actor=as_system)
    told = reconcile(first)
    assert told is not None and (told.bank_amount, told.book_amount, told.difference) == (D(1453), D(493), D(960))
    assert [(one.kind, one.amount) for one in told.reasons] == [("opening", D(1000)), ("line", D(-40))]
    take_opening(first.pk, actor=as_system)
    with pytest.raises(Refusal) as twice:
        take_opening(first.pk, actor=as_system)
    assert twice.value.code == "bank.opening_taken"
    book_line(line("-40.00").pk, way="fee", ledger_account=costs, actor=as_system)
    told = reconcile(first)
    assert told is not None and told.agrees and not told.reasons and told.book_amount == D(1453)
    client = Client()
    clerk = make_user(language="en")
    make_grant(clerk, ["*:*"])
    client.force_login(clerk)
    page = client.get(f"/office/banking/bankstatement/{first.pk}/?tab=balance").content.decode()
    assert "The ledger account equals the closing balance of the bank." in page
    book = BankBook.objects.get(bank_account__number=BANK)
    assert "131-1" in client.get(f"/office/banking/bankbook/{book.pk}/?tab=state").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entry WHERE source_kind = 'bank-opening'")
        assert cursor.fetchone()[0] == 1
    rows = {one.code: one.closing for one in trial_balance([world.entity.pk], DAY, DAY)}
    assert (rows["131-1"], rows["131"], rows["809"]) == (D(1453), 0, D(-1000)) and found() == {}


def test_a_payout_is_in_transit_until_the_bank_tells_of_it(world: World, as_system: Actor) -> None:
    first = import_file(write_pko_mt940(statement(entry("90.00"))), as_system)
    refund = return_money(ClearingItem.objects.get().pk, D("90.00"), reason="unknown", actor=as_system).moves.get()
    told = reconcile(first)
    assert told is not None and [one.kind for one in told.reasons] == ["opening"], "the bank still has the money"
    later = DemoStatement(BANK, 11, NEXT, NEXT, D("1090.00"), (entry("-90.00", title="ZWROT", booked_on=NEXT),))
    import_file(write_pko_mt940(later), as_system, "next.sta")
    link_refund(line("-90.00").pk, entry=refund.entry_id, actor=as_system)
    assert (balance(own()), balance(world.chart["in_transit"])) == (0, 0) and found() == {}
    with pytest.raises(Refusal) as carried:
        reverse_entry(refund.entry_id, "no", actor=as_system)
    assert carried.value.code == "outgoing.carried"
    undo_line(line("-90.00").pk, reason="another one", actor=as_system)
    assert (balance(own()), line("-90.00").state) == (D(90), "outgoing") and found() == {}


def test_the_proof_names_money_on_the_account_that_the_bank_does_not_know(world: World, as_system: Actor) -> None:
    import_file(write_pko_mt940(statement(entry("500.00"))), as_system)
    BankEntry.objects.update(amount=D("500.01"))
    BankStatement.objects.update(closing_amount=D("1500.01"))
    assert found("B4") == {
        "B4": [f"ledger.ledgeraccount {own().pk}: the books moved by 500.00, the bank's statements by 500.01"]
    }


def test_what_was_kept_on_the_shared_account_stays_until_somebody_else_approves(
    world: World, costs: LedgerAccount, as_system: Actor
) -> None:
    shared = world.chart["bank"]
    old = LedgerAccount.objects.filter(bank_books__isnull=False)
    codes = list(old.values_list("pk", flat=True))
    BankBook.objects.update(ledger_account=shared)
    LedgerAccount.objects.filter(pk__in=codes).delete()
    first = import_file(write_pko_mt940(statement(entry("500.00"), entry("-40.00"))), as_system)
    import_file(savings(entry("60.00"), opening="10.00"), as_system, "s.sta")
    take_opening(first.pk, actor=as_system)
    assert balance(shared) == D(1560)
    told = reconcile(first)
    assert told is not None and told.shared and told.difference == D(-40)
    book = BankBook.objects.get(bank_account__number=BANK)
    one, two = person("one"), person("two")
    asked = request_apart(book.pk, reason="accounts apart", actor=one)
    assert asked.amount == D(1500) and balance(shared) == D(1560)
    with acting(two):
        approve(asked.pk, actor=two)
    book.refresh_from_db()
    assert (book.ledger_account.code, balance(book.ledger_account), balance(shared)) == ("131-1", D(1500), D(60))
    book_line(line("-40.00").pk, way="fee", ledger_account=costs, actor=as_system)
    told = reconcile(first)
    assert told is not None and told.agrees and not told.shared and balance(own()) == D(1460)
    assert found() == {}
    with pytest.raises(Refusal) as again:
        set_apart(book.pk, actor=as_system)
    assert again.value.code == "bank_book.apart"
