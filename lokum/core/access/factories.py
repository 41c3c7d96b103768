"""Valid users, roles and grants for tests and demo data."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from lokum.core.access.models import (
    ApiToken,
    FirstPassword,
    Grant,
    GrantScope,
    PasswordPolicy,
    Role,
    RoleRight,
    User,
    UserGroup,
)
from lokum.core.base import clock

PASSWORD = "blue-kettle-sings-at-noon"  # noqa: S105 - of made-up users


def make_user(**over: Any) -> User:
    """A staff user with the password `PASSWORD` (pass `password=None` for none)."""
    password = over.pop("password", PASSWORD)
    count = User.objects.count() + 1
    values = {
        "username": f"user{count}",
        "email": f"user{count}@example.org",
        "display_name": f"User {count}",
        "user_class": User.UserClass.STAFF,
        "language": "en",
        **over,
    }
    user = User(**values)
    user.set_password(password) if password else user.set_unusable_password()
    user._password = None  # type: ignore[attr-defined]
    user.save()
    return user


def make_user_group(**over: Any) -> UserGroup:
    return UserGroup.objects.create(**{"name": f"Group {UserGroup.objects.count() + 1}", **over})


def make_role(rights: Iterable[str] = (), **over: Any) -> Role:
    count = Role.objects.count() + 1
    role = Role.objects.create(**{"code": f"role{count}", "name": f"Role {count}", **over})
    RoleRight.objects.bulk_create(RoleRight(role=role, right=right) for right in rights)
    return role


def make_grant(
    user: User | None = None, rights: Iterable[str] = (), scopes: Mapping[str, Iterable[Any]] | None = None, **over: Any
) -> Grant:
    """A grant from the first of January 2020 on; of everything when no scopes are named."""
    values: dict[str, Any] = {"starts_on": dt.date(2020, 1, 1), "whole_operator": scopes is None, **over}
    if "role" not in values:
        values["role"] = make_role(rights)
    if "group" not in values:
        values["user"] = user or make_user()
    grant = Grant.objects.create(**values)
    for kind, targets in (scopes or {}).items():
        for target in targets:
            coded = isinstance(target, str)
            GrantScope.objects.create(
                grant=grant, kind=kind, target_id=None if coded else target, target_code=target if coded else ""
            )
    return grant


def make_password_policy(**over: Any) -> PasswordPolicy:
    return PasswordPolicy.objects.create(**{"user_class": User.UserClass.STAFF, "min_length": 12, **over})


def make_api_token(**over: Any) -> ApiToken:
    values = {
        "user": over.pop("user", None) or make_user(),
        "name": "Sheet",
        "token_hash": f"{ApiToken.objects.count():064d}",
        "scopes": ["*:view"],
        "expires_at": clock.now() + dt.timedelta(days=90),
        **over,
    }
    return ApiToken.objects.create(**values)


def make_first_password(**over: Any) -> FirstPassword:
    values = {
        "user": over.pop("user", None) or make_user(),
        "channel": FirstPassword.Channel.LETTER,
        "made_at": clock.now(),
        "expires_at": clock.now() + dt.timedelta(days=30),
        **over,
    }
    return FirstPassword.objects.create(**values)
