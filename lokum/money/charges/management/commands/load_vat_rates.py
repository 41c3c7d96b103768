"""Add the published VAT rates that the register does not have yet."""

from typing import Any

from django.core.management.base import BaseCommand

from lokum.core.base.context import system_actor
from lokum.money.charges.vat import load_vat_rates


class Command(BaseCommand):
    help = "Add published VAT rates that are missing; nothing existing is changed."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_vat_rates(actor=system_actor('load_vat_rates'))} rates added")
