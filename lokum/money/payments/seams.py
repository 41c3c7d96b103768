"""What country packs tell about virtual account numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NumberLayout:
    """How a pool's numbers are built.

    sql: expression over `p.sort_code`, `p.mask` and `i.identifier` that gives the whole number with check digits;
    body_length: digits shared by mask and identifier (what the mask leaves is the pool's capacity).
    """

    sql: str
    body_length: int


_layouts: dict[str, NumberLayout] = {}


def register_number_layout(pack: str, layout: NumberLayout) -> None:
    _layouts[pack] = layout


def number_layout(pack: str) -> NumberLayout:
    """The layout of a country pack; KeyError where the country has no virtual accounts."""
    return _layouts[pack]
