"""Personal access tokens: shown once, kept as a hash, narrowed by scopes, ending by themselves."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.access import journal
from lokum.core.access.models import ApiToken, User
from lokum.core.access.rights import check_right
from lokum.core.access.scopes import may_sign_in
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal

PREFIX = "lokum_"
LONGEST_DAYS = 366
_USE_NOTED_EVERY = dt.timedelta(minutes=10)


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash; a fast one keeps each API call cheap.
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(user: User, *, name: str, scopes: Sequence[str], days: int, actor: Actor) -> tuple[ApiToken, str]:
    """Make a token for `user`. Returns the row and the secret, which nobody can see again."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Refusal(
            "token.lifetime",
            _("Choose between 1 and %(days)s days.") % {"days": LONGEST_DAYS},
            fields={"days": [_("Choose between 1 and %(days)s days.") % {"days": LONGEST_DAYS}]},
        )
    for scope in scopes:
        check_right(scope)
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            token_hash=_hash(secret),
            scopes=list(scopes),
            expires_at=clock.now() + dt.timedelta(days=days),
        )
        journal.record("token issued", actor=actor, table_name="access_apitoken", object_id=token.pk)
    return token, secret


def withdraw_token(pk: int, *, owner: User, actor: Actor) -> ApiToken:
    """End a token of `owner` at once."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().filter(pk=pk, user=owner).first()
        if token is None:
            raise Missing("token.missing", _("There is no such token."))
        if token.revoked_at is None:
            token.revoked_at = clock.now()
            token.save(update_fields=["revoked_at"])
            journal.record("token withdrawn", actor=actor, table_name="access_apitoken", object_id=token.pk)
    return token


def user_of_token(secret: str) -> User | None:
    """The owner a valid token speaks for, carrying `token_scopes`; None when unknown, ended or withdrawn."""
    if not secret.startswith(PREFIX):
        return None
    token = ApiToken.objects.select_related("user").filter(token_hash=_hash(secret)).first()
    now = clock.now()
    if token is None or token.revoked_at is not None or token.expires_at <= now or not may_sign_in(token.user):
        return None
    user = token.user
    if user.must_change_password:
        return None
    if token.last_used_at is None or now - token.last_used_at > _USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    user.token_scopes = tuple(token.scopes)
    return user
