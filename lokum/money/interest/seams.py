"""Which interest regimes country packs bring, with their published rates."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class PublishedRate:
    valid_from: dt.date
    rate: Decimal
    act: str = ""


@dataclass(frozen=True)
class PublishedRegime:
    """A regime as a pack describes it; `names`: pl, zh-hant, zh-hans. `limit`: code of the regime that limits it."""

    code: str
    country: str
    kind: str  # InterestRegime.Kind
    name: str
    names: dict[str, str] = field(default_factory=dict)
    unit: str = "year"  # InterestRegime.Unit
    basis: str = ""
    rates: Sequence[PublishedRate] = ()
    limit: str = ""


_regimes: dict[str, PublishedRegime] = {}


def register_regime(regime: PublishedRegime) -> None:
    _regimes[regime.code] = regime


def published_regimes() -> list[PublishedRegime]:
    return [_regimes[code] for code in sorted(_regimes)]
