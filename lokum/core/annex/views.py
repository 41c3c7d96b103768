"""Serving attachments: to those who may see the record, as a download, on nobody else's address."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from lokum.core.annex.models import Attachment
from lokum.core.annex.services import read_file
from lokum.core.base import policy
from lokum.core.desk.desk import registry
from lokum.core.desk.routes import staff


@staff
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """One attachment; 404 unless the user sees the record it hangs on."""
    attachment = get_object_or_404(Attachment.objects.select_related("file"), pk=pk)
    desk = registry.desks.get(attachment.object_label)
    if desk is None:
        raise Http404
    rows = policy.allowed(desk.model._default_manager.all(), request.user, "view")
    if not rows.filter(pk=attachment.object_id).exists():
        raise Http404
    return file_response(read_file(attachment.file), attachment.name, attachment.file.media_type)


def file_response(data: bytes, name: str, media_type: str) -> HttpResponse:
    """A stored file as a download that a browser neither guesses at nor runs."""
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
