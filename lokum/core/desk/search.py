"""One search box over all registers that offer themselves, within the user's scope."""

from dataclasses import dataclass
from typing import Any

from lokum.core.base import policy
from lokum.core.desk import switches
from lokum.core.desk.columns import column
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.filters import apply_search
from lokum.core.desk.hits import Hits
from lokum.core.desk.listing import listing
from lokum.core.desk.records import rows_of

MIN_LENGTH = 2


@dataclass(frozen=True)
class Hit:
    name: str
    url: str
    detail: str


@dataclass(frozen=True)
class Group:
    """Hits of one register; `more_url` opens its list with the same search."""

    label: str
    icon: str
    hits: list[Hit]
    more_url: str


def searched_desks(user: Any) -> list[ModelDesk]:
    return [
        desk
        for desk in sorted(registry, key=lambda one: (one.order, one.label))
        if desk.searchable_globally
        and desk.search
        and policy.may(user, desk.right("view"))
        and switches.is_on(user, desk.module)
    ]


def _detail(desk: ModelDesk, record: Any) -> str:
    names = [name for name in (desk.facts or desk.columns) if name not in desk.cell and name not in desk.masked][:3]
    return " · ".join(text for text in (column(desk, name).text(record) for name in names) if text)


def find_everywhere(user: Any, text: str, count: int = 8) -> list[Group]:
    """Hits by register, at most `count` rows, nothing for less than two characters."""
    text = text.strip()[:200]
    if len(text) < MIN_LENGTH:
        return []
    groups, known = [], Hits()
    for desk in searched_desks(user):
        shown = listing(desk, user, {})
        found = apply_search(desk, rows_of(desk, user), text, user, known)
        rows = list(shown.shown(found).order_by()[: count + 1])
        if rows:
            hits = [Hit(str(row), desk.path("detail", row.pk), _detail(desk, row)) for row in rows[:count]]
            more = f"{desk.path('list')}?q={text}" if len(rows) > count else ""
            groups.append(Group(desk.title, desk.icon, hits, more))
    return groups
