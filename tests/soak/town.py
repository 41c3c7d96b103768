"""Two entities with the same payers and prices: one is disturbed, the other is not, and both must end alike."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db import connection

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.models import EntityBankAccount
from lokum.demo.organisation import SORT_CODE, bank_number
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_pko_mt940
from lokum.money.allowances.models import BodyPayment, Claim
from lokum.money.allowances.services import claim_due, grant_allowance, receive_payment
from lokum.money.banking.models import BankStatement
from lokum.money.banking.services import post_statement, receive_file
from lokum.money.charges.factories import make_reduction_type
from lokum.money.charges.models import (
    ChargeBatch,
    ChargeRun,
    Component,
    CorrectionRun,
    Notice,
    Reduction,
    ReductionType,
)
from lokum.money.charges.services import (
    BatchOrder,
    OneOff,
    apply_for_reduction,
    approve_reduction,
    approve_run,
    check_reduction,
    check_run,
    compute_run,
    post_run,
    raise_charges,
)
from lokum.money.charges.services.correcting import compare_months, post_correction, request_correction
from lokum.money.charges.tests.world import make_charged_world
from lokum.money.interest import services as interest
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.models import InterestPolicy, InterestRun
from lokum.money.ledger.models import Account, Period
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import NewEntry, NewLine, close_period, close_year, post_batch
from lokum.money.ledger.tests.world import World
from lokum.money.payments.models import VirtualAccount, VirtualAccountPool
from lokum.money.payments.services import issue_missing_numbers
from lokum.money.rehearsals.services import approve_rehearsal, commit_rehearsal, rehearse
from lokum.property.estates.models import PremisesFact
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.factories import make_party

ACTOR = system_actor("soak")
FIRST = dt.date(2020, 1, 1)
_serial = itertools.count(1)


def month_of(number: int) -> dt.date:
    return dt.date(FIRST.year + number // 12, number % 12 + 1, 1)


def make_town(count: int, tag: str) -> World:
    with acting(ACTOR):
        world = make_charged_world(count, actor=ACTOR, tag=tag)
        serial = next(_serial)
        bank = EntityBankAccount.objects.create(
            entity=world.entity, number=bank_number(serial), opened_on=dt.date(2000, 1, 1)
        )
        pool = VirtualAccountPool.objects.create(bank_account=bank, sort_code=SORT_CODE, mask=f"{serial:08d}")
        issue_missing_numbers(pool.pk, actor=ACTOR)
        return world


def charge(world: World, month: dt.date) -> None:
    """A month from wherever it stands to posted; what a restarted worker would do."""
    with acting(ACTOR):
        runs = ChargeRun.objects.filter(entity=world.entity, period=month, kind="month")
        run = runs.filter(state__in=("checked", "approved", "posted")).first()
    if run is None:
        run = compute_run(world.entity.pk, month, actor=ACTOR)
        run = check_run(run.pk, actor=ACTOR)
    if run.state == "checked":
        run = approve_run(run.pk, actor=ACTOR)
    post_run(run.pk, actor=ACTOR, issued_on=month)


def survey(world: World, number: int) -> None:
    """Another usable area of every flat, found back in time."""
    with acting(ACTOR):
        premises = Agreement.objects.filter(entity=world.entity).values("premises_id")
        PremisesFact.objects.filter(kind="usable_area", premises__in=premises).update(value=40 + number * 7 % 30)


def correct(world: World, number: int) -> None:
    """The corrections of the first month after a survey, from wherever they stand to posted."""
    reason = f"survey {number}"
    with acting(ACTOR):
        run = CorrectionRun.objects.filter(entity=world.entity, reason=reason).first()
    if run is None:
        run = compare_months(world.entity.pk, FIRST, FIRST, reason, actor=ACTOR)
    if run.state == "compared":
        run = request_correction(run.pk, actor=ACTOR)
    if run.state == "requested":
        post_correction(run.pk, actor=ACTOR, issued_on=FIRST)


def note(world: World, month: dt.date) -> None:
    """Close a month and note its interest, whatever was done of it before."""
    with acting(ACTOR):
        if not InterestPolicy.objects.filter(entity=world.entity).exists():
            make_interest_policy(entity=world.entity)
        closed = Period.objects.filter(entity=world.entity, starts_on=month, closed_at__isnull=False).exists()
        done = InterestRun.objects.filter(
            entity=world.entity, through_on=clock.last_of_month(month), state="posted"
        ).exists()
    if not closed:
        close_period(world.entity.pk, month, actor=ACTOR)
    if not done:
        run = interest.start_run(world.entity.pk, month, actor=ACTOR)
        interest.compute_run(run.pk, actor=ACTOR)
        interest.post_run(run.pk, actor=ACTOR)


def trade(world: World, year: int) -> None:
    """A year of the books: income of every payer in June, all months closed."""
    day = dt.date(year, 6, 1)
    income, receivable = world.chart["income"].pk, world.chart["receivable"].pk
    entries = []
    for place, account in enumerate(world.accounts):
        amount = Decimal(100 + year % 50 + place)
        lines = [NewLine(receivable, debit_amount=amount, of_payer=True), NewLine(income, credit_amount=amount)]
        source = year * 1_000_000 + account
        entries.append(NewEntry("charge", amount, lines, "soak", source, account, due_on=day + dt.timedelta(days=9)))
    post_batch(world.entity.pk, "soak", f"soak:{year}", day, entries, actor=ACTOR)
    for month in range(1, 13):
        close_period(world.entity.pk, dt.date(year, month, 1), actor=ACTOR)


def end_year(world: World, year: int) -> None:
    close_year(world.entity.pk, year, actor=ACTOR)


def raise_batch(world: World, number: int) -> None:
    """A charge raised once for everybody, as documents of their own; what a restarted worker would do."""
    reason = f"batch {number}"
    with acting(ACTOR):
        if ChargeBatch.objects.filter(entity=world.entity, reason=reason).exists():
            return
        component = Component.objects.get(entity=world.entity, code="GAS")
    order = BatchOrder(world.entity.pk, "filter", "own_document", month_of(number % 60), reason)
    charges = [OneOff(pk, component.pk, Decimal(1), Decimal(5 + number)) for pk in world.accounts]
    raise_charges(order, charges, actor=ACTOR)


def ask_reduction(world: World, number: int) -> int:
    """A tenth of a charged month of one payer, applied for and looked through; the key of the reduction."""
    account, month = world.accounts[number % len(world.accounts)], month_of(number // len(world.accounts))
    with acting(ACTOR):
        kind = ReductionType.objects.filter(code="SOAK").first() or make_reduction_type(code="SOAK")
    made = apply_for_reduction(account, kind.pk, month, month, f"hardship {number}", actor=ACTOR, percent=Decimal(10))
    check_reduction(made.pk, actor=ACTOR)
    return made.pk


def reduce(pk: int) -> None:
    """Approve a reduction, which credits its posted month, from wherever it stands."""
    with acting(ACTOR):
        waiting = Reduction.objects.filter(pk=pk, state="checked").exists()
    if waiting:
        approve_reduction(pk, actor=ACTOR)


def allow(world: World) -> None:
    """Everybody has a housing allowance from the first month on."""
    with acting(ACTOR):
        body = make_party(kind="company", last_name=f"Gmina {world.entity.code}", first_name="")
        for place, account in enumerate(Account.objects.filter(pk__in=world.accounts).order_by("pk")):
            grant_allowance(
                account=account, kind="housing", body=body, decision_number=f"DM.{place}", decided_on=FIRST,
                first_month=FIRST, monthly_amount=Decimal(100 + place), actor=ACTOR,
            )  # fmt: skip


def claim(world: World, number: int) -> None:
    """A month claimed from the payer body and its money booked, whatever was done of it before."""
    month = month_of(number)
    claim_due(world.entity, month, actor=ACTOR)
    with acting(ACTOR):
        made = Claim.objects.get(entity=world.entity, month=month)
        paid = BodyPayment.objects.filter(claim=made).exists()
    if not paid:
        receive_payment(made.pk, amount=made.total_amount, received_on=month, actor=ACTOR)


def approve_month(world: World, month: dt.date) -> int:
    """A month rehearsed and approved; the key of the rehearsal."""
    with acting(ACTOR):
        if not InterestPolicy.objects.filter(entity=world.entity).exists():
            make_interest_policy(entity=world.entity)
    row = rehearse(world.entity.pk, month, actor=ACTOR)
    return approve_rehearsal(row.pk, "looked at", actor=ACTOR).pk


def commit_month(pk: int) -> None:
    """Commit an approved rehearsal; again when it was committed before."""
    assert commit_rehearsal(pk, actor=ACTOR).state == "committed"


def bank_file(world: World, month: dt.date, opening: Decimal) -> tuple[bytes, Decimal]:
    """The bank's file of a month (most pay, some in part, one without a number), and the closing balance."""
    with acting(ACTOR):
        bank = EntityBankAccount.objects.get(entity=world.entity)
        rows = list(
            Notice.objects.filter(period=month, account__entity=world.entity)
            .order_by("account__code")
            .values_list("account_id", "total_amount")
        )
        numbers = dict(VirtualAccount.objects.filter(account__entity=world.entity).values_list("account_id", "number"))
    entries = tuple(
        DemoEntry(
            booked_on=month + dt.timedelta(days=place % 25),
            amount=(total / 2).quantize(Decimal("0.01")) if place % 7 == 3 else total,
            counter_account=bank_number(place + 1, "99900017"),
            counter_name=f"Payer {place}",
            title=f"Fees {place}",
            bank_reference=f"{month:%Y%m}{place:06d}",
            virtual_account="" if place == 5 else numbers[account_id],
        )
        for place, (account_id, total) in enumerate(rows)
        if place % 11 != 8
    )
    last = month + dt.timedelta(days=27)
    statement = DemoStatement(bank.number, month.month, month, last, opening, entries)
    return write_pko_mt940(statement), statement.closing_amount


