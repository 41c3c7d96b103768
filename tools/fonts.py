#!/usr/bin/env python3
"""Rebuild the fonts of the papers (lokum/core/papers/fonts) from the named npm packages.

    python tools/fonts.py            fetch, check, subset, write
    python tools/fonts.py --check    the same into a temporary folder, then compare with what is committed

Needs `npm` on the path and `fonttools` (dependency group dev); the program itself never runs this tool.
Inter covers Latin with all Polish letters, Greek and Cyrillic, whole. Noto Sans TC is cut to Big5 (levels 1
and 2), Noto Sans SC to GB 2312: together they cover the names and words of Taiwan and of the mainland and stay
below eight megabytes. `coverage.txt` lists the code points that at least one font can draw, so that the program
can say before rendering which characters a paper could not show.
"""

import argparse
import base64
import filecmp
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "lokum" / "core" / "papers" / "fonts"
SCOPE = "@expo-google-fonts"
# package: (version, sha512 of the archive in the registry's notation, short name of the licence file)
PACKAGES = {
    "inter": (
        "0.4.2",
        "syfiImMaDmq7cFi0of+waE2M4uSCyd16zgyWxdPOY7fN2VBmSLKEzkfbZgeOjJq61kSqPBNNtXjggiQiSD6gMQ==",
        "OFL-Inter.txt",
    ),
    "noto-sans-tc": (
        "0.4.3",
        "69XAOTLPz0WlAxL6qJEKlDMxHsBd4J1M39HjV0gPF2o1xWVALOsVWvDgistnecVockA9wbU/tH5C/gyS2PdnHg==",
        "OFL-NotoSansTC.txt",
    ),
    "noto-sans-sc": (
        "0.4.3",
        "9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
        "OFL-NotoSansSC.txt",
    ),
}
# written file: (package, member of the archive, character set; None = everything the font has)
FACES = {
    "Inter-Regular.ttf": ("inter", "package/400Regular/Inter_400Regular.ttf", None),
    "Inter-Bold.ttf": ("inter", "package/700Bold/Inter_700Bold.ttf", None),
    "NotoSansTC-Regular.ttf": ("noto-sans-tc", "package/400Regular/NotoSansTC_400Regular.ttf", "big5"),
    "NotoSansSC-Regular.ttf": ("noto-sans-sc", "package/400Regular/NotoSansSC_400Regular.ttf", "gb2312"),
}


def codec_characters(codec: str) -> set[int]:
    """All single code points that two bytes of `codec` can stand for, and the punctuation of Chinese text."""
    found = set(range(0x3000, 0x3020)) | set(range(0xFF01, 0xFF5F)) | {0x2014, 0x2026, 0x25CB}
    for high in range(0x81, 0xFF):
        for low in range(0x40, 0xFF):
            try:
                text = bytes((high, low)).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(text) == 1:
                found.add(ord(text))
    return found


def fetch(package: str, folder: Path) -> Path:
    version, digest, _ = PACKAGES[package]
    name = f"{SCOPE}/{package}@{version}"
    subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = folder / f"{SCOPE[1:]}-{package}-{version}.tgz"
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != digest:
        sys.exit(f"{name}: the archive is not the one recorded here (sha512 {found})")
    return archive


def cut(source: bytes, codec: str | None, target: Path) -> None:
    """Write `source` to `target`, cut to the code points of `codec`; the same input gives the same bytes."""
    import io

    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.layout_features = ["*"] if codec is None else ["locl"]
    if codec is None:
        wanted = set(font.getBestCmap())
        # Only what our papers switch on: kerning, accents, tabular figures, clear zero and letter forms.
        options.layout_features = ["ccmp", "locl", "kern", "mark", "mkmk", "tnum", "zero", "ss02", "calt"]
    else:
        wanted = codec_characters(codec)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    font.save(target)


def ranges(points: set[int]) -> str:
    lines: list[str] = []
    start: int | None = None
    last = 0
    for point in sorted(points):
        if start is None:
            start = last = point
        elif point == last + 1:
            last = point
        else:
            lines.append(f"{start:X}" if start == last else f"{start:X}-{last:X}")
            start = last = point
    lines.append(f"{start:X}" if start == last else f"{start:X}-{last:X}")
    return "\n".join(lines) + "\n"


def member_of(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise ValueError(f"{name} is not a file of the package")
    return stream.read()


def build(target: Path) -> None:
    from fontTools.ttLib import TTFont

    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        for package, (_version, _digest, licence) in PACKAGES.items():
            with tarfile.open(fetch(package, Path(name))) as archive:
                (target / licence).write_bytes(member_of(archive, "package/LICENSE_FONT"))
                for file, (source, member, codec) in FACES.items():
                    if source == package:
                        cut(member_of(archive, member), codec, target / file)
    covered: set[int] = set()
    for file in FACES:
        covered |= set(TTFont(target / file, lazy=True).getBestCmap())
    (target / "coverage.txt").write_text(ranges(covered), encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the fonts of the papers")
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    if not parser.parse_args().check:
        build(TARGET)
        for file in sorted(TARGET.iterdir()):
            print(f"{file.stat().st_size:>9,}  {file.name}")
        return
    with tempfile.TemporaryDirectory() as name:
        build(Path(name))
        names = [file.name for file in Path(name).iterdir()]
        _, different, missing = filecmp.cmpfiles(name, TARGET, names, shallow=False)
    if different or missing:
        sys.exit(f"different: {different}; missing: {missing}")
    print("the committed fonts are the ones this tool makes")


if __name__ == "__main__":
    main()
