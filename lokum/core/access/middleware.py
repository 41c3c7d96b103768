"""One transaction per request, in which the database knows who acts."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lokum.core.base.context import Actor, Reach, acting


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        actor = Actor(
            user_id=user.pk,
            label=str(user) if user.is_authenticated else "",
            reach=Reach(),
            address=request.META.get("REMOTE_ADDR", ""),
        )
        with acting(actor):
            return self.get_response(request)
