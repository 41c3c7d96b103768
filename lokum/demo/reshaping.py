"""One flat that is divided and two that become one, from the coming month on: made through the services."""

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils import translation

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account
from lokum.property.estates.models import Premises
from lokum.property.estates.services import values_on
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, Title
from lokum.property.reshaping.models import Reshaping
from lokum.property.reshaping.services import (
    Planned,
    carry_out,
    discard,
    set_results,
    set_title,
    start_merge,
    start_split,
)

WHOLE = ("persons", "rooms", "water_meters", "sockets")  # counted in ones


def reshape_premises(cooperative: Entity, community: Entity, today: dt.date, *, actor: Actor) -> None:
    """The last flat of the community is divided; of two neighbours in the cooperative one bought the other's flat."""
    day = clock.add_months(clock.first_of_month(today), 1)
    with translation.override("pl"):
        next((act for flat in _flats(community) if (act := _split(flat, day, actor))), None)
        pairs = list(_flats(cooperative))
        for one, other in zip(pairs[1:], pairs, strict=False):
            if one.building_id == other.building_id and _merge(one, other, day, actor):
                break


def _flats(entity: Entity) -> Iterator[Premises]:
    """Flats of owners without a sign-in of their own, from the end of the register."""
    accounts = Account.objects.filter(
        entity=entity, agreement__valid__endswith=None, agreement__premises__kind="dwelling",
        agreement__title__kind__in=EXCLUSIVE_KINDS, payer__user=None,
    )  # fmt: skip
    for account in accounts.select_related("agreement__premises__building").order_by("-pk")[:20]:
        if account.agreement.premises is not None:
            yield account.agreement.premises


def _split(flat: Premises, day: dt.date, actor: Actor) -> Reshaping | None:
    facts, shares = values_on(flat, day)
    part = {kind: _part(kind, value) for kind, value in facts.items() if kind != "coefficient"}
    portions = {}
    for kind, (top, bottom) in shares.items():
        portion = Fraction(round(top * 3 / 5), bottom)
        portions[kind] = (portion.numerator, portion.denominator)
    act = start_split(flat.pk, day, actor=actor, document="Akt notarialny Rep. A 4417/2026")
    try:
        set_results(
            act.pk, [Planned(f"{flat.number}A", facts=part, shares=portions), Planned(f"{flat.number}B")], actor=actor
        )
        carry_out(act.pk, actor=actor)
    except Refusal:
        discard(act.pk, actor=actor)
        return None
    return act


def _part(kind: str, value: Decimal) -> Decimal:
    """Three fifths, in whole ones or hundredths."""
    step = Decimal(1) if kind in WHOLE else Decimal("0.01")
    return (value * 3 / 5).quantize(step, rounding=ROUND_HALF_UP)


def _merge(one: Premises, other: Premises, day: dt.date, actor: Actor) -> Reshaping | None:
    act = start_merge([one.pk, other.pk], day, actor=actor, document="Akt notarialny Rep. A 5120/2026")
    title = Title.objects.filter(premises=one, kind__in=EXCLUSIVE_KINDS, valid__contains=day).first()
    try:
        if title is None:
            raise Refusal("demo.no_title", "nobody owns it")
        holders = [(row.party, row.numerator, row.denominator) for row in title.holders.select_related("party")]
        set_results(act.pk, [Planned(f"{one.number}-{other.number}")], actor=actor)
        set_title(act.pk, holders, kind=title.kind, member=title.member, actor=actor)
        carry_out(act.pk, actor=actor)
    except Refusal:
        discard(act.pk, actor=actor)
        return None
    return act
