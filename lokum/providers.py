"""Addresses of outside sign-in providers, read from their settings (no import of Django here: settings use it)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit


def _addresses(app: Mapping[str, Any]) -> Iterator[str]:
    settings = app.get("settings") or {}
    idp = settings.get("idp") or {}
    yield from (settings.get("server_url", ""), idp.get("sso_url", ""), idp.get("slo_url", ""))
    yield from settings.get("form_origins", ())


def provider_origins(*apps: Iterable[Mapping[str, Any]]) -> list[str]:
    """Scheme and host of every provider, for the content security policy; "form_origins" names further ones."""
    parts = [urlsplit(address) for group in apps for app in group for address in _addresses(app) if address]
    return sorted({f"{one.scheme}://{one.netloc}" for one in parts if one.scheme in ("https", "http") and one.netloc})
