"""Add the published interest rates that the register does not have yet."""

from typing import Any

from django.core.management.base import BaseCommand

from lokum.core.base.context import system_actor
from lokum.money.interest.services.regimes import load_regimes


class Command(BaseCommand):
    help = "Add published interest rates that are missing; nothing existing is changed."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_regimes(actor=system_actor('load_interest_rates'))} rates added")
