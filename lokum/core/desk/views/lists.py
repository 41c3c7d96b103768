"""The list of a register: rows, chips, saved views, chosen columns; the same address serves page and htmx part."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.errors import Refusal
from lokum.core.desk import saved_views
from lokum.core.desk.columns import all_columns, key_text
from lokum.core.desk.filters import filter_form
from lokum.core.desk.listing import Listing, listing, params_of
from lokum.core.desk.records import check_right, desk_at, find_choices
from lokum.core.desk.routes import by_desk
from lokum.core.desk.rows import list_context


def _wanted(request: HttpRequest, desk: Any) -> QueryDict:
    """The address, or that of the saved view it names."""
    view = saved_views.find(desk, request.user, request.GET.get("view", ""))
    if view is None or set(request.GET) - {"view", "page"}:
        return request.GET
    query = QueryDict(view.query, mutable=True)
    if view.columns:
        query["columns"] = ",".join(view.columns)
    query["view"] = str(view.pk)
    if "page" in request.GET:
        query["page"] = request.GET["page"]
    return query


@by_desk("view")
def show(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    desk = desk_at(app_label, model, request.user)
    check_right(desk, request.user, "view")
    query = _wanted(request, desk)
    shown: Listing = listing(desk, request.user, params_of(query))
    context = list_context(shown, query)
    htmx = getattr(request, "htmx", None)
    part = htmx and not htmx.boosted
    if htmx and part and htmx.target == "rows":
        response = render(request, "desk/rows.html", {**context, "part": True})
        patch_vary_headers(response, ["HX-Request"])
        return response
    context |= {
        "filter_form": filter_form(desk, shown.params, request.user),
        "choosable": [(each, each in shown.columns) for each in all_columns(desk)],
        "views": saved_views.views_of(desk, request.user),
        "current_view": query.get("view", ""),
    }
    return render(request, "desk/list.html", context)


@by_desk("view")
def choices(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    """Suggestions while somebody types a key: options of a datalist, or JSON."""
    desk = desk_at(app_label, model, request.user)
    if not policy.may(request.user, desk.right("view")):
        raise Refusal("right.missing", _("You do not have the right to do this."), status=403)
    text = request.GET.get("q") or next((str(value) for name, value in request.GET.items() if name != "format"), "")
    found = [(key_text(row), str(row)) for row in find_choices(desk.model, text, request.user)]
    if "json" in request.headers.get("Accept", ""):
        return JsonResponse({"results": [{"value": key, "text": name} for key, name in found]})
    return render(request, "desk/choices.html", {"found": found})


@by_desk("view")
def keep_view(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    """Save the address as a named view, or remove one."""
    desk = desk_at(app_label, model, request.user)
    check_right(desk, request.user, "view")
    if request.method != "POST":
        return redirect(desk.path("list"))
    if remove := request.POST.get("remove"):
        saved_views.remove_view(desk, request.user, remove)
        return redirect(desk.path("list"))
    view = saved_views.keep_view(
        desk,
        request.user,
        name=request.POST.get("name", ""),
        query=request.POST.get("query", ""),
        shared=request.POST.get("shared") == "1",
    )
    return redirect(f"{desk.path('list')}?view={view.pk}")
