"""manage.py note_interest ENTITY 2026-06: compute and post the interest of a closed month from the command line.

Safe to repeat: what is posted stays posted, what was interrupted starts again.
"""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lokum.core.base.context import system_actor
from lokum.core.base.errors import Refusal
from lokum.money.interest.services import compute_run, post_run, start_run


class Command(BaseCommand):
    help = "Compute and post the interest notes of one closed month of an entity; repeating it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entity", type=int, help="id of the entity")
        parser.add_argument("month", help="2026-06")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = system_actor("note_interest")
        month = dt.date.fromisoformat(f"{options['month']}-01")

        def tell(done: int, total: int, step: str = "") -> None:
            self.stdout.write(f"{done}/{total} {step}")
            self.stdout.flush()

        try:
            run = start_run(options["entity"], month, actor=actor)
            compute_run(run.pk, actor=actor, progress=tell)
            run = post_run(run.pk, actor=actor, progress=tell)
        except Refusal as refusal:
            if refusal.code == "interest_run.empty":
                self.stdout.write("nothing to book")
                return
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        self.stdout.write(f"posted {run.pk}: {run.note_count} notes, {run.total_amount}")
