"""Prove that history was not touched: names every altered, missing or slipped-in line. Exit code 1 when it was."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lokum.core.audit.archive import read_archive
from lokum.core.audit.chain import month_hash, verify
from lokum.core.audit.models import AuditMonth
from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Refusal


class Command(BaseCommand):
    help = "Check the chain over the history."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--archive", default="", help="the file of an archived month, checked against its head")
        parser.add_argument("--head", default="", help="a head noted earlier; it must still be part of the chain")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["archive"]:
            self._check_file(Path(options["archive"]))
            return
        with acting(system_actor("verify_audit")):
            report = verify(options["head"])
        self.stdout.write(
            f"{report.line_count} lines, {report.seal_count} seals, {report.unsealed_count} not sealed yet,"
            f" values of {report.erased_count} erased, {report.archived_count} archived."
            f" Head of the chain: {report.head}"
        )
        for name, ids in (
            ("altered line", report.altered),
            ("missing line", report.missing),
            ("slipped-in line", report.slipped_in),
            ("broken seal", report.broken_seals),
            ("broken month", report.broken_months),
        ):
            for one in ids:
                self.stdout.write(f"{name} {one}")
        if not report.holds:
            raise CommandError("The history does not hold.")
        self.stdout.write("The history holds.")

    def _check_file(self, path: Path) -> None:
        """The file holds the lines of the month its head was kept of, unaltered."""
        try:
            written = read_archive(path)
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        with acting(system_actor("verify_audit")):
            kept = AuditMonth.objects.filter(hash=month_hash(written.leaves), row_count=len(written.leaves)).first()
        if kept is None:
            raise CommandError("The file does not give the head of any archived month.")
        self.stdout.write(f"The file holds: {kept}, {kept.row_count} lines.")
