#!/usr/bin/env python3
"""Bring the browser-side libraries into ``lokum/static``.

The files are committed, so nobody needs Node at run time or to start Lokum; this tool is for the person
who raises a version. It takes named files out of named npm package versions (``npm pack``), checks the
tarball against the integrity recorded in ``lokum/static/vendor/VENDOR.json`` (a changed tarball of the
same version stops it), strips source map comments, which would break the hashed static storage, keeps
the licences, and joins the icons in use into one sprite.

Usage::

    python tools/vendor.py           # bring everything
    python tools/vendor.py --check   # compare the committed files with VENDOR.json; needs no network

Needs ``npm`` on PATH; the fonts are narrowed to the characters and features we use when ``fontTools``
with ``brotli`` is importable and otherwise refused, because an un-narrowed font breaks the portal's
150 kB budget.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "lokum" / "static"
VENDOR = STATIC / "vendor"
RECORD = VENDOR / "VENDOR.json"
SPRITE = STATIC / "lokum" / "icons.svg"

SOURCE_MAP = re.compile(rb"\s*(?:/\*[#@] ?sourceMappingURL=[^*]*\*/|//[#@] ?sourceMappingURL=\S*)\s*")
# Written out because the package carries no licence file of its own, only the banner in each file.
TABLER_LICENCE = """The MIT License (MIT)

