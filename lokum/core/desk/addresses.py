"""The address of a record's page."""

from typing import Any

from lokum.core.desk.desk import registry


def url_of(record: Any) -> str:
    """The page of a record; "" when its register has none."""
    desk = registry.of(record) if record is not None else None
    return desk.address(record) if desk is not None else ""
