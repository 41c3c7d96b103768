"""Our jobs, end to end as a person starts them: services with rights, snapshots, history and guards."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connections
from django.db.models import Count, Sum

from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.models import EntityBankAccount
from lokum.demo.organisation import SORT_CODE, bank_number
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_mbank_mt940
from lokum.money.banking.services import post_statement, receive_file
from lokum.money.charges.models import Notice
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run
from lokum.money.charges.tests.world import make_charged_world
from lokum.money.interest import services as interest
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.models import InterestLine, InterestRegime
from lokum.money.interest.rates import rates_of
from lokum.money.ledger.services import close_period
from lokum.money.ledger.terms import calendar_of
from lokum.money.payments.models import VirtualAccount, VirtualAccountPool
from lokum.money.payments.services import issue_missing_numbers

ACTOR = system_actor("bench")
MOST_ENTRIES = 50_000  # of a bank file; twice as many are more than a file may weigh


class Ours:
    """One entity of `count` payers with eight components each."""

    def __init__(self, count: int) -> None:
        with acting(ACTOR):
            self.world = make_charged_world(count, actor=ACTOR)
            bank = EntityBankAccount.objects.create(
                entity=self.world.entity, number=bank_number(1), opened_on=dt.date(2000, 1, 1)
            )
            pool = VirtualAccountPool.objects.create(bank_account=bank, sort_code=SORT_CODE, mask="12340001")
            issue_missing_numbers(pool.pk, actor=ACTOR)
            pairs = VirtualAccount.objects.values_list("account_id", "number")
            self.numbers: dict[int, str] = dict(pairs)
        self.upkeep()

    def charge_run(self, month: dt.date) -> None:
        """Compute, check, approve and post a month."""
        run = compute_run(self.world.entity.pk, month, actor=ACTOR)
        check_run(run.pk, actor=ACTOR)
        approve_run(run.pk, actor=ACTOR)
        post_run(run.pk, actor=ACTOR, issued_on=month)

    def statement_files(self, month: dt.date, serial: int) -> list[bytes]:
        """MT940 files of the 95 of 100 who pay for a month: the same payers and sums as in the limit. Nobody takes a
        file of any size, so a bank parts what is long."""
        with acting(ACTOR):
            notices = list(
                Notice.objects.filter(period=month).order_by("account_id").values_list("account_id", "total_amount")
            )
        entries = [
            DemoEntry(
                booked_on=month + dt.timedelta(days=place % 20),
                amount=(total / 2).quantize(Decimal("0.01"), ROUND_HALF_UP) if place % 9 == 0 else total,
                counter_account=bank_number(place, "99900017"),
                counter_name=f"Payer {place}",
                title=f"Fees {month:%m/%Y} {place}",
                bank_reference=f"{serial:03d}{place:09d}",
                virtual_account=self.numbers[account_id],
            )
            for place, (account_id, total) in enumerate(notices, 1)
            if place % 20 != 3
        ]
        last = month + dt.timedelta(days=20)
        return [
            write_mbank_mt940(
                DemoStatement(bank_number(1), serial + 100 * part, month, last, Decimal(0), tuple(chosen))
            )
            for part, chosen in enumerate(
                entries[at : at + MOST_ENTRIES] for at in range(0, len(entries), MOST_ENTRIES)
            )
        ]

    def statement_import(self, files: list[bytes], serial: int) -> None:
        """Keep the files, read them, match, post and allocate."""
        for part, data in enumerate(files):
            file = receive_file(data, f"{serial}-{part}.sta", actor=ACTOR)
            with acting(ACTOR):
                keys = list(file.statements.values_list("pk", flat=True))
            for key in keys:
                done: Any = post_statement(key, actor=ACTOR)
                assert not done.queued_count, done.queued_count

    def rates(self) -> list[tuple[dt.date, Decimal]]:
        """Statutory interest for all debts of the entity; returns its rate table."""
        with acting(ACTOR):
            make_interest_policy(entity=self.world.entity)
            rates = rates_of()[InterestRegime.objects.get(code="pl-statutory").pk]
        return list(rates.steps)

    def moved(self, days: list[dt.date]) -> dict[dt.date, dt.date]:
        """The working day that takes the place of each day, as the law of the entity's country says."""
        with acting(ACTOR):
            calendar = calendar_of(self.world.entity.country_pack)
        return {day: calendar.moved(day) for day in days}

    def close(self, month: dt.date) -> None:
        close_period(self.world.entity.pk, month, actor=ACTOR)

    def interest(self, month: dt.date) -> None:
        """Compute the preview of a closed month and post it."""
        run = interest.start_run(self.world.entity.pk, month, actor=ACTOR)
        interest.compute_run(run.pk, actor=ACTOR)
        interest.post_run(run.pk, actor=ACTOR)

    def noted(self) -> tuple[int, Any]:
        with acting(ACTOR):
            lines = InterestLine.objects.aggregate(count=Count("pk"), total=Sum("amount"))
        return lines["count"], lines["total"]

    def upkeep(self) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
