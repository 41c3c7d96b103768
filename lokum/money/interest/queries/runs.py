"""What the page of an interest run shows."""

from decimal import Decimal
from typing import Any

from django.db import connection
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

PAYERS = """
SELECT a.id, lokum_listed(y.first_name, y.last_name), coalesce(m.code, '')
FROM ledger_account a
JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises m ON m.id = g.premises_id
WHERE a.id = ANY(%(accounts)s)
"""


def run_figures(run: InterestRun, user: Any) -> dict[str, Any]:
    """Steps, totals and the largest differences with their causes."""
    month = clock.first_of_month(run.through_on)
    closed = Period.objects.filter(entity=run.entity, starts_on=month, closed_at__isnull=False).exists()
    shown = run.figures.get("changes", [])
    payers = _payers([one["account"] for one in shown])
    changes = [
        {"payer": "—", "premises": ""}
        | one
        | payers.get(one["account"], {})
        | {name: Decimal(one[name]) for name in ("before", "after", "difference")}
        | {"label": CAUSES.get(one["cause"], one["cause"])}
        for one in shown
    ]
    return {
        "run": run,
        "steps": _steps(run, closed),
        "closed": closed,
        "changes": changes,
        "currency": run.entity.currency,
    }


def _payers(account_ids: list[int]) -> dict[int, dict[str, str]]:
    """Payer and premises of each account, as far as the reader may see them."""
    with connection.cursor() as cursor:
        cursor.execute(PAYERS, {"accounts": account_ids})
        return {account: {"payer": payer, "premises": premises} for account, payer, premises in cursor.fetchall()}


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