def take_in(data: bytes, name: str) -> None:
    """Import a file and post it, whatever was done of it before."""
    file = receive_file(data, name, actor=ACTOR)
    with acting(ACTOR):
        keys = list(BankStatement.objects.filter(file=file).values_list("pk", flat=True))
    for key in keys:
        post_statement(key, actor=ACTOR)


# What the books say, without keys that differ between two entities.
PICTURES = {
    "entries": """SELECT e.kind, split_part(coalesce(a.code, ''), '-', 2) AS payer, e.amount, e.document_number,
                         e.booked_on, e.due_on FROM ledger_entry e LEFT JOIN ledger_account a ON a.id = e.account_id
                  WHERE e.entity_id = %(entity)s""",
    "lines": """SELECT g.code, l.booked_on, count(*), sum(l.debit_amount), sum(l.credit_amount) FROM ledger_line l
                JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id WHERE l.entity_id = %(entity)s
                GROUP BY g.code, l.booked_on""",
    "open": """SELECT split_part(a.code, '-', 2) AS payer, o.side, o.due_on, o.amount, o.open_amount
               FROM ledger_openitem o JOIN ledger_account a ON a.id = o.account_id WHERE a.entity_id = %(entity)s""",
    "balances": """SELECT split_part(a.code, '-', 2) AS payer, b.amount FROM ledger_accountbalance b
                   JOIN ledger_account a ON a.id = b.account_id WHERE a.entity_id = %(entity)s""",
    "allocations": """SELECT split_part(a.code, '-', 2) AS payer, l.amount, l.rule, l.value_on FROM ledger_allocation l
                      JOIN ledger_account a ON a.id = l.account_id
                      WHERE a.entity_id = %(entity)s AND l.undone_at IS NULL""",
    "documents": "SELECT kind, number, issued_on FROM papers_issueddocument WHERE entity_id = %(entity)s",
    "charges": """SELECT c.code, l.period, split_part(l.reason, ':', 1) || split_part(l.reason, ':', 2) AS why,
                         count(*), sum(l.amount) FROM charges_chargeline l
                  JOIN charges_component c ON c.id = l.component_id WHERE c.entity_id = %(entity)s
                  GROUP BY c.code, l.period, why""",
    "corrections": """SELECT reason, state, document_count, line_count, total_amount FROM charges_correctionrun
                      WHERE entity_id = %(entity)s""",
    "interest": """SELECT through_on, state, note_count, total_amount FROM interest_interestrun
                   WHERE entity_id = %(entity)s""",
    "batches_of_charges": """SELECT reason, state, charge_count, total_amount FROM charges_chargebatch
                             WHERE entity_id = %(entity)s""",
    "reductions": """SELECT r.reason, r.state, split_part(a.code, '-', 2) AS payer FROM charges_reduction r
                     JOIN ledger_account a ON a.id = r.account_id WHERE a.entity_id = %(entity)s""",
    "claims": """SELECT c.month, c.sequence, c.total_amount, c.line_count, count(p.id), sum(p.amount)
                 FROM allowances_claim c LEFT JOIN allowances_bodypayment p ON p.claim_id = c.id
                 WHERE c.entity_id = %(entity)s GROUP BY c.id""",
    "rehearsals": """SELECT month, state, payer_count, former_amount, total_amount FROM rehearsals_rehearsal
                     WHERE entity_id = %(entity)s""",
    "bank": """SELECT b.booked_on, b.amount, b.title, b.state FROM banking_bankentry b
               JOIN organisation_entitybankaccount k ON k.id = b.bank_account_id WHERE k.entity_id = %(entity)s""",
    "queue": "SELECT reason, amount, left_amount, state FROM banking_clearingitem WHERE entity_id = %(entity)s",
    "batches": """SELECT kind, booked_on, entry_count, line_count, turnover_amount, chain_number FROM ledger_batch
                  WHERE entity_id = %(entity)s""",
}


def picture(world: World) -> dict[str, list[Any]]:
    with acting(ACTOR), connection.cursor() as cursor:
        seen = {}
        for name, question in PICTURES.items():
            cursor.execute(question, {"entity": world.entity.pk})
            seen[name] = sorted(cursor.fetchall(), key=repr)
        return seen


def assert_proven() -> None:
    """No rule of the books finds anything. I10 is about the age of unclear money, which these tests leave lying."""
    with acting(ACTOR):
        found = {one.code: [str(f) for f in one.findings] for one in prove() if one.count and one.code != "I10"}
    assert not found
