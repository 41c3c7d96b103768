"""Value added tax of a component on a day, and the words for it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import Component, VatRate
from lokum.money.charges.seams import published_vat_rates

UNTAXED = (Component.VatKind.EXEMPT.value, Component.VatKind.OUTSIDE.value)


def vat_percent(component: Component, day: dt.date) -> Decimal | None:
    """The per cent that a component is taxed by on a day; None where no rate holds yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT charges_vat_percent(%s, %s, %s)", [component.entity_id, component.vat_kind, day])
        found: Decimal | None = cursor.fetchone()[0]
        return found


def vat_text(line: Mapping[str, Any]) -> str:
    """ "23 %" or the word for no tax, of the data of a document's line (older ones name the per cent as kind)."""
    return rate_text(rate_of(line))


def rate_of(line: Mapping[str, Any]) -> str:
    """ "exempt", "outside" or the per cent ("23") of the data of a line: what registers of tax are summed by."""
    kind = str(line["vat_kind"])
    return kind if kind in UNTAXED else str(line.get("vat_percent") or kind)


def rate_text(rate: str) -> str:
    """Words for what `rate_of` says, in the active language."""
    return str(Component.VatKind(rate).label) if rate in UNTAXED else f"{rate} %"


def check_packs(rates: Sequence[VatRate]) -> None:
    """A rate of a country that no entity and no pack knows would never be used."""
    known = {pack for pack, _rate in published_vat_rates()}
    known |= set(Entity.objects.values_list("country_pack", flat=True))
    for one in rates:
        if one.country_pack not in known:
            text = _("There is no country pack %(code)s; known are: %(known)s.") % {
                "code": one.country_pack, "known": ", ".join(sorted(known)),
            }  # fmt: skip
            raise Refusal("vat_rate.pack", text, fields={"country_pack": [text]})


def load_vat_rates(*, actor: Actor) -> int:
    """Add the published rates that the register lacks; returns how many. Nothing existing is changed."""
    with acting(actor):
        known = set(VatRate.objects.values_list("country_pack", "kind", "valid_from"))
        new = [
            VatRate(country_pack=pack, kind=one.kind, valid_from=one.valid_from, percent=one.percent, act=one.act)
            for pack, one in published_vat_rates()
            if (pack, one.kind, one.valid_from) not in known
        ]
        VatRate.objects.bulk_create(new)
        return len(new)
