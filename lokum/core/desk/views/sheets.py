"""Lists as files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lokum.core.base import clock
from lokum.core.base.context import current_actor
from lokum.core.desk import journal, large_sheets
from lokum.core.desk.listing import listing, params_of
from lokum.core.desk.records import check_right, desk_at, missing
from lokum.core.desk.routes import by_desk
from lokum.core.desk.sheets import FORMATS, JOB_ROWS, MEDIA_TYPES, write_listing


@by_desk("export")
def export(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    """The list of the address as a file; a large one is ordered as a background job."""
    desk = desk_at(app_label, model, request.user)
    check_right(desk, request.user, "view")
    check_right(desk, request.user, "export")
    kind = request.GET.get("format", "xlsx")
    if kind not in FORMATS:
        raise missing()
    shown = listing(desk, request.user, params_of(request.GET), action="export")
    count = shown.queryset.order_by()[: JOB_ROWS + 1].count()
    if count > JOB_ROWS and (address := large_sheets.order(desk, request.user, request.GET.urlencode())):
        return redirect(address)
    content = write_listing(shown, kind, for_import=request.GET.get("scope") == "fields")
    details = {"format": kind, "rows": shown.queryset.order_by().count(), "query": request.GET.urlencode()[:500]}
    journal.record_event("export", actor=current_actor(), table_name=desk.model._meta.db_table, details=details)
    response = HttpResponse(content, content_type=MEDIA_TYPES[kind])
    name = f"{desk.model_name}-{clock.today():%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
