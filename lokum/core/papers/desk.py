"""Registers of number series and of issued documents."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import ModelDesk, Tab, no_desk, register
from lokum.core.papers.models import DocumentFile, IssuedDocument, NumberSeries, SeriesCounter, VoidNumber
from lokum.core.papers.queries import series_pages
from lokum.core.papers.services import check_pattern, is_void

no_desk(SeriesCounter, "the last number of a series is shown in its report")
no_desk(DocumentFile, "opened from its document")


@register
class NumberSeriesDesk(ModelDesk):
    model = NumberSeries
    section = "settings"
    icon = "hash"
    columns = ("entity", "kind", "pattern", "restarts", "gapless")
    fields = ("entity", "kind", "pattern", "restarts", "gapless")
    search = ("kind", "pattern")
    filters = ("entity", "restarts")
    import_key = ("entity", "kind")
    related = ("entity",)
    facts = ("entity", "kind", "pattern")
    searchable_globally = False
    tabs = (
        Tab(
            "report",
            _("Numbers taken"),
            template="papers/series_report.html",
            context=lambda series, user: {"pages": series_pages(series)},
        ),
        Tab("void", _("Void numbers"), child=VoidNumber, lookup="series"),
    )

    def prepare(self, record: NumberSeries, *, created: bool) -> None:
        check_pattern(record.pattern, record.restarts)


@register
class VoidNumberDesk(ModelDesk):
    model = VoidNumber
    section = "office"
    icon = "ban"
    menu = False
    columns = ("series", "period", "number", "reason", "voided_at")
    search = ("number", "reason")
    filters = ("series__entity", "period")
    facts = ("number", "series", "period")
    related = ("series__entity",)
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


def _paper(document: IssuedDocument, user: Any) -> dict[str, Any]:
    return {
        "document": document,
        "pdf_url": reverse("papers:pdf", args=[document.pk]),
        "void": is_void(document),
        "file": getattr(document, "file", None),
    }


@register
class IssuedDocumentDesk(ModelDesk):
    model = IssuedDocument
    section = "office"
    icon = "file-text"
    columns = ("number", "kind", "entity", "issued_on", "payer", "premises", "language", "content_hash")
    default_columns = ("number", "kind", "entity", "issued_on", "payer", "premises")
    search = ("number",)
    filters = ("entity", "kind", "issued_on")
    ordering = ("-pk",)
    facts = ("number", "kind", "issued_on")
    related = ("entity",)
    fields = ()
    editable = addable = deletable = False
    cell = {
        "payer": lambda document: (document.data.get("payer") or {}).get("name", ""),
        "premises": lambda document: (document.data.get("premises") or {}).get("code", ""),
    }
    labels = {"payer": _("Payer"), "premises": _("Premises")}
    tabs = (Tab("paper", _("Paper"), icon="file-type-pdf", template="papers/paper.html", context=_paper),)
