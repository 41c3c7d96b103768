"""Places where upper layers say something about premises that this layer cannot know."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model

# Asked before a record is closed: reasons against closing `record` on that day (translated sentences).
CloseCheck = Callable[[Model, dt.date], Sequence[Any]]

# Asked before facts are recorded by hand: why they cannot be (a residence register keeps the number of persons).
FactCheck = Callable[[Sequence[Any]], Exception | None]

fact_checks: list[FactCheck] = []
close_checks: list[CloseCheck] = []
premises_tabs: list[Any] = []  # lokum.core.desk.desk.Tab: parts of the card (titles, accounts, meters)
premises_filters: list[Any] = []  # lokum.core.desk.filters.Filter: conditions of the search (balance, component)

# Registers whose rows hold premises and what contains them against deleting, each with its path to the premises.
holdings: list[tuple[type[Model], str]] = []

# The page of premises that are shown elsewhere (supply points); "" = on their own card.
premises_addresses: list[Callable[[Any], str]] = []

premises_actions: list[Any] = []  # lokum.core.desk.desk.Action: what upper layers do with premises


def add_close_check(check: CloseCheck) -> CloseCheck:
    close_checks.append(check)
    return check


def add_fact_check(check: FactCheck) -> None:
    if check not in fact_checks:
        fact_checks.append(check)


def add_premises_tab(tab: Any) -> None:
    """Add a part to the card of premises; `tab.context(premises, user)` shows only what this user may see."""
    premises_tabs.append(tab)


def add_premises_filter(one: Any) -> None:
    """Add a condition to the search for premises on page and API: `apply(premises, values, user)` narrows the rows."""
    premises_filters.append(one)


def add_premises_address(source: Callable[[Any], str]) -> None:
    """`source(premises)` gives the page where such premises are shown, "" for others."""
    premises_addresses.append(source)


def add_premises_action(action: Any) -> None:
    """Add a button to premises (or, `bulk`, to a selection of them); the right is that of premises."""
    if action.name not in {known.name for known in premises_actions}:
        premises_actions.append(action)


def add_holding(model: type[Model], lookup: str) -> None:
    """Rows of `model` whose `lookup` leads to premises are counted when these, their building or their estate are to
    be deleted: accounts by "agreement__premises"."""
    if (model, lookup) not in holdings:
        holdings.append((model, lookup))
