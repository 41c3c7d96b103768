"""manage.py charge_month ENTITY 2026-03: compute, check, approve and post a month from the command line.

Safe to repeat: what is posted stays posted, what was interrupted starts again from the draft.
"""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lokum.core.base.context import system_actor
from lokum.core.base.errors import Refusal
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run
from lokum.money.ledger.services import posting


class Command(BaseCommand):
    help = "Compute and post the charges of one month of an entity; repeating it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entity", type=int, help="id of the entity")
        parser.add_argument("month", help="2026-03")
        parser.add_argument("--draft", action="store_true", help="stop after computing")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = system_actor("charge_month")
        month = dt.date.fromisoformat(f"{options['month']}-01")

        def tell(done: int, total: int, step: str = "") -> None:
            self.stdout.write(f"{done}/{total} {step}")
            self.stdout.flush()

        try:
            with posting(actor):
                runs = ChargeRun.objects.filter(entity_id=options["entity"], period=month, kind="month")
                posted = runs.filter(state=ChargeRun.State.POSTED).first()
                ready = runs.filter(state=ChargeRun.State.APPROVED).first()
            if posted is None:
                run = ready or compute_run(options["entity"], month, actor=actor, progress=tell)
                if options["draft"]:
                    self.stdout.write(f"draft {run.pk}: {run.line_count} lines, {run.total_amount}")
                    return
                if run.state == ChargeRun.State.DRAFT:
                    check_run(run.pk, actor=actor)
                    approve_run(run.pk, actor=actor)
                posted = post_run(run.pk, actor=actor, progress=tell, issued_on=month)
        except Refusal as refusal:
            if refusal.code == "charge_run.stale":
                # An approved draft of an interrupted run no longer holds: the next call computes it anew.
                with posting(actor):
                    runs.filter(state=ChargeRun.State.APPROVED).update(state=ChargeRun.State.DRAFT)
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        self.stdout.write(f"posted {posted.pk}: {posted.notice_count} notices, {posted.total_amount}")
