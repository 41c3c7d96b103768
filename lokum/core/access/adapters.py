"""How allauth's sign-in pages meet Lokum's users."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.models import EmailAddress
from allauth.core import ratelimit as account_limits
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from lokum.core.access import letters
from lokum.core.access.devices import device_of, remember_device
from lokum.core.access.first_passwords import mark_first_password_used
from lokum.core.access.models import User
from lokum.core.access.network import client_address
from lokum.core.access.scopes import may_sign_in


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
        sync_user_email_address(user)  # here, so that looking at the page of addresses writes nothing
        if not device_of(request, user.pk):
            if not user.must_change_password:
                self._tell_of_new_device(request, user)
            remember_device(response, user)
        mark_first_password_used(user)
        return response

    def _tell_of_new_device(self, request: HttpRequest, user: Any) -> None:
        """The owner learns of a sign-in from a browser not seen before."""
        if not user.email:
            return
        with translation.override(user.language):
            body = _(
                "Hello %(name)s,\n\nsomebody signed in with your name from a device we have not seen before.\n\n"
                "Time: %(time)s\nNetwork address: %(address)s\n\n"
                "If it was you, all is well. If not, change your password at once: %(site)s\n"
            ) % {
                "name": user.display_name,
                "time": formats.date_format(timezone.localtime(), "DATETIME_FORMAT"),
                "address": client_address(request),
                "site": settings.SITE_URL,
            }
            letters.send(
                user.email,
                _("Sign-in from a new device"),
                body,
                dedupe_key=f"new-device:{uuid.uuid4().hex}",
                language=user.language,
                secret=False,
            )

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """To the address the office knows when the user has proven none."""
        if not email and not EmailAddress.objects.filter(user=user, primary=True).exists():
            email = user.email
        super().send_notification_mail(template_prefix, user, context, email)

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
        found = [user for user in _owners_of(addresses) if may_sign_in(user)]
        if len(found) != 1:
            raise ImmediateHttpResponse(render(request, "access/unknown_identity.html", status=403))
        sociallogin.connect(request, found[0])


def _owners_of(addresses: set[str]) -> list[User]:
    """Users to whom one of these addresses surely belongs.

    A user's own address was entered by the office or proven by them: an address typed in by a user waits beside
    it until it is proven, so none can be planted before its owner comes.
    """
    return list(User.objects.filter(email__in=addresses)[:2]) if addresses else []
