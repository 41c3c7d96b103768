"""The menu: registers by section, and entries of pages that belong to no register."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from lokum.core.base import policy
from lokum.core.desk import switches
from lokum.core.desk.desk import SECTIONS, function_of, registry
from lokum.core.desk.sections import LABELS


@dataclass(frozen=True)
class Entry:
    section: str
    label: Any
    url_name: str
    right: str
    icon: str
    order: int
    function: str = ""


_entries: list[Entry] = []


def add_entry(
    section: str, label: Any, url_name: str, right: str, icon: str = "list", order: int = 100, function: str = ""
) -> None:
    """Add a page to the menu (call it in AppConfig.ready)."""
    if section not in SECTIONS:
        raise ValueError(f"no section {section!r}")
    entry = Entry(section, label, url_name, right, icon, order, function)
    if entry.url_name not in {known.url_name for known in _entries}:
        _entries.append(entry)


def entries() -> tuple[Entry, ...]:
    return tuple(_entries)


def _shown(user: Any) -> list[tuple[str, int, str, str]]:
    """(section, order, label, url) of everything the user may open."""
    found = [
        (desk.section, desk.order, desk.title, desk.path("list"))
        for desk in registry
        if desk.menu and policy.may(user, desk.right("view")) and switches.is_on(user, desk.module)
    ]
    for entry in _entries:
        on = switches.is_on(user, entry.function or function_of(entry.right))
        if on and (not entry.right or policy.may(user, entry.right)):
            try:
                found.append((entry.section, entry.order, str(entry.label), reverse(entry.url_name)))
            except NoReverseMatch:
                continue  # the page belongs to an app that is not in this installation
    return found


def way_to(user: Any, target: str) -> dict[str, str] | None:
    """Label and address of a register ("charges.chargerun") or of a page of the menu ("app:page") the user may open."""
    desk = registry.desks.get(target)
    if desk is not None:
        if not policy.may(user, desk.right("view")) or not switches.is_on(user, desk.module):
            return None
        return {"label": str(desk.title), "url": desk.path("list")}
    for entry in _entries:
        if entry.url_name == target and (not entry.right or policy.may(user, entry.right)):
            return {"label": str(entry.label), "url": reverse(target)}
    return None


def menu_of(user: Any, path: str) -> list[dict[str, Any]]:
    """Sections with the entries this user may open; the entry of the current page is marked."""
    by_section: dict[str, list[tuple[int, str, str]]] = {}
    for section, order, label, url in _shown(user):
        by_section.setdefault(section, []).append((order, label, url))
    urls = [url for items in by_section.values() for _, _, url in items if path.startswith(url)]
    active = max(urls, key=len, default="")
    return [
        {
            "label": LABELS[section][0],
            "icon": LABELS[section][1],
            "items": [{"label": label, "url": url, "active": url == active} for _, label, url in sorted(items)],
        }
        for section in SECTIONS
        if (items := by_section.get(section))
    ]
