"""What a file is, judged by its content: pure functions over bytes.

Only the listed types are taken. Active content (programs, scripts, HTML, SVG, office files with macros) is
refused; content and name must agree. Archives and office files are looked into before anything unpacks them.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from lokum.core.base.errors import Refusal

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_MEMBERS = 5_000
MOST_PIXELS = 60_000_000


@dataclass(frozen=True)
class FileType:
    media_type: str
    extensions: tuple[str, ...]


PDF = FileType("application/pdf", ("pdf",))
PNG = FileType("image/png", ("png",))
JPEG = FileType("image/jpeg", ("jpg", "jpeg"))
WEBP = FileType("image/webp", ("webp",))
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
ODT = FileType("application/vnd.oasis.opendocument.text", ("odt",))
ODS = FileType("application/vnd.oasis.opendocument.spreadsheet", ("ods",))
XML = FileType("application/xml", ("xml",))
TEXT = FileType("text/plain", ("txt", "csv", "sta", "mt940", "940", "log", "md", "eml"))

# Types each feature takes; quotas are checked by the caller.
DOCUMENTS = (PDF, PNG, JPEG, WEBP, XLSX, DOCX, ODT, ODS, TEXT)
SHEETS = (XLSX, TEXT)
BANK_FILES = (TEXT, XML)

_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # may carry macros that nothing here can see
_ACTIVE_TEXT = (b"<script", b"<html", b"<!doctype html", b"<svg", b"javascript:", b"<?php", b"<%", b"<iframe")


def judge(data: bytes, name: str, allowed: tuple[FileType, ...] = DOCUMENTS, most_bytes: int = MOST_BYTES) -> FileType:
    """The type of `data`, whose name must agree with it; a Refusal otherwise."""
    if not data:
        raise Refusal("file.empty", _("The file is empty."))
    if len(data) > most_bytes:
        raise Refusal(
            "file.too_large",
            _("The file has %(size)d MB; at most %(most)d MB are taken.")
            % {"size": len(data) // 1_048_576 + 1, "most": most_bytes // 1_048_576},
        )
    found = _type_of(data)
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    if found is None or found not in allowed:
        wanted = ", ".join(sorted({one for kind in allowed for one in kind.extensions}))
        raise Refusal("file.type", _("This kind of file is not taken here. Use one of: %(kinds)s.") % {"kinds": wanted})
    if extension not in found.extensions and found is not TEXT:
        raise Refusal(
            "file.name",
            _("The name ends in “%(extension)s”, but the content is %(media_type)s. Rename the file or save it again.")
            % {"extension": extension, "media_type": found.media_type},
        )
    if found is TEXT and extension not in TEXT.extensions:
        raise Refusal("file.name", _("A text file needs a name that ends in txt or csv."))
    return found


def _type_of(data: bytes) -> FileType | None:
    if data.startswith((*_PROGRAMS, _OLD_OFFICE)):
        return None
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        return PNG if 0 < width * height <= MOST_PIXELS else None
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return _text(data)


def _pdf(data: bytes) -> FileType | None:
    """A PDF without scripts, launch actions or embedded programs."""
    return None if any(mark in data for mark in (b"/JavaScript", b"/Launch", b"/EmbeddedFile")) else PDF


def _office(data: bytes) -> FileType | None:
    """An office file whose members are few, small, plainly named and free of macros and nested archives."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
                return None
            for one in members:
                path = PurePosixPath(one.filename)
                if path.is_absolute() or ".." in path.parts or (one.external_attr >> 16) & 0o170000 == 0o120000:
                    return None
                if (
                    path.suffix.lower() in (".bin", ".exe", ".zip", ".js", ".vbs")
                    and "printerSettings" not in path.name
                ):
                    return None
            names = {one.filename for one in members}
            if "xl/workbook.xml" in names:
                return XLSX
            if "word/document.xml" in names:
                return DOCX
            if "mimetype" in names:
                kind = archive.read("mimetype")[:100].decode("ascii", "replace").strip()
                return next((one for one in (ODT, ODS) if one.media_type == kind), None)
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError):
        return None
    return None


def _text(data: bytes) -> FileType | None:
    """Text in any 8-bit or UTF encoding: no control characters beyond those of bank files, nothing active."""
    head = data[:65_536]
    if any(byte < 32 and byte not in (1, 3, 9, 10, 11, 12, 13, 26) for byte in head):
        return None
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t\x01").lower()
    if start.startswith(b"<?xml") or (start.startswith(b"<") and b"xmlns" in start[:500]):
        return None if any(mark in start for mark in (b"<svg", b"<html", b"<!entity", b"<!doctype")) else XML
    return None if any(mark in head.lower() for mark in _ACTIVE_TEXT) else TEXT
