"""The papers of many documents in their order: rendered by a crew while the ones before are filed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connections
from django.utils.translation import gettext as _

from lokum.core.annex.models import StoredFile
from lokum.core.annex.services import read_file, store_files
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing
from lokum.core.papers.models import DocumentFile, IssuedDocument
from lokum.core.papers.rendering.process import crew
from lokum.core.papers.seams import paper_of

PORTION = 50  # papers filed in one transaction; two portions are in memory at once
Kept = dict[int, StoredFile]
Waiting = dict[int, Future[bytes]]


def papers_in_order(
    document_ids: Sequence[int], *, actor: Actor, done: Callable[[int], None] = lambda count: None
) -> Iterator[bytes]:
    """PDF after PDF, each rendered once for ever; done(count) is told before each portion.

    Builders work from the stored data alone (`register_paper`); in the threads of the crew the database is closed
    to them.
    """
    portions = [document_ids[first : first + PORTION] for first in range(0, len(document_ids), PORTION)]
    with crew(begin=_close_database) as pool:
        ahead = _begin(portions[0], actor, pool) if portions else None
        for place, portion in enumerate(portions):
            done(place * PORTION)
            current = ahead
            ahead = _begin(portions[place + 1], actor, pool) if place + 1 < len(portions) else None
            assert current is not None
            yield from _file(portion, *current, actor)
    done(len(document_ids))


def _close_database() -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("a paper is built from the data of its document alone")

    for one in connections.all():
        one.connect = refuse  # type: ignore[method-assign]


def _begin(portion: Sequence[int], actor: Actor, pool: ThreadPoolExecutor) -> tuple[Kept, Waiting]:
    with acting(actor):
        kept = _kept(portion)
        new = IssuedDocument.objects.select_related("entity").in_bulk([pk for pk in portion if pk not in kept])
    waiting = {}
    for pk, document in new.items():
        build = paper_of(document.template)
        if build is None:
            raise Missing("document.no_paper", _("Nothing knows how to print documents of this kind."))
        waiting[pk] = pool.submit(build, document)
    return kept, waiting


def _kept(document_ids: Sequence[int]) -> Kept:
    rows = DocumentFile.objects.filter(document_id__in=document_ids).select_related("file")
    return {row.document_id: row.file for row in rows}


def _file(portion: Sequence[int], kept: Kept, waiting: Waiting, actor: Actor) -> list[bytes]:
    made = {pk: one.result() for pk, one in waiting.items()}
    with acting(actor):
        if made:
            files = store_files(list(made.values()), media_type="application/pdf")
            now = clock.now()
            DocumentFile.objects.bulk_create(
                [
                    DocumentFile(document_id=pk, file=file, rendered_at=now)
                    for pk, file in zip(made, files, strict=True)
                ],
                ignore_conflicts=True,
            )
            # Somebody else may have been faster: the first rendering is the document's paper.
            own = dict(zip(made, files, strict=True))
            theirs = {pk: file for pk, file in _kept(list(made)).items() if file.pk != own[pk].pk}
            kept, made = {**kept, **theirs}, {pk: data for pk, data in made.items() if pk not in theirs}
        return [made[pk] if pk in made else read_file(kept[pk]) for pk in portion]
