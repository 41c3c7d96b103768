"""Who may come in with a correct password, and stay in on the next request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from lokum.core.access.first_passwords import first_password_is_dead
from lokum.core.access.scopes import may_sign_in


class SignInBackend(AuthenticationBackend):
    """allauth's check of name or e-mail and password, with Lokum's last day and expiring first passwords.

    Django asks `user_can_authenticate` for the session's user on every request too, so a disabled user and one
    whose last day has passed are out at the next click.
    """

    def user_can_authenticate(self, user: Any) -> bool:
        return may_sign_in(user)

    def _check_password(self, user: Any, password: str) -> Any:
        found = super()._check_password(user, password)
        if found is not None and first_password_is_dead(found):
            # An expired or used first password is a wrong password, in words and in time.
            return None
        return found
