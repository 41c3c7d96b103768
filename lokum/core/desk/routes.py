"""What a page needs, declared beside its view; a route without a declaration breaks a test.

@needs("charges.chargerun:view")
def runs(request): ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.errors import Missing, NotAllowed
from lokum.core.desk import switches
from lokum.core.desk.desk import function_of

View = TypeVar("View", bound=Callable[..., HttpResponse])


@dataclass(frozen=True)
class Route:
    """Who may open a page: kind = needs, desk, signed_in, resident, public or own (the view checks by itself)."""

    kind: str
    right: str = ""
    function: str = ""


def refuse(right: str) -> NotAllowed:
    return NotAllowed("right.missing", _("You do not have the right to do this."), details={"right": right})


def _guarded(view: Callable[..., HttpResponse], route: Route, check: Callable[[Any], None]) -> Any:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not switches.is_on(request.user, route.function or function_of(route.right)):
            raise Missing("page.missing", _("There is no such page."))
        check(request.user)
        return view(request, *args, **kwargs)

    guarded.route = route  # type: ignore[attr-defined]
    return guarded


def needs(right: str, *, function: str = "") -> Callable[[View], View]:
    """The user must hold the right in some scope; the view narrows rows by `policy.allowed`.

    function: the module function that must be switched on; by default that of the register the right belongs to.
    """

    def check(user: Any) -> None:
        if not policy.may(user, right):
            raise refuse(right)

    return lambda view: _guarded(view, Route("needs", right, function), check)


def signed_in(view: View) -> View:
    """Every signed-in user, staff or resident."""
    return _guarded(view, Route("signed_in"), lambda user: None)  # type: ignore[no-any-return]


def staff(view: View) -> View:
    """Every signed-in member of staff; the page shows only what the rights allow."""

    def check(user: Any) -> None:
        if not getattr(user, "is_staff_user", False):
            raise refuse("staff")

    return _guarded(view, Route("staff"), check)  # type: ignore[no-any-return]


def resident(view: View) -> View:
    """A signed-in user with a party behind it; the view asks queries that take this party."""

    def check(user: Any) -> None:
        if getattr(user, "user_class", "") != "resident":
            raise refuse("resident")

    return _guarded(view, Route("resident"), check)  # type: ignore[no-any-return]


def public(view: View) -> View:
    """Anybody, signed in or not."""
    view.route = Route("public")  # type: ignore[attr-defined]
    return view


def by_desk(action: str) -> Callable[[View], View]:
    """The right `action` of the register named in the address; the view checks it through the desk."""
    return lambda view: _guarded(view, Route("desk", action), lambda user: None)


def route_of(view: Any) -> Route | None:
    """The declaration of a view, looking through decorators and class-based views."""
    while view is not None:
        if isinstance(route := getattr(view, "route", None), Route):
            return route
        view_class = getattr(view, "view_class", None)
        if view_class is not None and isinstance(route := getattr(view_class, "route", None), Route):
            return route
        view = getattr(view, "__wrapped__", None)
    return None
