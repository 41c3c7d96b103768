"""The first minutes of an empty installation."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from lokum.core.access.models import Grant, PasswordPolicy, Role, User
from lokum.core.organisation.models import Node

pytestmark = pytest.mark.usefixtures("as_system")


@pytest.mark.req("PLT-10")
def test_init_makes_an_empty_operator_and_prints_one_first_password(client: Client) -> None:
    out = StringIO()
    call_command("init", name="Green Hill", stdout=out)
    words: dict[str, Any] = dict(line.split(":", 1) for line in out.getvalue().splitlines() if ":" in line)
    name, password = words["sign-in name"].strip(), words["first password"].strip()
    assert Node.objects.get().name == "Green Hill"
    assert {"administrator", "accountant", "cashier", "auditor"} <= set(Role.objects.values_list("code", flat=True))
    assert PasswordPolicy.objects.count() == 2
    assert Grant.objects.get().whole_operator
    assert password not in str(User.objects.values())
    assert client.post("/account/login/", {"login": name, "password": password}).status_code == 302
    assert client.get("/")["Location"] == "/account/own-password/"
    with pytest.raises(CommandError):
        call_command("init", stdout=out)
    assert User.objects.count() == 1
