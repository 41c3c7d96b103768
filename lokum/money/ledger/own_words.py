"""Own fields of the premises, the payer and the agreement as variables of letters (PLT-27): {premises.heating}."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lokum.core.base.models import OwnFields
from lokum.core.desk.own_fields import OwnField, own_fields
from lokum.core.papers.rendering import texts
from lokum.money.ledger.addressees import Addressee
from lokum.property.estates.models import Premises
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.models import Party

REGISTERS: dict[str, type[OwnFields]] = {"premises": Premises, "payer": Party, "agreement": Agreement}


def own_variables() -> dict[str, str]:
    """Every variable there is now, with what it stands for."""
    return {
        f"{place}.{one.code}": f"{model._meta.verbose_name}: {one.label}"
        for place, model in REGISTERS.items()
        for one in own_fields(model)
    }


def own_values(one: Addressee) -> dict[str, str]:
    """The values of today, written in the language of the addressee; "" where nothing is kept."""
    kept = {"premises": one.own_premises, "payer": one.own_payer, "agreement": one.own_agreement}
    found = {}
    for place, model in REGISTERS.items():
        fields = own_fields(model)
        values: Mapping[str, Any] = json.loads(kept[place]) if fields else {}
        for field in fields:
            found[f"{place}.{field.code}"] = _text(field, values.get(field.code), one)
    return found


def _text(field: OwnField, stored: Any, one: Addressee) -> str:
    value = field.read(stored)
    if isinstance(value, dt.date):
        return texts.day(value, one.language)
    if isinstance(value, Decimal):
        money = field.type == "money"
        return texts.amount(value, one.language, one.currency) if money else texts.quantity(value, one.language)
    return "" if value is None else str(value)
