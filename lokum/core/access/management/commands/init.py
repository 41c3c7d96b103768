"""Start an empty operator: root of the organisation, password policies, ready roles, the first administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from lokum.core.access.first_passwords import give_first_password
from lokum.core.access.models import FirstPassword, User
from lokum.core.access.services import give_grant, make_password_policies, make_ready_roles
from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.models import Node


class Command(BaseCommand):
    help = "Prepare an empty installation and print the first administrator's password, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="Operator", help="name of the operator (root of the organisation)")
        parser.add_argument("--country", default="PL")
        parser.add_argument("--administrator", default="admin", help="sign-in name of the first administrator")
        parser.add_argument("--email", default="")
        parser.add_argument("--language", default="pl")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(system_actor("init")) as actor:
            if User.objects.exists():
                raise CommandError("This installation has users already; nothing was changed.")
            today = clock.today()
            Node.objects.get_or_create(
                code="ROOT",
                defaults={
                    "name": options["name"],
                    "kind": Node.Kind.COMPANY,
                    "country": options["country"],
                    "opened_on": today,
                },
            )
            make_password_policies(actor=actor)
            roles = make_ready_roles(actor=actor)
            user = User.objects.create(
                username=options["administrator"],
                email=options["email"],
                display_name=_("Administrator"),
                user_class=User.UserClass.STAFF,
                language=options["language"],
            )
            password = give_first_password(user, FirstPassword.Channel.LETTER, actor=actor)
            give_grant(roles["administrator"], user=user, starts_on=today, whole_operator=True, actor=actor)
        self.stdout.write(f"sign-in name:   {user.username}")
        self.stdout.write(f"first password: {password}")
        self.stdout.write("It works once; you then choose your own. It is stored nowhere in readable form.")
