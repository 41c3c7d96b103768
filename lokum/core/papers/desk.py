"""Registers of number series and of issued documents."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.core.papers.forms import TemplateForm, WordsForm
from lokum.core.papers.models import (
    DocumentFile,
    DocumentTemplate,
    IssuedDocument,
    NumberSeries,
    SeriesCounter,
    VoidNumber,
)
from lokum.core.papers.proofs import proof_code
from lokum.core.papers.queries import series_pages
from lokum.core.papers.seams import template_kind
from lokum.core.papers.services import check_pattern, is_void
from lokum.core.papers.wording import fill, revise_template, words_in_force, write_template
from lokum.core.papers.words import DOCUMENT_KINDS

no_desk(SeriesCounter, "the last number of a series is shown in its report")
no_desk(DocumentFile, "opened from its document")


@register
class NumberSeriesDesk(ModelDesk):
    model = NumberSeries
    purpose = _(
        "How papers are numbered, for an entity and kind of paper. Without a series of your own the usual pattern "
        "is used."
    )
    section = "settings"
    icon = "hash"
    columns = ("entity", "kind", "pattern", "restarts", "gapless")
    fields = ("entity", "kind", "pattern", "restarts", "gapless")
    search = ("kind", "pattern")
    filters = ("entity", "restarts")
    words = {"kind": DOCUMENT_KINDS}
    import_key = ("entity", "kind")

    def name_of(self, record: Any) -> str:
        return f"{DOCUMENT_KINDS.text(record.kind)}, {record.entity}"

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
        "code": proof_code(document.content_hash),
    }


@register
class IssuedDocumentDesk(ModelDesk):
    model = IssuedDocument
    purpose = _(
        "Every paper that was issued, with number and PDF, unchanged ever since: notices, notes, invoices, statements."
    )
    filled_by = "charges.chargerun"
    section = "office"
    icon = "file-text"
    columns = ("number", "kind", "entity", "issued_on", "payer", "premises", "language", "content_hash")
    default_columns = ("number", "kind", "entity", "issued_on", "payer", "premises")
    search = search_starts = ("number",)
    filters = ("entity", "kind", "issued_on")
    words = {"kind": DOCUMENT_KINDS}
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


def _preview(template: DocumentTemplate, user: Any) -> dict[str, Any]:
    """The words filled with values of a real record, and the variables there are."""
    kind = template_kind(template.kind)
    values = kind.example(template.entity_id, template.language) if kind is not None else None
    in_force = words_in_force(template.entity_id, kind, template.language)[0] if kind is not None else ""
    body = fill(template.body, values) if values is not None else template.body
    return {
        "template": template,
        "real": values is not None,
        "subject": fill(template.subject, values) if values is not None else template.subject,
        "paragraphs": [part for part in body.replace("\r", "").split("\n\n") if part.strip()],
        "variables": list(kind.known().items()) if kind is not None else [],
        "in_force": in_force == f"{template.kind}/{template.number}",
    }


def _kind_text(template: DocumentTemplate) -> str:
    kind = template_kind(template.kind)
    return str(kind.label) if kind is not None else template.kind


@register
class DocumentTemplateDesk(ModelDesk):
    """Words change by a new version; nothing written is ever edited."""

    model = DocumentTemplate
    purpose = _("Your own words and letterhead for papers. Without one the built-in template is used.")
    section = "settings"
    icon = "note"
    columns = ("entity", "letter", "language", "number", "subject", "made_at", "made_by")
    search = ("subject", "body")
    filters = ("entity", "kind", "language")
    ordering = ("-pk",)
    related = ("entity",)
    facts = ("entity", "language", "number")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    cell = {"letter": _kind_text}
    labels = {"letter": _("Letter")}
    tabs = (Tab("preview", _("Preview"), icon="eye", template="papers/template_preview.html", context=_preview),)
    actions = (
        Action("write", _("Write a template"), write_template, icon="plus", tone="primary", form=TemplateForm,
               collection=True, result_url=url_of),
        Action("revise", _("Write a new version"), revise_template, icon="pencil", form=WordsForm, result_url=url_of,
               confirm=_("Letters issued from now on use the new words; issued ones keep theirs.")),
    )  # fmt: skip
