"""What the page shells need on every page."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"menu": [], "theme": request.COOKIES.get("theme", "auto")}
