"""Two years of books, month by month through the services: run, notices, bank files, allocation."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.organisation.models import Entity
from lokum.demo.advances import TITLE, Ahead, invoice_ahead, who_pays_ahead
from lokum.demo.draws import draw, whole
from lokum.demo.organisation import Books, bank_number
from lokum.demo.outgoing import make_rules, sent_out
from lokum.demo.payers import Transfer, transfers
from lokum.demo.plan import MONTHS
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_camt053, write_mbank_mt940
from lokum.demo.statistics import refresh_statistics
from lokum.money.banking.models import BankFile, ClearingItem
from lokum.money.banking.services import assign_money, park_money, post_statement, receive_file, take_opening
from lokum.money.charges.models import Notice
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run
from lokum.money.interest import services as interest
from lokum.money.interest.models import InterestPolicy, InterestRegime
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import close_period
from lokum.money.payments.models import VirtualAccount

FREE_MONTHS = 3  # the last months of the books stay open
LOST_SHARE = 0.008  # of the last weeks: transfers sent to the entity's own account instead of the payer's number
UNCLEAR_DAYS = 21  # staff clear unclear money within three weeks
Tell = Callable[[str], None]


@dataclass
class Ledger:
    """What the writer of bank files remembers of one entity."""

    books: Books
    lost_from: dt.date
    numbers: dict[int, str] = field(default_factory=dict)  # virtual number by account
    owed: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    waiting: dict[dt.date, list[DemoEntry]] = field(default_factory=lambda: defaultdict(list))  # by month booked
    balance: Decimal = Decimal("250000.00")
    statements: int = 0
    references: int = 0


def keep_books(books: Books, first_month: dt.date, today: dt.date, *, actor: Actor, tell: Tell) -> None:
    """All months of one entity. Each month is committed by itself, as in life."""
    ledger = Ledger(books, today - dt.timedelta(days=UNCLEAR_DAYS))
    with acting(actor):
        pairs = VirtualAccount.objects.filter(account__entity=books.entity, retired_on=None)
        ledger.numbers = dict(pairs.values_list("account_id", "number"))
        make_rules(books.entity)
    for number in range(MONTHS):
        month = clock.add_months(first_month, number)
        keep_month(ledger, month, today, number, actor=actor)
        if number in (0, 2, 6, 13):
            refresh_statistics()
        tell(f"{books.entity.short_name} {month:%Y-%m}")
    with acting(actor):
        for number in range(MONTHS - FREE_MONTHS):
            close_period(books.entity.pk, clock.add_months(first_month, number), actor=actor)
    note_interest(books.entity, "pl-statutory", clock.add_months(first_month, MONTHS - FREE_MONTHS - 1), actor)


def keep_month(ledger: Ledger, month: dt.date, today: dt.date, number: int, *, actor: Actor) -> None:
    """One month: charges, what people send for them, the bank's statements. number: of `MONTHS`, from nought."""
    _charge(ledger, month, actor)
    _pay(ledger, month, number, actor)
    ahead = _pay_ahead(ledger, month, actor) if number == MONTHS - 2 else None
    _bank(ledger, month, today, number, actor)
    if ahead is not None:
        invoice_ahead(ahead, actor=actor)


def note_interest(
    entity: Entity, code: str, month: dt.date, actor: Actor, *, since: dt.date = dt.date(2000, 1, 1)
) -> None:
    """Interest on everything late by a regime, noted to the end of the last closed month; later days stay accrued."""
    with acting(actor):
        regime = InterestRegime.objects.get(code=code)
        valid = DateRange(since, None)
        InterestPolicy.objects.create(entity=entity, regime=regime, valid=valid, minimum_amount=Decimal("1.00"))
    run = interest.start_run(entity.pk, month, actor=actor)
    if interest.compute_run(run.pk, actor=actor).note_count:
        interest.post_run(run.pk, actor=actor)


def _charge(ledger: Ledger, month: dt.date, actor: Actor) -> None:
    run = compute_run(ledger.books.entity.pk, month, actor=actor)
    check_run(run.pk, actor=actor)
    approve_run(run.pk, actor=actor)
    post_run(run.pk, actor=actor, issued_on=month)


def _pay(ledger: Ledger, month: dt.date, number: int, actor: Actor) -> None:
    """Decide who sends what for this month's notices."""
    with acting(actor):
        notices = list(
            Notice.objects.filter(period=month, account__entity=ledger.books.entity)
            .order_by("account__code")
            .values_list(
                "account_id", "account__code", "total_amount", "due_on", "account__payer__last_name",
                "account__payer__first_name", "account__agreement__premises__code",
            )
        )  # fmt: skip
    for account_id, code, total, due_on, last, first, premises in notices:
        for sent in transfers(code, month, number, total, ledger.owed[code], due_on):
            ledger.waiting[sent.booked_on.replace(day=1)].append(
                _entry(ledger, account_id, code, f"{first} {last}".strip(), premises, month, sent)
            )
            ledger.owed[code] -= sent.amount
        ledger.owed[code] += total


