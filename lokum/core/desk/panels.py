"""Parts of a record's page that other layers fill: history, attachments, comments, timeline.

add_panel(Panel("history", _("History"), template="...", context=lambda record, user: {...}))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict


@dataclass(frozen=True)
class Panel:
    """A tab on the page of every record for which `applies` holds.

    `context(record, user)` reads through queries; `right` is an action of the record's own register ("view").
    `by_query(record, user, query)` stands in its place where the panel asks something in the address (a day).
    """

    name: str
    label: Any
    template: str
    context: Callable[[Any, Any], dict[str, Any]] = lambda record, user: {}
    icon: str = ""
    right: str = "view"
    order: int = 100
    applies: Callable[[Any], bool] = lambda record: True
    post: Callable[[Any, Any, Any], str] | None = None  # post(record, request, user) -> message
    by_query: Callable[[Any, Any, QueryDict], dict[str, Any]] | None = None

    def filled(self, record: Any, user: Any, query: QueryDict) -> dict[str, Any]:
        return self.by_query(record, user, query) if self.by_query else self.context(record, user)


panels: dict[str, Panel] = {}
timelines: list[Callable[[Any, Any], list[dict[str, Any]]]] = []


def add_panel(panel: Panel) -> None:
    panels[panel.name] = panel


def add_timeline(source: Callable[[Any, Any], list[dict[str, Any]]]) -> None:
    """`source(record, user)` gives items {at, who, title, body, icon, url} for the right-hand column."""
    timelines.append(source)


def panels_of(record: Any) -> list[Panel]:
    return sorted((panel for panel in panels.values() if panel.applies(record)), key=lambda panel: panel.order)


def timeline_of(record: Any, user: Any, count: int = 12) -> list[dict[str, Any]]:
    items = [item for source in timelines for item in source(record, user)]
    return sorted(items, key=lambda item: item["at"], reverse=True)[:count]
