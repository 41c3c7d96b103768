"""Lay a month of the history outside: a file that proves itself; the head of the month stays. For the owner."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lokum.core.audit.archive import archive_month
from lokum.core.base.context import system_actor
from lokum.core.base.errors import Refusal


class Command(BaseCommand):
    help = "Write a month of the history to a file, check it, and drop the month from the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="year and month, e.g. 2024-01")
        parser.add_argument("--to", required=True, help="folder of the file; keep it as long as the law asks")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            month = dt.date.fromisoformat(f"{options['month']}-01")
        except ValueError as error:
            raise CommandError("Give the month as year and month, e.g. 2024-01.") from error
        try:
            done = archive_month(month, Path(options["to"]), actor=system_actor("archive_audit"))
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            f"{done.row_count} lines in {done.file_name}, SHA-256 {done.file_hash}. Head of the month: {done.hash}"
        )
