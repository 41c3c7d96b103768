"""manage.py close_year ENTITY 2025: carry income and expense of a closed fiscal year to its result.

Safe to repeat: a closing that stands stays as it is.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lokum.core.base.context import system_actor
from lokum.core.base.errors import Refusal
from lokum.money.ledger.services import close_year


class Command(BaseCommand):
    help = "Close a fiscal year of an entity whose months are closed; repeating it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entity", type=int, help="id of the entity")
        parser.add_argument("year", type=int, help="the calendar year in which the fiscal year begins")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"closing {options['year']}")
        self.stdout.flush()
        try:
            batch = close_year(options["entity"], options["year"], actor=system_actor("close_year"))
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal
        self.stdout.write(f"batch {batch.chain_number}, {batch.turnover_amount}" if batch else "nothing to close")