def _pay_ahead(ledger: Ledger, month: dt.date, actor: Actor) -> Ahead | None:
    """Somebody sends what is owed and a part of the coming month."""
    with acting(actor):
        ahead = who_pays_ahead(ledger.books.entity, month)
    if ahead is None:
        return None
    number = ledger.numbers[ahead.account_id]
    coming = sum((one.amount for one in ledger.waiting[month] if one.virtual_account == number), Decimal(0))
    sent = Transfer(month.replace(day=20), max(ahead.balance - coming, Decimal(0)) + ahead.amount)
    entry = _entry(ledger, ahead.account_id, ahead.code, ahead.name, ahead.premises, month, sent)
    ledger.waiting[month].append(replace(entry, title=f"{TITLE} {ahead.premises}", virtual_account=number))
    ledger.owed[ahead.code] -= sent.amount
    return replace(ahead, sent=sent.amount)


def _entry(
    ledger: Ledger, account_id: int, code: str, name: str, premises: str, month: dt.date, sent: Transfer
) -> DemoEntry:
    ledger.references += 1
    key = (code, sent.booked_on, ledger.references)
    chance = draw("lost", *key) if sent.booked_on > ledger.lost_from else 1.0  # older ones were cleared long ago
    virtual = ledger.numbers[account_id]
    if chance < LOST_SHARE:
        virtual = ""
    elif chance < LOST_SHARE * 1.2:
        virtual = bank_number(whole(1, 9_999, "typo", *key) + 77_770_000)
    return DemoEntry(
        booked_on=sent.booked_on,
        amount=sent.amount,
        counter_account=bank_number(whole(1, 10**12, "payer", code), "99900017"),
        counter_name=name,
        title=f"Opłaty {month:%m/%Y} lokal {premises}",
        bank_reference=f"{sent.booked_on:%y%m%d}{ledger.books.entity.pk:02d}{ledger.references:07d}",
        counter_address="99-900 Lipogóra",
        virtual_account=virtual,
    )


def _bank(ledger: Ledger, month: dt.date, today: dt.date, number: int, actor: Actor) -> None:
    """Statements of what the bank booked in a month: one, or three in the last two months, as it grows finer."""
    entries = sorted(
        (one for one in ledger.waiting.pop(month, []) if one.booked_on < today),
        key=lambda one: (one.booked_on, one.bank_reference),
    )
    parts = [entries]
    if number >= MONTHS - 2:
        parts = [
            [one for one in entries if low <= one.booked_on.day < high] for low, high in ((1, 11), (11, 21), (21, 32))
        ]
    for place, part in enumerate(parts, 1):
        if part:
            newest = number == MONTHS - 1 and not any(parts[place:])
            out = sent_out(ledger.books.entity, part[-1].booked_on, ledger.statements + 1, newest=newest)
            _import(ledger, [*part, *out], actor)


def _import(ledger: Ledger, entries: list[DemoEntry], actor: Actor) -> None:
    ledger.statements += 1
    statement = DemoStatement(
        account=ledger.books.bank_account.number,
        number=ledger.statements,
        opened_on=entries[0].booked_on,
        closed_on=entries[-1].booked_on,
        opening_amount=ledger.balance,
        entries=tuple(entries),
    )
    ledger.balance = statement.closing_amount
    community = ledger.books.entity.kind == "community"
    data = write_camt053(statement) if community else write_mbank_mt940(statement)
    name = f"wyciag-{ledger.books.entity.code}-{statement.closed_on}.{'xml' if community else 'sta'}"
    with acting(actor):
        file = receive_file(data, name, actor=actor)
        if file.state != BankFile.State.READ:
            raise RuntimeError(f"{name}: {file.refusal}")
        for read in file.statements.all():
            post_statement(read.pk, actor=actor)
            if ledger.statements == 1:
                take_opening(read.pk, actor=actor)


def clear_most(today: dt.date, *, actor: Actor, keep: int = 10) -> int:
    """Staff gave most of the unclear money to whom the title names; the youngest still waits. Returns how many."""
    with acting(actor):
        items = list(
            ClearingItem.objects.filter(state="open").select_related("bank_entry").order_by("-opened_on", "-pk")
        )
        by_premises = _accounts_by_premises()
        cleared = 0
        for item in items[keep:]:
            code = item.bank_entry.title.rpartition(" ")[2].upper()
            account_id = by_premises.get((item.entity_id, code))
            if account_id:
                assign_money(item.pk, [(account_id, item.left_amount)], actor=actor)
                cleared += 1
        for item in items[:2]:
            park_money(
                item.pk,
                text="Czekamy na odpowiedź banku",
                deadline_on=today + dt.timedelta(days=14),
                actor=actor,
            )
        return cleared


def _accounts_by_premises() -> dict[tuple[int, str], int]:
    rows = Account.objects.filter(agreement__valid__endswith=None).values_list(
        "entity_id", "agreement__premises__code", "pk"
    )
    return {(entity_id, code.upper()): pk for entity_id, code, pk in rows}
