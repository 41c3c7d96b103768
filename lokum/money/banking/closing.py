"""What the bank's side finds open in a month before it is closed: lines of the bank that are not in the books."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import ngettext

from lokum.core.base import clock
from lokum.core.base.languages import worded
from lokum.money.banking.models import BankEntry
from lokum.money.ledger.seams import OpenPoint


def open_bank_lines(entity_id: int, month: dt.date) -> Sequence[OpenPoint]:
    """Statements read but not posted stand against closing; outgoing lines nobody booked ask for a reason."""
    waiting = BankEntry.objects.filter(
        statement__bank_account__entity_id=entity_id,
        booked_on__range=(month, clock.last_of_month(month)),
        state__in=(BankEntry.State.NEW, BankEntry.State.OUTGOING),
    )
    counts = dict(waiting.order_by().values_list("state").annotate(Count("pk")))
    address = reverse("desk:list", args=["banking", "bankentry"]) + f"?booked_on_from={month}"
    found = []
    if new := counts.get(BankEntry.State.NEW, 0):
        found.append(OpenPoint(_unposted(new), blocking=True, url=f"{address}&state=new"))
    if outgoing := counts.get(BankEntry.State.OUTGOING, 0):
        found.append(OpenPoint(_unbooked(outgoing), url=f"{address}&state=outgoing"))
    return found


def _unposted(count: int) -> str:
    return worded(
        lambda: (
            ngettext(
                "%(count)d bank entry waits to be posted with its statement",
                "%(count)d bank entries wait to be posted with their statements",
                count,
            )
            % {"count": count}
        )
    )


def _unbooked(count: int) -> str:
    return worded(
        lambda: (
            ngettext(
                "%(count)d outgoing bank entry is not booked",
                "%(count)d outgoing bank entries are not booked",
                count,
            )
            % {"count": count}
        )
    )
