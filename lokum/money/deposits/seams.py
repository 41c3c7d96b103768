"""Which kinds of deposits are usual in a country."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class UsualKind:
    """A kind of deposit as a country pack describes it; `names`: en, pl, zh_hant, zh_hans."""

    code: str
    name: str
    purpose: str  # DepositKind.Purpose
    names: Mapping[str, str] = field(default_factory=dict)
    max_months: Decimal | None = None
    return_months: int | None = None
    valorised: bool = False
    basis: str = ""


_kinds: dict[str, Sequence[UsualKind]] = {}


def register_usual_kinds(pack: str, kinds: Sequence[UsualKind]) -> None:
    _kinds[pack] = kinds


def usual_kinds(pack: str) -> Sequence[UsualKind]:
    return _kinds.get(pack, ())
