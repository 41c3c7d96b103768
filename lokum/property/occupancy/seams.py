"""Where upper layers take part when a title or an agreement changes, and when something is declared."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lokum.core.base.context import Actor
from lokum.property.estates.bitemporal import Change

AgreementsOpened = Callable[[Sequence[int], Actor], None]
AgreementsWithdrawn = Callable[[Sequence[int], Actor], Mapping[int, str]]
HistoryRow = tuple[int, str, Change]  # agreement, what changed in the reader's words, the change
HistorySource = Callable[[Sequence[int]], Iterable[HistoryRow]]

_opened: list[AgreementsOpened] = []
_withdrawn: list[AgreementsWithdrawn] = []
_history: dict[HistorySource, HistorySource] = {}  # for staff -> for residents


def on_agreement_opened(listener: AgreementsOpened) -> AgreementsOpened:
    """Call `listener(agreement_ids, actor)` in the transaction that opens agreements (the ledger opens accounts)."""
    if listener not in _opened:
        _opened.append(listener)
    return listener


def agreement_opened(agreement_ids: Sequence[int], *, actor: Actor) -> None:
    """Tell everyone; set-based: an import passes all its agreements at once."""
    for listener in _opened:
        listener(agreement_ids, actor)


def on_agreement_withdrawn(listener: AgreementsWithdrawn) -> AgreementsWithdrawn:
    """Call `listener(agreement_ids, actor)` in the transaction that takes unused agreements back.

    It removes what it made when they were opened, and returns why that cannot be, by agreement; then all is undone.
    """
    if listener not in _withdrawn:
        _withdrawn.append(listener)
    return listener


def agreement_withdrawn(agreement_ids: Sequence[int], *, actor: Actor) -> dict[int, str]:
    """Tell everyone, the highest layers first (what hangs at an account goes before the account)."""
    reasons: dict[int, str] = {}
    for listener in reversed(_withdrawn):
        reasons = {**listener(agreement_ids, actor), **reasons}
    return reasons


def add_history_source(source: HistorySource, *, portal: HistorySource | None = None) -> HistorySource:
    """`source(agreement_ids)` yields rows of the history of agreements (rates, ...), set-based: a page asks once.

    portal: the same for residents, where something of it is not shown to them.
    """
    _history[source] = portal or source
    return source


def history_sources(*, portal: bool = False) -> Sequence[HistorySource]:
    return tuple(_history.values() if portal else _history)


@dataclass(frozen=True)
class Remark:
    """Why a declared value is unusual (it goes to review) or impossible (it is refused).

    code names the words registered for it; details are its figures as texts, kept with the declaration.
    """

    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    impossible: bool = False


# (premises, kind of fact, declared value, first day) -> what is to be said about it.
DeclarationCheck = Callable[[int, str, Decimal, dt.date], Sequence[Remark]]

declaration_checks: list[DeclarationCheck] = []
_remark_words: dict[str, Any] = {}


def add_declaration_check(check: DeclarationCheck, words: Mapping[str, Any]) -> None:
    """Ask `check` about every declaration; words: code -> translatable text with its details as %(name)s."""
    if check not in declaration_checks:
        declaration_checks.append(check)
    _remark_words.update(words)


def remark_text(code: str, details: Mapping[str, str]) -> str:
    """A remark in the reader's language."""
    return str(_remark_words.get(code, code)) % details
