"""Sign-ins for a group of parties: made once, handed out by three ways, kept nowhere in readable form."""

import re
from typing import Any

import pypdfium2
import pytest
from django.test import Client

from lokum.core.access.factories import PASSWORD, make_grant, make_user
from lokum.core.access.models import FirstPassword, User
from lokum.core.audit.models import AuditRow
from lokum.core.jobs.models import Job
from lokum.core.outbox.models import Message
from lokum.property.parties.factories import make_party, make_party_address, make_party_contact
from lokum.property.parties.models import Party
from lokum.property.parties.services import sign_ins

pytestmark = pytest.mark.usefixtures("as_system")


class Quiet:
    """A job nobody watches."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor

    def progress(self, done: int, total: int, step: Any = "") -> None: ...

    def log(self, text: Any) -> None: ...

    def stop_if_cancelled(self) -> None: ...


def people(count: int = 3) -> list[Party]:
    made = []
    for number in range(count):
        party = make_party(code=f"N{number}", last_name=f"Person{number}")
        make_party_contact(party=party, kind="email", value=f"p{number}@example.org")
        made.append(party)
    return made


@pytest.mark.req("PLT-08")
def test_the_job_makes_what_is_missing_and_nobody_twice(as_system: Any) -> None:
    everybody = people()
    make_party(code="NONE", last_name="Without address")
    pks = list(Party.objects.values_list("pk", flat=True))
    first = sign_ins.make_sign_ins(pks, "email", job=Quiet(as_system))
    assert (first.made, first.passed, first.unreachable) == (3, 0, ["NONE"])
    again = sign_ins.make_sign_ins(pks, "email", job=Quiet(as_system))
    assert (again.made, again.passed, again.unreachable) == (0, 3, ["NONE"])
    assert User.objects.count() == 3 and Message.objects.count() == 3
    assert {party.user.email for party in Party.objects.filter(user__isnull=False)} == {
        f"p{number}@example.org" for number, _party in enumerate(everybody)
    }


@pytest.mark.req("PLT-08")
def test_the_first_password_stands_in_its_message_only(client: Client, as_system: Any) -> None:
    people(1)
    sign_ins.make_sign_ins(list(Party.objects.values_list("pk", flat=True)), "email", job=Quiet(as_system))
    message = Message.objects.get()
    assert message.secret
    found = re.search(r"First password: (\S+)|: ([a-z0-9]{5}(?:-[a-z0-9]{5}){3})", message.body)
    assert found
    password = found.group(1) or found.group(2)
    readable = str(list(User.objects.values())) + str(list(FirstPassword.objects.values()))
    readable += str(list(AuditRow.objects.values())) + str(list(Job.objects.values()))
    assert password not in readable
    assert FirstPassword.objects.get().state == "sent"
    assert client.post("/account/login/", {"login": "n0", "password": password}).status_code == 302
    assert client.get("/")["Location"] == "/account/own-password/"


@pytest.mark.req("PLT-08")
def test_letters_are_printed_once_and_open_the_door(client: Client, as_system: Any) -> None:
    for party in people(2):
        make_party_address(party=party)
    sign_ins.make_sign_ins(list(Party.objects.values_list("pk", flat=True)), "letter", job=Quiet(as_system))
    assert Message.objects.count() == 0
    assert set(FirstPassword.objects.values_list("state", flat=True)) == {"made"}
    clerk = make_user(username="clerk")
    make_grant(clerk, ["parties.party:make_sign_ins"])
    client.post("/account/login/", {"login": "clerk", "password": PASSWORD})
    answer = client.post("/office/parties/letters/")
    assert answer["Content-Type"] == "application/pdf"
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(answer.content)]
    assert len(pages) == 2 and "Person0" in pages[0]
    password = re.search(r"[a-z0-9]{5}(?:-[a-z0-9]{5}){3}", pages[0])
    assert password
    assert set(FirstPassword.objects.values_list("state", flat=True)) == {"sent"}
    assert client.post("/office/parties/letters/").status_code == 302
    resident = Client()
    assert resident.post("/account/login/", {"login": "n0", "password": password.group()}).status_code == 302


@pytest.mark.req("PLT-08")
def test_a_shared_address_signs_in_one_of_two(as_system: Any) -> None:
    one, two = make_party(code="A1"), make_party(code="A2")
    for party in (one, two):
        make_party_contact(party=party, kind="email", value="both@example.org")
    outcome = sign_ins.make_sign_ins([one.pk, two.pk], "email", job=Quiet(as_system))
    assert outcome.made == 2
    assert sorted(User.objects.values_list("username", "email")) == [("a1", "both@example.org"), ("a2", "")]
