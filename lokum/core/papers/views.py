"""Documents as files."""

from django.http import HttpRequest, HttpResponse

from lokum.core.base.context import current_actor, system_actor
from lokum.core.desk.desk import registry
from lokum.core.desk.records import record_of
from lokum.core.desk.routes import needs
from lokum.core.papers.services import large_pdf_of, pdf_of


@needs("papers.issueddocument:view")
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF of a document the user may see; the same bytes every time. `?print=large`: in large print."""
    desk = registry.desks["papers.issueddocument"]
    document = record_of(desk, pk, request.user)
    large = request.GET.get("print") == "large"
    data = large_pdf_of(document) if large else pdf_of(document, actor=current_actor() or system_actor("papers"))
    name = "".join(letter if letter.isalnum() else "-" for letter in document.number) + ("-large" if large else "")
    return HttpResponse(
        data,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"},
    )
