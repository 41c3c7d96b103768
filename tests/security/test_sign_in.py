"""Sign-in, sessions and their ends, through the pages."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lokum.core.access.factories import PASSWORD, make_grant, make_user
from lokum.core.access.first_passwords import give_first_password
from lokum.core.access.hashers import TunedArgon2PasswordHasher
from lokum.core.access.models import FirstPassword, User
from lokum.core.audit.models import AuditRow
from lokum.core.base.context import system_actor

pytestmark = pytest.mark.usefixtures("as_system")
LOGIN = "/account/login/"
OWN = "/account/tokens/"  # any page of a signed-in user


def sign_in(client: Client, name: str = "anna", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": name, "password": password}, **extra)


def is_in(client: Client) -> bool:
    return bool(client.get(OWN).status_code == 200)


@pytest.fixture
def anna() -> User:
    return make_user(username="anna", email="anna@example.org")


@pytest.mark.req("PLT-06")
@pytest.mark.parametrize("name", ["anna", "ANNA", "anna@example.org", "Anna@Example.org"])
def test_name_and_address_open_a_session(client: Client, anna: User, name: str) -> None:
    assert not is_in(client)
    assert sign_in(client, name).status_code == 302
    assert is_in(client)
    assert AuditRow.objects.filter(action="signed in", actor_id=anna.pk, address="127.0.0.1").count() == 1


@pytest.mark.req("PLT-06")
def test_the_session_id_changes_and_a_kept_cookie_dies_with_sign_out(client: Client, anna: User) -> None:
    client.get(LOGIN)
    client.session["probe"] = 1
    before = client.session.session_key
    sign_in(client)
    kept = client.session.session_key
    assert kept != before
    thief = Client()
    thief.cookies["lokum_session"] = kept
    assert is_in(thief)
    answer = client.post("/account/logout/")
    assert answer.status_code == 302 and answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(thief) and not is_in(client)


@pytest.mark.req("PLT-06")
@pytest.mark.parametrize("end", [{"is_active": False}, {"ends_on": dt.date(2020, 1, 1)}])
def test_disabling_and_a_passed_last_day_end_it_on_the_next_request(
    client: Client, anna: User, end: dict[str, Any]
) -> None:
    sign_in(client)
    assert is_in(client)
    User.objects.filter(pk=anna.pk).update(**end)
    assert not is_in(client)
    assert sign_in(Client()).status_code != 500 and not is_in(client)


@pytest.mark.req("PLT-06")
@pytest.mark.parametrize(("kind", "idle", "absolute"), [("staff", 30, 12), ("resident", 60, 24)])
def test_idle_and_absolute_limits(client: Client, kind: str, idle: int, absolute: int) -> None:
    make_user(username="anna", user_class=kind)
    start = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False) as clock:
        sign_in(client)
        assert is_in(client)
        clock.shift(dt.timedelta(minutes=idle - 1))
        assert is_in(client)
        clock.shift(dt.timedelta(minutes=idle + 1))
        assert not is_in(client)
        sign_in(client)
        for _step in range((absolute * 60) // (idle - 5)):
            assert is_in(client)
            clock.shift(dt.timedelta(minutes=idle - 5))
        clock.shift(dt.timedelta(minutes=idle - 5))
        assert not is_in(client)


@pytest.mark.req("PLT-06")
def test_an_unknown_name_looks_like_a_wrong_password(anna: User) -> None:
    known = sign_in(Client(), "anna", "wrong-password-1")
    unknown = sign_in(Client(), "otto", "wrong-password-1")

    def plain(answer: Any) -> str:
        return re.sub(r'(csrf[^>]*value=|X-CSRFToken": )"[^"]*"', "", answer.content.decode()).replace("otto", "anna")

    assert known.status_code == unknown.status_code == 200
    assert plain(known) == plain(unknown)


@pytest.mark.req("PLT-06")
def test_known_and_unknown_names_cost_the_same(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is hashing: one slow hash and as many questions to the database for either name."""
    make_user(username="no.password", password=None)
    hashed: list[str] = []
    for name in ("encode", "verify"):
        slow = getattr(TunedArgon2PasswordHasher, name)

        def count(self: Any, *args: Any, slow: Any = slow, name: str = name) -> Any:
            hashed.append(name)
            return slow(self, *args)

        monkeypatch.setattr(TunedArgon2PasswordHasher, name, count)
    costs = {}
    for name in ("anna", "otto", "no.password"):
        hashed.clear()
        with CaptureQueriesContext(connection) as queries:
            sign_in(Client(), name, "wrong-password-1")
        costs[name] = (len(hashed), len([one for one in queries if "access_user" in one["sql"]]))
    assert len(set(costs.values())) == 1, costs


