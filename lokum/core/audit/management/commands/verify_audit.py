"""Prove that history was not touched: names every altered, missing or slipped-in line. Exit code 1 when it was."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lokum.core.audit.chain import verify
from lokum.core.base.context import acting, system_actor


class Command(BaseCommand):
    help = "Check the chain over the history."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", default="", help="a head noted earlier; it must still be part of the chain")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(system_actor("verify_audit")):
            report = verify(options["head"])
        self.stdout.write(
            f"{report.line_count} lines, {report.seal_count} seals, {report.unsealed_count} not sealed yet,"
            f" values of {report.erased_count} erased. Head of the chain: {report.head}"
        )
        for name, ids in (
            ("altered line", report.altered),
            ("missing line", report.missing),
            ("slipped-in line", report.slipped_in),
            ("broken seal", report.broken_seals),
        ):
            for one in ids:
                self.stdout.write(f"{name} {one}")
        if not report.holds:
            raise CommandError("The history does not hold.")
        self.stdout.write("The history holds.")
