"""What the page of an interest run shows."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.money.interest.models import InterestRun
from lokum.money.ledger.models import Period

CAUSES = {
    "new": _("debt is late"),
    "longer": _("debt is still open"),
    "shorter": _("money was matched later"),
    "both": _("some debts longer, some shorter"),
}


def run_figures(run: InterestRun, user: Any) -> dict[str, Any]:
    """Steps, totals and the largest differences with their causes."""
    month = clock.first_of_month(run.through_on)
    closed = Period.objects.filter(entity=run.entity, starts_on=month, closed_at__isnull=False).exists()
    changes = [
        one
        | {name: Decimal(one[name]) for name in ("before", "after", "difference")}
        | {"label": CAUSES.get(one["cause"], one["cause"])}
        for one in run.figures.get("changes", [])
    ]
    return {
        "run": run,
        "steps": _steps(run, closed),
        "closed": closed,
        "changes": changes,
        "currency": run.entity.currency,
    }


def _steps(run: InterestRun, closed: bool) -> list[dict[str, Any]]:
    computed, posted = bool(run.fingerprint), run.state == InterestRun.State.POSTED
    failed = run.state in (InterestRun.State.UNDONE, InterestRun.State.DROPPED)
    done = [computed, closed or posted, posted]
    labels = [_("Computed"), _("Month closed"), _("Posted")]
    steps = []
    current = False
    for label, is_done in zip(labels, done, strict=True):
        state = "done" if is_done else "todo" if current or failed else "current"
        current = current or state == "current"
        steps.append({"label": label, "state": state})
    if failed:
        steps[-1] = {"label": run.get_state_display(), "state": "failed"}
    return steps
