"""One policy judges every new password alike: own choice, change, reset and service."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings

from lokum.core.access.factories import PASSWORD, make_password_policy, make_user
from lokum.core.access.first_passwords import give_first_password
from lokum.core.access.models import PasswordPolicy, User
from lokum.core.access.passwords import unmet_rules
from lokum.core.access.services import set_own_password
from lokum.core.base.context import system_actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_node
from lokum.core.outbox.models import Message

pytestmark = pytest.mark.usefixtures("as_system")
STRONG = "Quiet-Rivers-Run-9-Miles"


def sign_in(client: Client, user: User, password: str = PASSWORD) -> None:
    assert client.post("/account/login/", {"login": user.username, "password": password}).status_code == 302


def by_change(user: User, password: str) -> list[str]:
    client = Client()
    sign_in(client, user)
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    answer = client.post("/account/password/change/", data)
    return [] if answer.status_code == 302 else [str(one) for one in answer.context["form"].errors["password1"]]


def by_reset(user: User, password: str) -> list[str]:
    client = Client()
    client.post("/account/password/reset/", {"email": user.email})
    link = next(word for word in Message.objects.latest("pk").body.split() if "/account/password/reset/key/" in word)
    page = client.get("/account" + link.split("/account", 1)[1], follow=True)
    answer = client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})
    return [] if answer.status_code == 302 else [str(one) for one in answer.context["form"].errors["password1"]]


def by_first_sign_in(user: User, password: str) -> list[str]:
    client = Client()
    sign_in(client, user, give_first_password(user, "letter", actor=system_actor("test")))
    answer = client.post("/account/own-password/", {"password": password, "again": password})
    return [] if answer.status_code == 302 else [str(one) for one in answer.context["form"].errors["password"]]


def by_service(user: User, password: str) -> list[str]:
    try:
        set_own_password(user, password, actor=system_actor("test"))
    except Refusal as refusal:
        return [str(one) for one in refusal.fields["password"]]
    return []


WAYS = [by_change, by_reset, by_first_sign_in, by_service]


@pytest.mark.req("PLT-07")
@pytest.mark.parametrize("way", WAYS)
def test_every_way_judges_alike_and_lists_every_unmet_rule(way: Any) -> None:
    make_password_policy(
        min_length=12, needs_digit=True, needs_symbol=True, needs_upper=True, banned_words="rivers\nlokum"
    )
    user = make_user(username="anna")
    assert len(way(user, "rivers")) == 6
    assert len(way(user, "quiet-rivers-run-miles")) == 3
    assert way(user, "Quiet-Forests-Run-9-Miles") == []
    assert User.objects.get(pk=user.pk).check_password("Quiet-Forests-Run-9-Miles")


@pytest.mark.req("PLT-07")
@pytest.mark.parametrize(
    ("switch", "good", "bad"),
    [
        ({"min_length": 20}, "x" * 19 + "y", "x" * 18 + "y"),
        ({"needs_digit": True}, "forest path nine 9", "forest path nine"),
        ({"needs_symbol": True}, "forest-path-nine", "forestpathnine"),
        ({"needs_upper": True}, "Forest path nine", "forest path nine"),
        ({"needs_lower": True}, "forest path nine", "FOREST PATH NINE"),
        ({"banned_words": "kettle"}, "forest path nine", "forest Kettle nine"),
    ],
)
def test_each_switch_changes_the_next_form(client: Client, switch: dict[str, Any], good: str, bad: str) -> None:
    user = make_user(user_class="resident")
    assert unmet_rules(bad, user) == []
    policy = make_password_policy(user_class="resident", min_length=8)
    PasswordPolicy.objects.filter(pk=policy.pk).update(**switch)
    assert unmet_rules(good, user) == [] and len(unmet_rules(bad, user)) == 1
    with pytest.raises(ValidationError):
        validate_password(bad, user)
    sign_in(client, user)
    page = client.get("/account/password/change/").content.decode()
    assert ("At least 20" in page) is ("min_length" in switch)


@pytest.mark.req("PLT-07")
def test_classes_have_their_own_lengths() -> None:
    staff, resident = make_user(), make_user(user_class="resident")
    assert unmet_rules("fernbrook", resident) == []
    assert len(unmet_rules("fernbrook", staff)) == 1


@pytest.mark.req("PLT-07")
def test_history_and_age(client: Client) -> None:
    make_password_policy(history_count=2, max_age_days=30)
    user = make_user()
    actor = system_actor("test")
    for password in ("first forest path", "second forest path"):
        set_own_password(user, password, actor=actor)
    assert unmet_rules("first forest path", user) and unmet_rules("second forest path", user)
    set_own_password(user, "third forest path", actor=actor)
    assert unmet_rules("first forest path", user) == []
    sign_in(client, user, "third forest path")
    assert client.get("/account/tokens/").status_code == 200
    User.objects.filter(pk=user.pk).update(password_changed_at="2026-01-01T00:00:00Z")
    assert client.get("/account/tokens/")["Location"] == "/account/own-password/"


@pytest.mark.req("PLT-07")
@pytest.mark.parametrize("password", ["qwertyuiop12", "Green-Hill-2026", "anna.kowalska!!1", "password1234"])
def test_common_words_and_names_are_refused(password: str) -> None:
    make_node(name="Green Hill")
    user = make_user(username="anna.kowalska", user_class="resident")
    assert unmet_rules(password, user)


@pytest.mark.req("PLT-07")
@pytest.mark.parametrize(
    "password", ["x y" * 40, " leading and trailing ", "zażółć gęślą jaźń", "社區管理密碼很長很長很長", "🏠" * 20]
)
def test_any_character_and_length_works_as_typed(client: Client, password: str) -> None:
    user = make_user()
    assert by_change(user, password) == []
    sign_in(client, user, password)
    assert not User.objects.get(pk=user.pk).check_password(password.strip() + "x")


@pytest.mark.req("PLT-07")
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.text(min_size=20, max_size=120))
def test_long_passwords_of_any_text_pass_unless_common(password: str) -> None:
    assert [one for one in unmet_rules(password, None) if "common" not in one] == []


@pytest.mark.req("PLT-08", "PLT-37")
def test_a_reset_says_the_same_for_known_and_unknown_addresses() -> None:
    user = make_user()
    known = Client().post("/account/password/reset/", {"email": user.email})
    unknown = Client().post("/account/password/reset/", {"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 302 and known["Location"] == unknown["Location"]
    assert Message.objects.filter(recipient=user.email, secret=True).count() == 1
