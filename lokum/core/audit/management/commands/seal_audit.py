"""Seal the finished part of history. Safe at any rhythm and beside any writer."""

from typing import Any

from django.core.management.base import BaseCommand

from lokum.core.audit.chain import seal
from lokum.core.base.context import acting, system_actor


class Command(BaseCommand):
    help = "Seal the history written so far into the chain."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(system_actor("seal_audit")):
            link = seal()
        if link is None:
            self.stdout.write("Nothing new to seal.")
        else:
            self.stdout.write(f"Sealed {link.row_count} lines. Head of the chain: {link.hash}")
