"""Many papers as few files: volumes of at most 500, merged one paper at a time so that memory stays bounded."""

import io
from collections.abc import Iterable, Iterator

import pikepdf

MOST_PER_VOLUME = 500


def volumes(papers: Iterable[bytes], most: int = MOST_PER_VOLUME) -> Iterator[bytes]:
    """Merge PDFs in their order into volumes of at most `most` papers; each paper is in exactly one volume."""
    volume, count = pikepdf.new(), 0
    for paper in papers:
        with pikepdf.open(io.BytesIO(paper)) as source:
            volume.pages.extend(source.pages)
        count += 1
        if count == most:
            yield _bytes(volume)
            volume, count = pikepdf.new(), 0
    if count:
        yield _bytes(volume)


def _bytes(volume: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    volume.save(buffer, deterministic_id=True)
    volume.close()
    return buffer.getvalue()
