"""Who turns the data of an issued document into a PDF: the app that issues that kind of document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from lokum.core.papers.models import IssuedDocument


class PaperBuilder(Protocol):
    """PDF of a document from its stored data; `large_print`: the same words and figures for readers with low vision."""

    def __call__(self, document: "IssuedDocument", /, *, large_print: bool = False) -> bytes: ...


_papers: dict[str, PaperBuilder] = {}


def register_paper(template: str, build: PaperBuilder) -> None:
    """`build(document)` renders documents whose `template` this is ("notice/1") from their stored data alone."""
    _papers[template] = build


def paper_of(template: str) -> PaperBuilder | None:
    return _papers.get(template)


@dataclass(frozen=True)
class TemplateKind:
    """A kind of letter whose words an entity may write itself.

    variables: name -> what it stands for; standard(): (subject, body) in the active language, used where an entity
    wrote nothing; example(entity_id, language): values of a real record for the preview, None when there is none;
    more(): variables that the operator may add without a restart.
    """

    code: str
    label: Any
    variables: Mapping[str, Any]
    standard: Callable[[], tuple[str, str]]
    example: Callable[[int, str], Mapping[str, str] | None]
    more: Callable[[], Mapping[str, Any]] = dict

    def known(self) -> dict[str, Any]:
        """All variables of the kind, as they are now."""
        return {**self.variables, **self.more()}


_template_kinds: dict[str, TemplateKind] = {}


def register_template_kind(kind: TemplateKind) -> None:
    _template_kinds[kind.code] = kind


def template_kind(code: str) -> TemplateKind | None:
    return _template_kinds.get(code)


def template_kinds() -> list[TemplateKind]:
    return sorted(_template_kinds.values(), key=lambda one: one.code)
