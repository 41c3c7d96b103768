"""Rate tables of the register as plain values, limits applied; also as they were known at a past moment."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from django.db.models import Q

from lokum.money.interest.calculation import Rates
from lokum.money.interest.models import InterestRate, InterestRegime


def rates_of(regime_ids: Collection[int] | None = None, known_at: dt.datetime | None = None) -> dict[int, Rates]:
    """Effective rates by regime: of all regimes or of some, as known now or at a moment."""
    regimes = {one.pk: one for one in InterestRegime.objects.all()}
    rows = InterestRate.objects.order_by("regime_id", "valid_from", "pk")
    if known_at is None:
        rows = rows.filter(withdrawn_at__isnull=True)
    else:
        rows = rows.filter(recorded_at__lte=known_at).filter(
            Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=known_at)
        )
    steps: dict[int, dict[dt.date, Decimal]] = defaultdict(dict)
    for regime_id, valid_from, rate in rows.values_list("regime_id", "valid_from", "rate"):
        steps[regime_id][valid_from] = rate
    own = {pk: Rates(tuple(steps[pk].items()), one.divisor) for pk, one in regimes.items()}
    found = {}
    for pk, one in regimes.items():
        if regime_ids is not None and pk not in regime_ids:
            continue
        limited = own[pk]
        if one.limit_id is not None and own[one.limit_id].divisor == one.divisor:
            limited = limited.limited_by(own[one.limit_id], one.limit_factor)
        found[pk] = limited
    return found
