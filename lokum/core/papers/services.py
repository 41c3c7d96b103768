"""Numbers without gaps, issued documents, and the paper of a document when somebody needs it."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lokum.core.annex.services import read_file, store_file
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.papers.models import DocumentFile, IssuedDocument, NumberSeries, VoidNumber
from lokum.core.papers.seams import PaperBuilder, paper_of

_SERIAL = re.compile(r"\{serial(?::0?(\d+))?\}")
_KNOWN = re.compile(r"\{(year|month|serial(?::0?\d+)?)\}")


@dataclass(frozen=True)
class NumberParts:
    """A number is prefix + serial filled with zeros to `width` + suffix (so that SQL can build many at once)."""

    prefix: str
    width: int
    suffix: str

    def text(self, serial: int) -> str:
        return (
            f"{self.prefix}{serial:0{self.width}d}{self.suffix}"
            if self.width
            else f"{self.prefix}{serial}{self.suffix}"
        )


def check_pattern(pattern: str, restarts: str) -> None:
    """Refuse a pattern that could give one number twice or that holds unknown words."""
    problems = []
    if len(_SERIAL.findall(pattern)) != 1:
        problems.append(_("Write {serial} exactly once."))
    if _KNOWN.sub("", pattern).count("{") or _KNOWN.sub("", pattern).count("}"):
        problems.append(_("Only {year}, {month} and {serial} may stand in braces."))
    if restarts in ("year", "month") and "{year}" not in pattern:
        problems.append(_("A series that starts anew needs {year} in its numbers."))
    if restarts == "month" and "{month}" not in pattern:
        problems.append(_("A series that starts anew every month needs {month} in its numbers."))
    if problems:
        raise Refusal("series.pattern", str(problems[0]), fields={"pattern": problems})


def ensure_series(
    entity_id: int, kind: str, pattern: str, *, restarts: str = NumberSeries.Restarts.MONTH
) -> NumberSeries:
    """The entity's series of a kind of document, made with this pattern when there is none."""
    check_pattern(pattern, restarts)
    series, _made = NumberSeries.objects.get_or_create(
        entity_id=entity_id, kind=kind, defaults={"pattern": pattern, "restarts": restarts}
    )
    return series


def series_period(series: NumberSeries, on: dt.date) -> str:
    """Within which period serials of `on` count: "", "2026" or "2026-11"."""
    if series.restarts == NumberSeries.Restarts.YEAR:
        return f"{on:%Y}"
    return f"{on:%Y-%m}" if series.restarts == NumberSeries.Restarts.MONTH else ""


def number_parts(series: NumberSeries, on: dt.date) -> NumberParts:
    pattern = series.pattern.replace("{year}", f"{on:%Y}").replace("{month}", f"{on:%m}")
    found = _SERIAL.search(pattern)
    if found is None:
        raise Refusal("series.pattern", _("Write {serial} exactly once."), fields={"pattern": [_("No {serial}.")]})
    return NumberParts(pattern[: found.start()], int(found.group(1) or 0), pattern[found.end() :])


def number_text(series: NumberSeries, on: dt.date, serial: int) -> str:
    return number_parts(series, on).text(serial)


def take_numbers(series: NumberSeries, on: dt.date, count: int) -> int:
    """Take `count` consecutive serials and return the first.

    The counter stays locked until the transaction ends: rolled back with it, so there are no gaps, and two issues
    at once stand in line (a lock timeout of the caller ends as an error of the database).
    """
    if count < 1:
        raise ValueError("take at least one number")
    if not connection.in_atomic_block:
        raise RuntimeError("numbers are taken inside the transaction that uses them")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO papers_seriescounter AS c (series_id, period, last) VALUES (%s, %s, %s) "
            "ON CONFLICT (series_id, period) DO UPDATE SET last = c.last + excluded.last RETURNING last",
            [series.pk, series_period(series, on), count],
        )
        return int(cursor.fetchone()[0]) - count + 1


