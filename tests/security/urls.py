"""Pages that misbehave on purpose, beside the product's own."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import include, path

from lokum.core.base.errors import Busy, Refusal
from lokum.core.organisation.factories import make_node
from lokum.core.organisation.models import Node
from lokum.property.parties.models import Party


def write_then(request: Any, ending: str) -> HttpResponse:
    make_node(code=f"BY{ending}".upper())
    if ending == "refuse":
        raise Refusal("test.refused", "Not like this", fields={"code": ["No such code"]})
    if ending == "busy":
        raise Busy("test.busy", "Try again")
    if ending == "break":
        raise RuntimeError("secret detail of the inside")
    if ending == "status":
        return HttpResponse("no", status=400)
    return HttpResponse("yes")


def stream(request: Any) -> StreamingHttpResponse:
    def rows() -> Any:
        yield f"nodes:{Node.objects.count()} parties:{Party.objects.count()}".encode()

    return StreamingHttpResponse(rows())


urlpatterns = [
    path("probe/write/<slug:ending>/", write_then),
    path("probe/stream/", stream),
    path("", include("lokum.urls")),
]
