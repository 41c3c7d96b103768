"""Words for codes that a register keeps as plain text, because upper layers add codes of their own.

A field whose codes are all known to its model has `choices` instead.
"""

from collections.abc import Mapping
from typing import Any


class Words:
    """Labels by code. An app adds the codes it writes when it is wired; an unknown code is shown as it is."""

    def __init__(self, labels: Mapping[str, Any]) -> None:
        self._labels = dict(labels)

    def add(self, code: str, label: Any) -> None:
        self._labels[code] = label

    def text(self, code: str) -> str:
        return str(self._labels.get(code, code))

    def options(self) -> list[tuple[str, str]]:
        """(code, label) pairs by label, for filters."""
        return sorted(((code, str(label)) for code, label in self._labels.items()), key=lambda pair: pair[1])
