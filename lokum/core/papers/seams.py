"""Who turns the data of an issued document into a PDF: the app that issues that kind of document."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lokum.core.papers.models import IssuedDocument

PaperBuilder = Callable[["IssuedDocument"], bytes]
_papers: dict[str, PaperBuilder] = {}


def register_paper(template: str, build: PaperBuilder) -> None:
    """`build(document)` renders documents whose `template` this is ("notice/1") from their stored data alone."""
    _papers[template] = build


def paper_of(template: str) -> PaperBuilder | None:
    return _papers.get(template)
