"""manage.py prove: ask every rule of the books; exit code 1 when any of them finds something."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from lokum.core.base.context import acting, system_actor
from lokum.money.ledger.proof import prove


class Command(BaseCommand):
    help = "Prove the books: every rule is listed with its findings; the exit code is 1 when there is any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rules", nargs="*", help="only these rules (I1 I2 ...)")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(system_actor("prove")):
            outcomes = prove(options["rules"] or None)
        found = 0
        for one in outcomes:
            found += one.count
            self.stdout.write(f"{one.code:<4} {one.count:>6}  {one.title}")
            for finding in one.findings:
                self.stdout.write(f"             {finding}")
        if found:
            raise SystemExit(1)
