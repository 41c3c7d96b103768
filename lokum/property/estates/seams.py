"""Places where upper layers say something about premises that this layer cannot know."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model, QuerySet

# Asked before a record is closed: reasons against closing `record` on that day (translated sentences).
CloseCheck = Callable[[Model, dt.date], Sequence[Any]]
# Narrows a search for premises by one value of the search form ("balance_from", "component", ...).
SearchFilter = Callable[[QuerySet[Any], Any], QuerySet[Any]]

close_checks: list[CloseCheck] = []
search_filters: dict[str, tuple[Any, SearchFilter]] = {}


def add_close_check(check: CloseCheck) -> CloseCheck:
    close_checks.append(check)
    return check


def add_search_filter(name: str, field: Any, narrow: SearchFilter) -> None:
    """`field`: the form field shown on the search page; `narrow(premises, cleaned_value)` returns fewer premises."""
    search_filters[name] = (field, narrow)
