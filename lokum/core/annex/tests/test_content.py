"""A file is what its content says; whatever could act is refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lokum.core.annex import store
from lokum.core.annex.content import BANK_FILES, JPEG, PDF, PNG, TEXT, XLSX, XML, judge
from lokum.core.base.errors import Refusal

pytestmark = pytest.mark.req("PLT-19")


def _office(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
BOOK = _office(**{"xl__workbook.xml": b"<workbook/>", "[Content_Types].xml": b"<Types/>"})


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"%PDF-1.7\n%...", "letter.pdf", PDF),
        (PICTURE, "photo.PNG", PNG),
        (b"\xff\xd8\xff\xe0 jfif", "photo.jpeg", JPEG),
        (BOOK, "sheet.xlsx", XLSX),
        ("Żółta łódź;1,50\r\n".encode("cp1250"), "list.csv", TEXT),
    ],
)
def test_known_types_are_taken(data: bytes, name: str, expected: Any) -> None:
    assert judge(data, name) is expected


def test_xml_is_taken_as_a_bank_file_only() -> None:
    statement = b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>'
    assert judge(statement, "day.xml", BANK_FILES) is XML
    with pytest.raises(Refusal):
        judge(statement, "day.xml")


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "empty.pdf", "file.empty"),
        (b"MZ\x90\0" + b"\0" * 50, "invoice.pdf", "file.type"),  # a renamed program
        (b"\x7fELF" + b"\0" * 50, "photo.png", "file.type"),
        (b"#!/bin/sh\nrm -rf /", "notes.txt", "file.type"),
        (b"<svg xmlns='x' onload='alert(1)'/>", "logo.png", "file.type"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "page.txt", "file.type"),
        (b"text with <SCRIPT>alert(1)</SCRIPT>", "page.txt", "file.type"),
        (b"%PDF-1.7 /OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "form.pdf", "file.type"),
        (PICTURE, "photo.pdf", "file.name"),
        (b"plain text", "letter.pdf", "file.name"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old.xls", "file.type"),
        (_office(**{"xl__workbook.xml": b"", "xl__vbaProject.bin": b"x"}), "macro.xlsx", "file.type"),
        (_office(**{"xl__workbook.xml": b"", "..__..__etc__passwd": b"x"}), "path.xlsx", "file.type"),
        (_office(**{"xl__workbook.xml": b"", "inner.zip": b"x"}), "nested.xlsx", "file.type"),
    ],
)
def test_everything_else_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        judge(data, name)
    assert refused.value.code == code


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    bomb = _office(**{"xl__workbook.xml": b"\0" * (201 * 1024 * 1024)})
    assert len(bomb) < 1_000_000
    with pytest.raises(Refusal):
        judge(bomb, "bomb.xlsx")


def test_too_many_points_are_refused() -> None:
    huge = PICTURE[:16] + (60_000).to_bytes(4, "big") + (60_000).to_bytes(4, "big")
    with pytest.raises(Refusal):
        judge(huge, "huge.png")


def test_the_store_keeps_one_copy_and_sees_damage(tmp_path: Path, settings: Any) -> None:
    settings.FILE_STORE = tmp_path
    sha256 = store.put(b"content")
    assert store.put(b"content") == sha256
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [sha256]
    assert store.get(sha256) == b"content"
    store.path_of(sha256).write_bytes(b"changed")
    with pytest.raises(store.Corrupted):
        store.get(sha256)
