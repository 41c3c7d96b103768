"""`manage.py demo`: a made-up cooperative with two years of books."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lokum.core.access.models import User
from lokum.core.base.context import acting, system_actor
from lokum.demo import building
from lokum.demo.sign_ins import PASSWORD

WARNING = "Everybody knows these passwords. Never keep real data beside the demonstration, never open it to the net."


class Command(BaseCommand):
    help = "Fill an empty database with a made-up cooperative: the same figures for the same size and day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", type=int, default=2400, help="premises, 40 to 100000 (default 2400)")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--if-empty", action="store_true", help="do nothing when there are data already")
        what.add_argument("--reset", action="store_true", help="throw a demonstration away and make it anew")
        what.add_argument("--sign-ins", action="store_true", help="print names and password of the users")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sign_ins"]:
            return self._sign_ins()
        if not 40 <= options["size"] <= 100_000:
            raise CommandError("--size lies between 40 and 100000")
        state = building.state()
        if options["reset"] or (state == building.BEGUN and options["if_empty"]):
            if not state and not building.is_empty():
                raise CommandError("There is no demonstration here; data of others are not thrown away.")
            building.destroy()
        elif options["if_empty"] and not building.is_empty():
            return None
        elif not building.is_empty():
            raise CommandError("There are data already. A demonstration goes into an empty database.")
        building.build(options["size"], tell=self.stderr.write)
        return None

    def _sign_ins(self) -> None:
        if building.state() != building.DONE:
            return
        with acting(system_actor("demo")):
            users = list(
                User.objects.order_by("user_class", "pk").values_list("user_class", "username", "display_name")
            )
        self.stdout.write(f"\nDemonstration, password of all users: {PASSWORD}")
        for user_class, username, name in users:
            self.stdout.write(f"  {user_class:9} {username:20} {name}")
        self.stdout.write(WARNING + "\n")
