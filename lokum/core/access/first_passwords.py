"""First passwords: random, kept only as a hash, good for one sign-in, ending by themselves."""

import datetime as dt
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access import journal, letters
from lokum.core.access.models import FirstPassword, User
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.inherited import register_setting, setting

# Without letters and digits that look alike on paper: 1 l I, 0 O, 5 S, 2 Z, 8 B, and u/v.
ALPHABET = "acdefghjkmnpqrtwxy34679"
DAYS = "access.first_password_days"
GROUPS, GROUP_LENGTH = 4, 5  # 20 of 23 signs: about 90 bits


def random_password() -> str:
    """Easy to copy from paper, far beyond guessing: "kd4fn-...": 20 signs of 23 kinds."""
    return "-".join("".join(secrets.choice(ALPHABET) for _one in range(GROUP_LENGTH)) for _group in range(GROUPS))


def give_first_password(user: User, channel: str, *, actor: Actor) -> str:
    """Set a new first password of `user` and return it; it is in no table, log or message of ours afterwards."""
    password = random_password()
    now = clock.now()
    with transaction.atomic():
        user.set_password(password)
        user._password = None  # type: ignore[attr-defined]  # no own password yet: nothing to remember as former
        user.must_change_password = True
        user.password_changed_at = None
        user.save(update_fields=["password", "must_change_password", "password_changed_at"])
        user.first_password, _new = FirstPassword.objects.update_or_create(
            user=user,
            defaults={
                "channel": channel,
                "state": FirstPassword.State.MADE,
                "made_at": now,
                "sent_at": None,
                "used_at": None,
                "expires_at": now + dt.timedelta(days=setting(DAYS, None)),
            },
        )
        journal.record("first password", actor=actor, table_name="access_user", object_id=user.pk)
    return password


def first_password_is_dead(user: User) -> bool:
    """Whether the password the user still has is a first one that expired or was used."""
    if not user.must_change_password:
        return False
    first = FirstPassword.objects.filter(user=user).first()
    if first is None:
        return False
    return first.state in (FirstPassword.State.USED, FirstPassword.State.EXPIRED) or first.expires_at <= clock.now()


def mark_first_password_used(user: Any) -> None:
    """The first sign-in spends the first password: from now on only an own one opens a session."""
    FirstPassword.objects.filter(user=user, used_at__isnull=True).update(
        state=FirstPassword.State.USED, used_at=clock.now()
    )


def mark_sent(user_ids: list[int]) -> None:
    FirstPassword.objects.filter(user_id__in=user_ids, state=FirstPassword.State.MADE).update(
        state=FirstPassword.State.SENT, sent_at=clock.now()
    )


def expire_first_passwords() -> int:
    """Mark what ran out (the check at sign-in does not wait for this). Returns how many."""
    waiting = FirstPassword.objects.filter(
        state__in=[FirstPassword.State.MADE, FirstPassword.State.SENT], expires_at__lte=clock.now()
    )
    return waiting.update(state=FirstPassword.State.EXPIRED)


def hand_out(user: User, password: str, channel: str, address: str) -> None:
    """Queue the message that brings a first password to its owner; its text is erased once sent."""
    with translation.override(user.language):
        body = _(
            "Hello %(name)s,\n\nyou can sign in at %(site)s\n\n"
            "Sign-in name: %(username)s\nFirst password: %(password)s\n\n"
            "The first password works once and until %(until)s. You then choose a password of your own.\n"
        ) % {
            "name": user.display_name,
            "site": settings.SITE_URL,
            "username": user.username,
            "password": password,
            "until": formats.date_format(user.first_password.expires_at),
        }
        letters.send(
            address,
            _("Your access"),
            body,
            dedupe_key=f"first-password:{user.pk}:{user.first_password.made_at.isoformat()}",
            language=user.language,
            secret=True,
            channel=channel,
        )
    mark_sent([user.pk])


def start_access(pk: int, *, channel: str, address: str = "", actor: Actor) -> User:
    """Give a user a first password, or a new one when they lost theirs, and send it. Nobody at the office sees it.

    A second factor that is set up stays: a lost factor is another matter than a lost password.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=pk).first()
        if user is None:
            raise Missing("user.missing", _("There is no such user."))
        target = address or user.email
        if not target:
            raise Refusal(
                "user.no_address",
                _("There is no address to send it to."),
                fields={"address": [_("There is no address to send it to.")]},
            )
        password = give_first_password(user, channel, actor=actor)
        hand_out(user, password, channel, target)
    return user


def _check_days(days: int) -> None:
    if not 1 <= days <= 365:
        text = _("Between 1 and 365 days.")
        raise Refusal("setting.value", text, fields={"value": [text]})


def install() -> None:
    register_setting(
        DAYS, gettext_lazy("Days a first password can be used"), "integer", settings.FIRST_PASSWORD_DAYS, _check_days
    )
