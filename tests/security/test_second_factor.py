"""Second factor: enrolled, asked for, used once, never skipped; outside identities bind by proof only."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from lokum.core.access.adapters import SocialAccountAdapter
from lokum.core.access.factories import PASSWORD, make_grant, make_user
from lokum.core.access.models import User
from lokum.core.audit.models import AuditRow
from lokum.core.outbox.models import Message

pytestmark = pytest.mark.usefixtures("as_system")
ASKED = "/account/2fa/authenticate/"


def code_of(secret: str, shift: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))


@pytest.fixture
def secret() -> str:
    return generate_totp_secret()


@pytest.fixture
def anna(secret: str) -> User:
    user = make_user(username="anna")
    grant = make_grant(user, ["*:view"])
    grant.role.needs_second_factor = True
    grant.role.save()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return user


def first_step(client: Client, password: str = PASSWORD) -> None:
    answer = client.post("/account/login/", {"login": "anna", "password": password})
    assert (answer.status_code, answer["Location"]) == (302, ASKED)


def is_in(client: Client) -> bool:
    return bool(client.get("/account/tokens/").status_code == 200)


@pytest.mark.req("PLT-09")
def test_the_password_alone_opens_nothing(client: Client, anna: User, secret: str) -> None:
    first_step(client)
    assert not is_in(client)
    assert client.post(ASKED, {"code": "000000"}).status_code == 200 and not is_in(client)
    before = client.session.session_key
    assert client.post(ASKED, {"code": code_of(secret)}).status_code == 302
    assert is_in(client) and client.session.session_key != before


@pytest.mark.req("PLT-09")
def test_a_used_code_is_refused_a_second_time(anna: User, secret: str) -> None:
    with time_machine.travel("2026-11-02T08:00:05Z", tick=False) as clock:
        code = code_of(secret)
        one = Client()
        first_step(one)
        assert one.post(ASKED, {"code": code}).status_code == 302 and is_in(one)
        for seconds in (0, 20, 20, 30):
            clock.shift(seconds)
            two = Client()
            first_step(two)
            assert two.post(ASKED, {"code": code}).status_code == 200 and not is_in(two)


@pytest.mark.req("PLT-09")
def test_a_recovery_code_works_once(anna: User) -> None:
    codes = RecoveryCodes(Authenticator.objects.get(user=anna, type="recovery_codes")).get_unused_codes()
    for expected in (302, 200):
        client = Client()
        first_step(client)
        assert client.post(ASKED, {"code": codes[0]}).status_code == expected


@pytest.mark.req("PLT-09")
def test_a_reset_never_skips_the_factor(client: Client, anna: User) -> None:
    client.post("/account/password/reset/", {"email": anna.email})
    body = Message.objects.filter(secret=True).latest("pk").body
    link = next(word for word in body.split() if "/password/reset/key/" in word)
    page = client.get("/account" + link.split("/account", 1)[1], follow=True)
    new = "a new forest path at noon"
    assert client.post(page.request["PATH_INFO"], {"password1": new, "password2": new}).status_code == 302
    assert not is_in(client)
    first_step(Client(), new)


@pytest.mark.req("PLT-09")
def test_guessing_codes_is_slowed(anna: User) -> None:
    client = Client()
    first_step(client)
    texts = [client.post(ASKED, {"code": f"{number:06}"}).content.decode() for number in range(8)]
    assert "Too many" in texts[-1] or "too many" in texts[-1].lower()


@pytest.mark.req("PLT-09", "PLT-37")
def test_secrets_of_factors_are_not_readable_in_the_database(anna: User, secret: str) -> None:
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    history = AuditRow.objects.filter(table_name="mfa_authenticator")
    assert history.exists() and "secret" not in str(list(history.values_list("after", flat=True)))


@pytest.mark.req("PLT-09")
@pytest.mark.parametrize("page", ["/account/email/", "/account/2fa/totp/deactivate/"])
def test_changing_address_or_factor_asks_for_the_password_again(
    client: Client, anna: User, secret: str, page: str
) -> None:
    with time_machine.travel("2026-11-02T08:00:05Z", tick=False) as clock:
        first_step(client)
        client.post(ASKED, {"code": code_of(secret)})
        clock.shift(600)
        data = {"email": "new@example.org", "action_add": ""} if "email" in page else {}
        answer = client.post(page, data)
        assert answer.status_code == 302 and "reauthenticate" in answer["Location"], answer["Location"]
        assert Authenticator.objects.filter(user=anna, type="totp").exists()


def identity(email: str, verified: bool) -> Any:
    connected: list[User] = []
    return SimpleNamespace(
        is_existing=False,
        email_addresses=[SimpleNamespace(email=email, verified=verified)],
        connected=connected,
        connect=lambda request, user: connected.append(user),
    )


def bind(login: Any) -> list[User]:
    request = RequestFactory().get("/account/oidc/x/login/callback/")
    request.user = AnonymousUser()
    SocialAccountAdapter(request).pre_social_login(request, login)
    return list(login.connected)


@pytest.mark.req("PLT-09")
def test_an_outside_identity_binds_to_the_one_proven_address() -> None:
    user = make_user(email="anna@example.org")
    assert bind(identity("Anna@Example.org", True)) == [user]


@pytest.mark.req("PLT-09")
@pytest.mark.parametrize(("email", "verified"), [("anna@example.org", False), ("stranger@example.org", True)])
def test_an_unmatched_identity_gets_an_application_page_and_no_account(email: str, verified: bool) -> None:
    make_user(email="anna@example.org")
    login = identity(email, verified)
    with pytest.raises(ImmediateHttpResponse) as caught:
        bind(login)
    assert caught.value.response.status_code == 403
    assert "Apply for access" in caught.value.response.content.decode()
    assert login.connected == [] and User.objects.count() == 1


@pytest.mark.req("PLT-09")
def test_an_address_planted_by_somebody_else_binds_nobody(client: Client) -> None:
    thief = make_user(username="thief")
    client.post("/account/login/", {"login": "thief", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"email": "victim@example.org", "action_add": ""})
    assert thief.emailaddress_set.filter(email="victim@example.org", verified=False).exists()
    thief.refresh_from_db()
    assert thief.email != "victim@example.org"
    with pytest.raises(ImmediateHttpResponse):
        bind(identity("victim@example.org", True))
