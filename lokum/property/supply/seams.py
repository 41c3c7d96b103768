"""Where upper layers take part in supply points."""

from typing import Any

point_actions: list[Any] = []  # lokum.core.desk.desk.Action: what upper layers do with supply points


def add_point_action(action: Any) -> None:
    """Add a button to supply points or, `collection`, to their register."""
    if action.name not in {known.name for known in point_actions}:
        point_actions.append(action)