@pytest.mark.req("PLT-06")
def test_guessing_is_slowed_and_never_keeps_the_owner_out(client: Client, anna: User) -> None:
    sign_in(client)
    client.post("/account/logout/")
    stranger = Client()
    answers = [sign_in(stranger, "anna", f"guess-number-{number}").status_code for number in range(8)]
    assert answers[:5] == [200] * 5 and set(answers[5:]) == {429}
    assert int(sign_in(stranger, "anna", "guess")["Retry-After"]) > 0
    # A foreign device is slowed even with the right password, under either name ...
    assert sign_in(Client(), "anna@example.org").status_code == 429
    # ... the owner's own device, on the same network, is not.
    assert sign_in(client).status_code == 302 and is_in(client)
    assert AuditRow.objects.filter(action="refused", after__status=429).exists()


@pytest.mark.req("PLT-06")
def test_a_network_is_slowed_over_many_names(settings: Any) -> None:
    answers = [sign_in(Client(), f"name{number}", "guess").status_code for number in range(32)]
    assert answers[-1] == 429 and answers[0] == 200


@pytest.mark.req("PLT-06", "PLT-37")
def test_a_forged_forwarding_header_gives_no_new_network(settings: Any, anna: User) -> None:
    sign_in(Client(), headers={"x-forwarded-for": "10.9.9.9"})
    assert AuditRow.objects.filter(action="signed in").latest("pk").address == "127.0.0.1"
    settings.TRUSTED_PROXIES = ["127.0.0.0/8", "10.0.0.0/8"]
    sign_in(Client(), headers={"x-forwarded-for": "1.1.1.1, 203.0.113.7, 10.0.0.2"})
    assert AuditRow.objects.filter(action="signed in").latest("pk").address == "203.0.113.7"


@pytest.mark.req("PLT-15")
def test_a_password_typed_as_name_is_not_kept(anna: User) -> None:
    sign_in(Client(), "my-secret-password", "anna")
    line = AuditRow.objects.filter(action="sign-in failed").latest("pk")
    assert line.after == {"name": "unknown"} and line.actor_id is None
    sign_in(Client(), "anna", "wrong")
    assert AuditRow.objects.filter(action="sign-in failed").latest("pk").actor_id == anna.pk


@pytest.mark.req("PLT-08")
def test_a_first_password_expires(client: Client) -> None:
    user = make_user(username="jan", user_class="resident", password=None)
    first = give_first_password(user, "letter", actor=system_actor("test"))
    FirstPassword.objects.update(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert sign_in(client, "jan", first).status_code == 200 and not is_in(client)


@pytest.mark.req("PLT-09")
def test_a_role_may_demand_a_second_factor(client: Client, anna: User) -> None:
    grant = make_grant(anna, ["*:*"])
    grant.role.needs_second_factor = True
    grant.role.save()
    sign_in(client)
    answer = client.get(OWN)
    assert (answer.status_code, answer["Location"]) == (302, "/account/2fa/")
    assert client.get("/account/2fa/").status_code == 200


@pytest.mark.req("PLT-37")
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_open_redirect_after_sign_in(client: Client, anna: User, target: str) -> None:
    answer = client.post(LOGIN, {"login": "anna", "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


@pytest.mark.req("PLT-06")
def test_private_pages_are_kept_by_nobody(client: Client, anna: User) -> None:
    sign_in(client)
    assert "no-store" in client.get(OWN)["Cache-Control"]


@pytest.mark.req("PLT-08")
def test_a_first_password_leads_to_an_own_one_before_any_other_page(client: Client) -> None:
    user = make_user(username="jan", user_class="resident", password=None)
    first = give_first_password(user, "letter", actor=system_actor("test"))
    assert first not in str(list(User.objects.values())) + str(list(AuditRow.objects.values()))
    assert sign_in(client, "jan", first).status_code == 302
    for page in ("/", OWN, "/account/password/change/", "/account/email/", "/office/", "/nowhere/"):
        answer = client.get(page)
        assert (answer.status_code, answer["Location"]) == (302, "/account/own-password/"), page
    assert client.get("/api/v1/anything/").status_code == 403
    # It worked once: a second sign-in with it looks like a wrong password.
    assert sign_in(Client(), "jan", first).status_code == 200
    answer = client.post("/account/own-password/", {"password": "short", "again": "short"})
    assert answer.status_code == 200
    good = "our garden has nine gates"
    assert client.post("/account/own-password/", {"password": good, "again": good}).status_code == 302
    assert is_in(client)
    assert FirstPassword.objects.get(user=user).state == "used"
    assert sign_in(Client(), "jan", first).status_code == 200
    assert sign_in(Client(), "jan", good).status_code == 302
