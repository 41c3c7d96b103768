"""Valid defaults for splits and merges. Nothing is random."""

import datetime as dt
from typing import Any

from lokum.property.estates.factories import make_premises
from lokum.property.parties.factories import make_party
from lokum.property.reshaping.models import FormerPremises, NewPremises, NewTitleHolder, Reshaping


def make_reshaping(**over: Any) -> Reshaping:
    """A split in preparation, without new premises yet."""
    values: dict[str, Any] = {
        "kind": Reshaping.Kind.SPLIT,
        "effective_on": dt.date(2026, 4, 1),
        "document": "deed 4/2026",
        "prepared_at": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    } | over
    if "premises" not in values:
        values["premises"] = make_premises()
    return Reshaping.objects.create(**values)


def make_former_premises(**over: Any) -> FormerPremises:
    values = {"position": 1} | over
    if "act" not in values:
        values["act"] = make_reshaping()
    values.setdefault("premises", values["act"].premises)
    return FormerPremises.objects.create(**values)


def make_new_premises(**over: Any) -> NewPremises:
    values = {"position": 1, "number": "12A", "kind": "dwelling"} | over
    if "act" not in values:
        values["act"] = make_reshaping()
    return NewPremises.objects.create(**values)


def make_new_title_holder(**over: Any) -> NewTitleHolder:
    values = {"numerator": 1, "denominator": 1} | over
    if "act" not in values:
        values["act"] = make_reshaping()
    if "party" not in values:
        values["party"] = make_party()
    return NewTitleHolder.objects.create(**values)
