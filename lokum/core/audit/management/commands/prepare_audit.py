"""Make the months of the history that are to come. The worker does it by itself; safe at any rhythm."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lokum.core.audit.archive import prepare_months
from lokum.core.audit.partitions import AHEAD
from lokum.core.base.context import acting, system_actor


class Command(BaseCommand):
    help = "Make the months of the history from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ahead", type=int, default=AHEAD, help="months to come")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(system_actor("prepare_audit")):
            made = prepare_months(options["ahead"])
        self.stdout.write(f"{made} months made.")
