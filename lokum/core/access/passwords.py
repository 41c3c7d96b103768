"""The operator's password policy: one judge for first sign-in, change, reset and API.

The rules follow ASVS 6.2 (length first, any character, no forced change); the switches of PLT-07 are there for
operators who must have them and are off by default. The password is judged and hashed exactly as typed.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lokum.core.access.models import FirstPassword, FormerPassword, PasswordPolicy, User
from lokum.core.base import clock
from lokum.core.organisation.models import Entity, Node

SHORTEST_WORD = 4
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def policy_of(user_class: str) -> PasswordPolicy:
    """The stored policy of a class of users, or the built-in one."""
    stored = PasswordPolicy.objects.filter(user_class=user_class).first()
    if stored is not None:
        return stored
    return PasswordPolicy(user_class=user_class, min_length=settings.PASSWORD_MIN_LENGTH[user_class])


def _rules(policy: PasswordPolicy) -> list[tuple[Any, Any]]:
    """(test of a password, sentence) of every rule that can be told without knowing the user."""
    rules: list[tuple[Any, Any]] = [
        (
            lambda text: len(text) >= policy.min_length,
            ngettext("At least %(count)s character", "At least %(count)s characters", policy.min_length)
            % {"count": policy.min_length},
        )
    ]
    switches = (
        (policy.needs_lower, str.islower, _("A lower-case letter")),
        (policy.needs_upper, str.isupper, _("An upper-case letter")),
        (policy.needs_digit, str.isdigit, _("A digit")),
        (policy.needs_symbol, lambda one: not one.isalnum() and not one.isspace(), _("A symbol such as ! ? - #")),
    )
    for wanted, test, sentence in switches:
        if wanted:
            rules.append((lambda text, test=test: any(test(one) for one in text), sentence))
    return rules


def policy_sentences(user_class: str) -> list[str]:
    """The rules as shown beside a password field."""
    policy = policy_of(user_class)
    sentences = [sentence for _test, sentence in _rules(policy)]
    sentences.append(_("Not a common password, and without your name or the company's name"))
    if policy.history_count:
        sentences.append(
            ngettext("Not the last password", "None of the last %(count)s passwords", policy.history_count)
            % {"count": policy.history_count}
        )
    return sentences


class _CommonPasswords:
    @cached_property
    def words(self) -> set[str]:
        return {word.casefold() for word in CommonPasswordValidator().passwords}


_common = _CommonPasswords()


def _own_words(user: Any) -> Iterable[str]:
    for text in (getattr(user, "username", ""), getattr(user, "display_name", ""), getattr(user, "email", "")):
        yield from re.split(r"\W+", text or "")
        yield text or ""


def _company_words() -> Iterable[str]:
    names = [*Node.objects.values_list("name", "legal_name", "code"), *Entity.objects.values_list("name", "short_name")]
    for row in names:
        for name in row:
            yield name
            yield from re.split(r"\W+", name)


def _is_made_of(password: str, words: Iterable[str]) -> bool:
    """Whether the password is nothing but one of these words with digits and signs around it."""
    bare = _NOT_LETTERS.sub("", password.casefold())
    return any(len(word) >= SHORTEST_WORD and _NOT_LETTERS.sub("", word.casefold()) == bare for word in words if bare)


def _contains(password: str, words: Iterable[str]) -> bool:
    lowered = password.casefold()
    return any(word.casefold() in lowered for word in words if word)


def unmet_rules(password: str, user: Any = None) -> list[str]:
    """Every rule the password breaks, as sentences; an empty list = accepted."""
    user_class = getattr(user, "user_class", "") or User.UserClass.STAFF
    policy = policy_of(user_class)
    unmet = [str(sentence) for test, sentence in _rules(policy) if not test(password)]
    if password.casefold() in _common.words:
        unmet.append(_("This password is among the most common ones"))
    if _is_made_of(password, _own_words(user)) or _is_made_of(password, _company_words()):
        unmet.append(_("It may not consist of your name or the company's name"))
    banned = [line.strip() for line in policy.banned_words.splitlines() if line.strip()]
    if _contains(password, banned):
        unmet.append(_("It contains a word that is not allowed"))
    if user is not None and user.pk and policy.history_count and _was_used(password, user, policy.history_count):
        unmet.append(_("You have used this password before"))
    return unmet


def _was_used(password: str, user: User, count: int) -> bool:
    former = FormerPassword.objects.filter(user=user).order_by("-retired_at", "-pk")[:count]
    return any(check_password(password, one.password) for one in former)


class PolicyValidator:
    """Django's hook: every form, service and API that sets a password asks `validate_password`."""

    def validate(self, password: str, user: Any = None) -> None:
        unmet = unmet_rules(password, user)
        if unmet:
            raise ValidationError([ValidationError(text, code="password_policy") for text in unmet])

    def password_changed(self, password: str, user: Any = None) -> None:
        """Called by Django after a new password is saved: remember its hash and when it came."""
        if user is None or user.pk is None:
            return
        now = clock.now()
        User.objects.filter(pk=user.pk).update(password_changed_at=now, must_change_password=False)
        user.password_changed_at, user.must_change_password = now, False
        FirstPassword.objects.filter(user=user).update(state=FirstPassword.State.USED)
        FormerPassword.objects.create(user=user, password=user.password, retired_at=now)

    def get_help_text(self) -> str:
        rows = ((sentence,) for sentence in policy_sentences(User.UserClass.STAFF))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", rows))


def password_is_due(user: Any) -> bool:
    """Whether the user must choose a new password before anything else."""
    if user.must_change_password:
        return True
    changed = user.password_changed_at
    if changed is None:
        return False
    days = policy_of(user.user_class).max_age_days
    return bool(days) and clock.now() - changed > dt.timedelta(days=days)
