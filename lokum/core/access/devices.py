"""Known devices: a browser that signed in before is not slowed down by strangers guessing at the same name."""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "lokum_device"
_SALT = "lokum.access.device"
LIFETIME_SECONDS = 365 * 24 * 3600


def remember_device(response: HttpResponse, user: Any) -> None:
    """Mark this browser as one `user` has signed in from. The mark opens nothing by itself."""
    value = signing.dumps({"user": user.pk, "device": secrets.token_urlsafe(16)}, salt=_SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=LIFETIME_SECONDS,
        path="/account/",
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def device_of(request: HttpRequest, user_id: int | None) -> str:
    """Random name of the device when `user_id` has signed in from it before, else ""."""
    value = request.COOKIES.get(COOKIE)
    if not value or user_id is None:
        return ""
    try:
        mark = signing.loads(value, salt=_SALT, max_age=LIFETIME_SECONDS)
    except signing.BadSignature:
        return ""
    return str(mark["device"]) if mark.get("user") == user_id else ""
