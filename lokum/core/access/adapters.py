"""How allauth's sign-in pages meet Lokum's users."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit as account_limits
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from lokum.core.access import letters
from lokum.core.access.devices import device_of, remember_device
from lokum.core.access.first_passwords import mark_first_password_used
from lokum.core.access.models import User
from lokum.core.access.network import client_address


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up alone: staff are invited, residents are granted access."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Only addresses of this very site, and only as a path: `next` can lead nowhere else."""
        if not url or not url.startswith("/"):
            return False
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None, require_https=False)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Slow down guessing per account and per network; a device the owner used before has a limit of its own.

        So a stranger who guesses at a name, even from the same network, never keeps its owner out.
        """
        name = str(credentials.get("username") or credentials.get("email") or "").strip().lower()
        user_id = User.objects.filter(Q(username__iexact=name) | Q(email=name)).values_list("pk", flat=True).first()
        device = device_of(request, user_id)
        action, key = ("login_known_device", device) if device else ("login_failed", f"{user_id or name}")
        self._login_failed_rl_usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
        if not self._login_failed_rl_usage:
            raise ImmediateHttpResponse(account_limits.respond_429(request))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        mark_first_password_used(user)
        remember_device(response, user)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails of the sign-in pages leave through the outbox like all others; their text holds links: secret."""
        user = context.get("user")
        language = getattr(user, "language", "") or translation.get_language() or "en"
        with translation.override(language):
            message = self.render_mail(template_prefix, email, {"request": self.request, **context})
        letters.send(
            email,
            message.subject,
            message.body,
            dedupe_key=f"sign-in:{uuid.uuid4().hex}",
            language=language,
            secret=True,
        )


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Sign-in by an outside provider binds only to a user we know already by a verified identifier."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse an identity nobody here has; bind one whose verified e-mail is exactly one user's own."""
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        addresses = {one.email.lower() for one in sociallogin.email_addresses if one.verified}
        found = list(User.objects.filter(email__in=addresses, is_active=True)[:2]) if addresses else []
        if len(found) != 1:
            raise ImmediateHttpResponse(render(request, "access/unknown_identity.html", status=403))
        sociallogin.connect(request, found[0])
