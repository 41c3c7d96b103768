"""What the control of forgotten charges says before a month is closed (CHG-06): confirmed by a written reason."""

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import ngettext

from lokum.core.base.languages import worded
from lokum.money.charges.models import Component
from lokum.money.charges.queries.missing import missing_count
from lokum.money.ledger.seams import OpenPoint


def forgotten(entity_id: int, month: dt.date) -> Sequence[OpenPoint]:
    """The number of charges that may be missing in a month, with the list behind it; none where nothing is charged."""
    if not Component.objects.filter(entity_id=entity_id).exists():
        return []
    count = missing_count(entity_id, month)
    if not count:
        return []
    url = f"{reverse('charges:missing')}?entity={entity_id}&month={month.isoformat()}"
    return [OpenPoint(worded(lambda: _words(count)), url=url)]


def _words(count: int) -> str:
    return ngettext("%(count)d charge may be missing", "%(count)d charges may be missing", count) % {"count": count}
