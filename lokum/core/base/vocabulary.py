"""The shape of a pack's word lists: a stable code, a translatable label, and the days it may be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Term:
    """One entry. Without dates it is always in use; a term that ended stays readable on old records."""

    code: str
    label: Any
    valid_from: date | None = None
    valid_to: date | None = None

    def in_use_on(self, day: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Vocabulary:
    """Terms in the order they are offered; codes are unique."""

    code: str
    label: Any
    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        codes = [term.code for term in self.terms]
        if len(codes) != len(set(codes)):
            raise ValueError(f"double code in {self.code}")

    def term(self, code: str) -> Term:
        """Raises LookupError for an unknown code."""
        for term in self.terms:
            if term.code == code:
                return term
        raise LookupError(f"{self.code} has no {code}")

    def choices(self, day: date | None = None) -> list[tuple[str, Any]]:
        """(code, label) pairs, for form fields; with a day only those in use on it."""
        return [(term.code, term.label) for term in self.terms if day is None or term.in_use_on(day)]


def vocabulary(code: str, label: Any, terms: Iterable[tuple[str, Any]]) -> Vocabulary:
    """A plain vocabulary of undated terms."""
    return Vocabulary(code, label, tuple(Term(term_code, term_label) for term_code, term_label in terms))
