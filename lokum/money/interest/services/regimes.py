"""Bringing published rates into the register, and taking a wrong one out of it."""

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.money.interest.models import InterestRate, InterestRegime
from lokum.money.interest.seams import PublishedRegime, published_regimes


def load_regimes(*, actor: Actor) -> int:
    """Add what the country packs publish and the register lacks; returns how many rates were new.

    Nothing existing is changed: names, own rates and withdrawn rates stay as people left them.
    """
    with acting(actor):
        published = published_regimes()
        for one in published:
            _ensure(one)
        regimes = {one.code: one for one in InterestRegime.objects.all()}
        for one in published:
            if one.limit and regimes[one.code].limit_id is None and one.limit in regimes:
                InterestRegime.objects.filter(pk=regimes[one.code].pk).update(limit=regimes[one.limit])
        known = set(InterestRate.objects.values_list("regime__code", "valid_from"))
        new = [
            InterestRate(regime=regimes[one.code], valid_from=rate.valid_from, rate=rate.rate, act=rate.act)
            for one in published
            for rate in one.rates
            if (one.code, rate.valid_from) not in known
        ]
        InterestRate.objects.bulk_create(new)
        return len(new)


def _ensure(one: PublishedRegime) -> None:
    InterestRegime.objects.get_or_create(
        code=one.code,
        defaults={
            "name": one.name,
            "name_pl": one.names.get("pl", ""),
            "name_zh_hant": one.names.get("zh-hant", ""),
            "name_zh_hans": one.names.get("zh-hans", ""),
            "kind": one.kind,
            "unit": one.unit,
            "country": one.country,
            "basis": one.basis,
        },
    )


def withdraw_rate(pk: int, reason: str, *, actor: Actor) -> InterestRate:
    """Take a rate out of use; it stays visible. The days it covered go back to the rate before it."""
    with acting(actor), transaction.atomic():
        rate = InterestRate.objects.select_for_update().filter(pk=pk).first()
        if rate is None:
            raise Missing("interest_rate.missing", _("There is no such rate."))
        if rate.withdrawn_at is not None:
            raise Refusal("interest_rate.withdrawn", _("This rate was withdrawn already."), status=409)
        rate.withdrawn_at, rate.withdrawn_reason = clock.now(), reason[:250]
        rate.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        note(rate, "withdrawn", actor=actor, reason=reason)
        return rate
