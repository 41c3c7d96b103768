"""Every address declares who may open it."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from lokum.core.desk.routes import route_of

# Views of libraries, each with the guard it brings itself.
GUARDED_ELSEWHERE = {
    "allauth.": "signs people in; what needs a session is guarded by its own decorators",
    "ninja.": "the API asks description.caller on every operation",
    "django.views.generic.base.RedirectView": "only sends on to another address",
    "django.views.static": "static files",
    "django.views.i18n": "catalogue of texts",
}


def _views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern


def _is_guarded(path: str, pattern: URLPattern) -> bool:
    view = pattern.callback
    module = str(getattr(getattr(view, "view_class", view), "__module__", ""))
    known = (module, pattern.lookup_str, str(getattr(getattr(view, "__self__", None), "__module__", "")))
    return any(name.startswith(tuple(GUARDED_ELSEWHERE)) for name in known)


def test_every_route_is_declared() -> None:
    undeclared = [
        path
        for path, pattern in _views(get_resolver().url_patterns)
        if route_of(pattern.callback) is None and not _is_guarded(path, pattern)
    ]
    assert undeclared == []
