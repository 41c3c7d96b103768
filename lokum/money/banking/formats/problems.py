"""What can be wrong with a bank file, in words a bookkeeper understands.

A problem refuses the whole file; a note stays with the statement or entry it is about. Both carry a stable
code (for the interface, the log and tests), a text that is translated when it is shown, and the line of the
file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FileText:
    """A translatable sentence and its parameters; translated at the moment of ``str()``."""

    pattern: Any
    params: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        text = str(self.pattern)
        return text % dict(self.params) if self.params else text


@dataclass(frozen=True)
class FileNote:
    """A warning: the entry or statement is kept, a person should look at it."""

    code: str
    message: FileText
    line: int | None = field(default=None, compare=False)


class FileProblem(Exception):
    """The file is refused. ``code`` is stable, ``message`` translatable, ``line`` from 1 or None."""

    def __init__(self, code: str, pattern: Any, *, line: int | None = None, **params: object) -> None:
        self.code = code
        self.message = FileText(pattern, tuple(sorted(params.items())))
        self.line = line
        super().__init__(code)

    def __str__(self) -> str:
        return str(self.message)


class EmptyFile(FileProblem):
    """Nothing to read: no bytes, or no statement inside. Makes no document."""


class CutFile(FileProblem):
    """The file ends before the statement does."""


class ForeignFile(FileProblem):
    """Not a bank file of a kind that is read here."""


class BrokenFile(FileProblem):
    """A bank file with a part that cannot be read without guessing."""


class OtherCurrency(FileProblem):
    """Read well, but of money in another currency than the account's."""


class HostileFile(FileProblem):
    """Larger, deeper or cleverer than a statement has any reason to be."""


def note(code: str, pattern: Any, *, line: int | None = None, **params: object) -> FileNote:
    return FileNote(code, FileText(pattern, tuple(sorted(params.items()))), line)
