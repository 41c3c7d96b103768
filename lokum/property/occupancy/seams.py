"""Where upper layers take part when a title or an agreement changes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lokum.core.base.context import Actor

AgreementsOpened = Callable[[Sequence[int], Actor], None]
HistorySource = Callable[[int], Iterable[Any]]

_opened: list[AgreementsOpened] = []
_history: list[HistorySource] = []


def on_agreement_opened(listener: AgreementsOpened) -> AgreementsOpened:
    """Call `listener(agreement_ids, actor)` in the transaction that opens agreements (the ledger opens accounts)."""
    if listener not in _opened:
        _opened.append(listener)
    return listener


def agreement_opened(agreement_ids: Sequence[int], *, actor: Actor) -> None:
    """Tell everyone; set-based: an import passes all its agreements at once."""
    for listener in _opened:
        listener(agreement_ids, actor)


def add_history_source(source: HistorySource) -> HistorySource:
    """`source(agreement_id)` yields `estates.bitemporal.Change` rows for the agreement's history (rates, ...)."""
    if source not in _history:
        _history.append(source)
    return source


def history_sources() -> Sequence[HistorySource]:
    return tuple(_history)
