"""Announcing debts near limitation every morning."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.jobs.registry import RunningJob, every_day, job_kind
from lokum.core.outbox.services import publish
from lokum.money.arrears.proof import totals


def _page(result: dict[str, Any]) -> str:
    return reverse("reports:report", args=["open_items"]) + "?limited=1"


@job_kind("arrears.limitation", title=_("Looking for debts near limitation"), result_url=_page)
def look_for_limitation(job: RunningJob) -> dict[str, Any]:
    """Sum of debts whose limitation is near or over, by currency; goes out as the event "arrears.limitation"."""
    today = clock.today()
    found = {code: str(amount) for code, amount in totals("open_items", "open_amount", on=today, limited=True).items()}
    if found:
        publish(
            "arrears.limitation", {"on": today.isoformat(), "amounts": found}, dedupe_key=f"arrears.limitation:{today}"
        )
    return {"amounts": found}


every_day("arrears.limitation", "05:10")