def issue_document(
    series: NumberSeries,
    template: str,
    data: dict[str, Any],
    *,
    issued_on: dt.date,
    actor: Actor,
    language: str = "pl",
    account_key: int | None = None,
    party_key: int | None = None,
    premises_key: int | None = None,
    building_key: int | None = None,
    replaces: IssuedDocument | None = None,
    in_portal: bool = True,
) -> IssuedDocument:
    """Issue one document: the number is taken, `number` is put into the data, and the data are hashed for ever."""
    with transaction.atomic():
        serial = take_numbers(series, issued_on, 1)
        number = number_text(series, issued_on, serial)
        document = IssuedDocument(
            entity_id=series.entity_id,
            kind=series.kind,
            number=number,
            series=series,
            series_period=series_period(series, issued_on),
            serial=serial,
            issued_on=issued_on,
            account_key=account_key,
            party_key=party_key,
            premises_key=premises_key,
            building_key=building_key,
            language=language,
            template=template,
            data={**data, "number": number},
            replaces=replaces,
            in_portal=in_portal,
        )
        document.save()  # the database computes content_hash from the canonical data
        document.refresh_from_db(fields=["content_hash", "data"])
    return document


@dataclass(frozen=True)
class NewDocument:
    """One of many documents issued together: data, and the keys that tie it to register rows (`account_key` ...)."""

    data: dict[str, Any]
    keys: dict[str, Any]


def issue_documents(
    series: NumberSeries, template: str, documents: Sequence[NewDocument], *, issued_on: dt.date, in_portal: bool = True
) -> list[IssuedDocument]:
    """Issue many documents of one series in their order; numbers follow each other. Inside a transaction."""
    if not documents:
        return []
    first = take_numbers(series, issued_on, len(documents))
    parts, period = number_parts(series, issued_on), series_period(series, issued_on)
    made = IssuedDocument.objects.bulk_create(
        IssuedDocument(
            entity_id=series.entity_id,
            kind=series.kind,
            number=parts.text(serial),
            series=series,
            series_period=period,
            serial=serial,
            issued_on=issued_on,
            template=template,
            data={**one.data, "number": parts.text(serial)},
            in_portal=in_portal,
            **one.keys,
        )
        for serial, one in enumerate(documents, first)
    )
    # Read again: the database has computed the hash of the canonical data.
    found = IssuedDocument.objects.select_related("entity").in_bulk([one.pk for one in made])
    return [found[one.pk] for one in made]


def void_numbers(document_ids: list[int], reason: str, *, actor: Actor) -> int:
    """Mark the numbers of documents as void; they stay in the register and in the report of the series."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO papers_voidnumber (series_id, period, serial, number, reason, voided_at, actor_id) "
            "SELECT series_id, series_period, serial, number, %s, %s, %s FROM papers_issueddocument "
            "WHERE id = ANY(%s) AND series_id IS NOT NULL ORDER BY id ON CONFLICT DO NOTHING",
            [reason[:250], clock.now(), actor.user_id, document_ids],
        )
        return int(cursor.rowcount)


def pdf_of(document: IssuedDocument, *, actor: Actor) -> bytes:
    """The document's PDF: rendered when first needed, then kept unchanged and always the same bytes."""
    kept = DocumentFile.objects.select_related("file").filter(document=document).first()
    if kept is not None:
        return read_file(kept.file)
    data = _builder(document)(document)
    stored = store_file(data, media_type="application/pdf")
    with transaction.atomic():
        made, created = DocumentFile.objects.get_or_create(
            document=document, defaults={"file": stored, "rendered_at": clock.now()}
        )
    # Somebody else may have been faster: the first rendering is the document's paper.
    return data if created else read_file(made.file)


def large_pdf_of(document: IssuedDocument) -> bytes:
    """The same document in large print: number, words, figures and proof code of the paper, made when asked for."""
    return _builder(document)(document, large_print=True)


def _builder(document: IssuedDocument) -> PaperBuilder:
    build = paper_of(document.template)
    if build is None:
        raise Missing("document.no_paper", _("Nothing knows how to print documents of this kind."))
    return build


def is_void(document: IssuedDocument) -> bool:
    if document.serial is None:
        return False
    return VoidNumber.objects.filter(
        series_id=document.series_id, period=document.series_period, serial=document.serial
    ).exists()
