"""The child's side of `process`: reads length-prefixed JSON, answers length-prefixed PDF or error text."""

import json
import resource
import struct
import sys
from pathlib import Path

from typst import Compiler, Fonts, TypstError

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
FONTS = HERE.parent / "fonts"
MOST_MEMORY = 3 * 1024**3  # address space; about 100 MB of it is used
STANDARDS = ["ua-1", "a-2a"]

_compilers: dict[str, Compiler] = {}
_fonts: list[Fonts] = []


def compiler_of(template: str) -> Compiler:
    """One compiler per layout, kept: opening the fonts costs more than a page."""
    if template not in _compilers:
        name, version = template.split("/")
        source = TEMPLATES / name / version / f"{name}.typ"
        if not (name.isidentifier() and version.isdigit() and source.is_file()):
            raise ValueError(f"no layout {template}")
        if not _fonts:
            _fonts.append(Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]))
        _compilers[template] = Compiler(
            str(source), root=str(TEMPLATES), font_paths=_fonts[0], ignore_system_fonts=True
        )
    return _compilers[template]


def compile_paper(message: bytes) -> bytes:
    """PDF of one message; the time stamp is the document's own day, so the bytes depend on the data alone."""
    asked = json.loads(message)
    data = asked["data"]
    year, month, day = data["meta"]["issued"]
    import datetime as dt

    stamp = dt.datetime(year, month, day, tzinfo=dt.UTC)
    inputs = {"data": json.dumps(data, ensure_ascii=False), **asked["inputs"]}
    pdf = compiler_of(asked["template"]).compile(
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=STANDARDS,  # type: ignore[arg-type]
        timestamp=int(stamp.timestamp()),  # type: ignore[arg-type]
    )
    assert isinstance(pdf, bytes)
    return pdf


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(4):
        message = source.read(struct.unpack(">I", head)[0])
        try:
            answer, failed = compile_paper(message), False
        except (TypstError, ValueError, KeyError, RuntimeError) as error:
            answer, failed = f"{type(error).__name__}: {error}".encode(), True
        target.write(struct.pack(">I?", len(answer), failed) + answer)
        target.flush()


if __name__ == "__main__":
    main()
