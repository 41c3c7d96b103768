"""What the home page shows: alarms, my to-do and figures of my scope; each app adds its own tiles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lokum.core.base import policy
from lokum.core.desk import switches


@dataclass(frozen=True)
class Tile:
    """`build(user)` gives {"value", "text", "url", "tone"} or None when there is nothing to say."""

    name: str
    label: Any
    build: Callable[[Any], dict[str, Any] | None]
    right: str = ""
    kind: str = "figure"  # alarm, todo or figure
    icon: str = "chart-bar"
    order: int = 100
    function: str = ""


_tiles: dict[str, Tile] = {}


def add_tile(tile: Tile) -> None:
    _tiles[tile.name] = tile


def tiles_of(user: Any) -> dict[str, list[dict[str, Any]]]:
    """Tiles by kind, as far as the user's rights reach and something is true."""
    found: dict[str, list[dict[str, Any]]] = {"alarm": [], "todo": [], "figure": []}
    for tile in sorted(_tiles.values(), key=lambda one: (one.order, one.name)):
        if (tile.right and not policy.may(user, tile.right)) or not switches.is_on(user, tile.function):
            continue
        content = tile.build(user)
        if content is not None:
            found[tile.kind].append({"label": tile.label, "icon": tile.icon, **content})
    return found