Copyright (c) 2018-2026 The Tabler Authors
Copyright (c) 2018-2026 codecalm.net Paweł Kuna

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE.
"""


@dataclass(frozen=True)
class Package:
    """One npm package version; ``files`` maps a path inside it to a path below ``static/vendor``."""

    name: str
    version: str
    licence: str
    files: dict[str, str] = field(default_factory=dict)
    licence_file: str | None = "LICENSE"


PACKAGES = [
    Package(
        "@tabler/core",
        "1.6.1",
        "MIT",
        {"dist/css/tabler.min.css": "tabler/tabler.min.css", "dist/js/tabler.min.js": "tabler/tabler.min.js"},
        licence_file=None,
    ),
    Package("@tabler/icons", "3.51.0", "MIT"),
    Package("chart.js", "4.6.1", "MIT", {"dist/chart.umd.min.js": "chart.js/chart.umd.min.js"}, "LICENSE.md"),
    Package(
        "tom-select",
        "2.6.2",
        "Apache-2.0",
        {
            "dist/js/tom-select.complete.min.js": "tom-select/tom-select.complete.min.js",
            "dist/css/tom-select.bootstrap5.min.css": "tom-select/tom-select.bootstrap5.min.css",
        },
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {
            "files/inter-latin-wght-normal.woff2": "inter/inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext.woff2",
        },
    ),
]

# Characters per font file; the same ranges stand in lokum.css (`unicode-range`).
FONT_RANGES = {
    "inter/inter-latin.woff2": [
        *range(0x20, 0x7F),
        *range(0xA0, 0x100),
        0x131,
        0x152,
        0x153,
        0x2013,
        0x2014,
        0x2018,
        0x2019,
        0x201C,
        0x201D,
        0x2022,
        0x2026,
        0x20AC,
        0x2122,
        0x2212,
    ],
    "inter/inter-latin-ext.woff2": [*range(0x100, 0x180), 0x218, 0x219, 0x21A, 0x21B, 0x201A, 0x201E, 0x2030],
}
FONT_FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "zero", "case"]

ICON_USE = re.compile(r"""\bicon ?= ?"([a-z0-9-]+)"|\{% icon ['"]([a-z0-9-]+)['"]""")


def icons_in_use() -> set[str]:
    """Icons that the source names; those chosen at run time (by state, by kind) stand in ICONS."""
    found: set[str] = set()
    for path in (ROOT / "lokum").rglob("*"):
        if path.suffix in (".py", ".html") and "tests" not in path.parts:
            found.update(first or second for first, second in ICON_USE.findall(path.read_text(encoding="utf-8")))
    return found


# Icons that are chosen at run time, beside those the source names.
ICONS = [
    "home",
    "building",
    "buildings",
    "building-community",
    "building-bank",
    "building-store",
    "door",
    "stairs",
    "map-pin",
    "sitemap",
    "user",
    "users",
    "user-plus",
    "users-group",
    "id",
    "phone",
    "mail",
    "device-mobile",
    "device-laptop",
    "coin",
    "coins",
    "cash",
    "wallet",
    "credit-card",
    "receipt",
    "receipt-2",
    "book",
    "calculator",
    "percentage",
    "scale",
    "transfer",
    "arrows-exchange",
    "gauge",
    "droplet",
    "flame",
    "bolt",
    "temperature",
    "tool",
    "truck",
    "package",
    "car",
    "speakerphone",
    "message",
    "messages",
    "send",
    "inbox",
    "bell",
    "gavel",
    "checklist",
    "file",
    "file-text",
    "file-spreadsheet",
    "file-type-pdf",
    "paperclip",
    "folder",
    "archive",
    "tag",
    "note",
    "settings",
    "adjustments",
    "database",
    "plug",
    "webhook",
    "api",
    "keyboard",
    "language",
    "moon",
    "sun",
    "sun-moon",
    "device-desktop",
    "key",
    "lock",
    "lock-open",
    "shield",
    "shield-check",
    "fingerprint",
    "login",
    "logout",
    "search",
    "filter",
    "columns",
    "table",
    "list",
    "list-check",
    "layout-dashboard",
    "chart-bar",
    "chart-line",
    "bookmark",
    "star",
    "history",
    "plus",
    "minus",
    "pencil",
    "trash",
    "copy",
    "download",
    "upload",
    "printer",
    "refresh",
    "link",
    "external-link",
    "git-merge",
    "qrcode",
    "hash",
    "check",
    "circle-check",
    "x",
    "circle-x",
    "circle",
    "circle-dot",
    "circle-minus",
    "ban",
    "alert-triangle",
    "alert-circle",
    "info-circle",
    "help-circle",
    "clock",
    "hourglass",
    "loader-2",
    "calendar",
    "calendar-event",
    "player-play",
    "player-pause",
    "player-stop",
    "eye",
    "eye-off",
    "chevron-down",
    "chevron-up",
    "chevron-left",
    "chevron-right",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "arrow-down",
    "arrow-back-up",
    "arrows-sort",
    "menu-2",
    "dots",
    "dots-vertical",
    "briefcase",
]


def pack(package: Package, folder: Path) -> tuple[Path, str]:
    """Fetch the tarball of a package version; return its path and its ``sha512-`` integrity."""
    result = subprocess.run(
        ["npm", "pack", "--json", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    answer = json.loads(result.stdout)[0]
    tarball = folder / answer["filename"].replace("@", "").replace("/", "-")
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    integrity = "sha512-" + base64.b64encode(digest).decode()
    if integrity != answer["integrity"]:
        raise SystemExit(f"{package.name}: the tarball does not match the integrity npm announces")
    return tarball, integrity


def member(tar: tarfile.TarFile, name: str) -> bytes:
    handle = tar.extractfile(f"package/{name}")
    if handle is None:
        raise SystemExit(f"{name} is not a file")
    return handle.read()


def narrow_font(data: bytes, target: str) -> bytes:
    """Keep the characters, weights and features we use; same family name (Inter has no reserved name)."""
    try:
        from fontTools import subset
        from fontTools.ttLib import TTFont
        from fontTools.varLib import instancer
    except ImportError:
        raise SystemExit("fontTools (with brotli) is needed to narrow the fonts")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "font.woff2"
        path.write_bytes(data)
        instancer.instantiateVariableFont(TTFont(path), {"wght": (400, 700)}).save(path)
        font = TTFont(path)  # read again: the instancer leaves tables the subsetter cannot walk
        options = subset.Options(flavor="woff2", layout_features=FONT_FEATURES, hinting=False, desubroutinize=True)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=FONT_RANGES[target])
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(path)
        return path.read_bytes()


def build_sprite(tar: tarfile.TarFile) -> bytes:
    """Join the outline icons into one file of symbols, drawn in the current text colour."""
    symbols = []
    for name in sorted(icons_in_use() | set(ICONS)):
        svg = member(tar, f"icons/outline/{name}.svg").decode()
        inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
        inner = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", inner)
        inner = re.sub(r"\s*\n\s*", "", inner).replace(" />", "/>")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    head = "<!-- Tabler Icons, MIT licence, Copyright (c) 2020-2026 Paweł Kuna -->"
    return ('<svg xmlns="http://www.w3.org/2000/svg">' + head + "".join(symbols) + "</svg>\n").encode()


def write(path: Path, data: bytes) -> dict[str, object]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def bring() -> None:
    known = json.loads(RECORD.read_text()) if RECORD.exists() else {"packages": {}}
    record: dict[str, dict] = {"packages": {}, "files": {}}
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            tarball, integrity = pack(package, Path(folder))
            before = known["packages"].get(package.name, {})
            if before.get("version") == package.version and before["integrity"] != integrity:
                raise SystemExit(f"{package.name} {package.version}: integrity differs from the recorded one")
            with tarfile.open(tarball) as tar:
                for source, target in package.files.items():
                    data = member(tar, source)
                    if target in FONT_RANGES:
                        data = narrow_font(data, target)
                    else:
                        data = SOURCE_MAP.sub(b"\n", data)
                    record["files"][f"vendor/{target}"] = write(VENDOR / target, data)
                if package.name == "@tabler/icons":
                    record["files"]["lokum/icons.svg"] = write(SPRITE, build_sprite(tar))
                if package.licence_file:
                    licence = member(tar, package.licence_file)
                else:
                    licence = TABLER_LICENCE.encode()
            licence_path = f"licences/{package.name.strip('@').replace('/', '-')}.txt"
            record["files"][f"vendor/{licence_path}"] = write(VENDOR / licence_path, licence)
            record["packages"][package.name] = {
                "version": package.version,
                "licence": package.licence,
                "licence_file": licence_path,
                "integrity": integrity,
            }
            print(f"{package.name} {package.version}: ok")
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def check() -> int:
    """Return the number of committed files that differ from the record."""
    wrong = 0
    for name, facts in json.loads(RECORD.read_text())["files"].items():
        path = STATIC / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != facts["sha256"]:
            print(f"{name}: missing or changed", file=sys.stderr)
            wrong += 1
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the files with VENDOR.json")
    if parser.parse_args().check:
        return 1 if check() else 0
    bring()
    return 0


if __name__ == "__main__":
    sys.exit(main())
