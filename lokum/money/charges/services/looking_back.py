"""Every night: posted months that changes recorded since touch, compared; what differs is proposed once (REG-05).

A proposal is a `CorrectionRun` in the state "compared": it changes nothing until a person asks for the approval and
another one gives it. While a person's correction of the entity waits for that approval, its months are not proposed
a second time: the look is put off to the night after the decision.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.outbox.services import publish
from lokum.money.charges.models import CorrectionRun
from lokum.money.charges.services.correcting import MOST_MONTHS, compare_months, drop_correction
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import posting

EVENT = "charges.corrections_proposed"
State = CorrectionRun.State

# First and last posted month, and the first day that a change counts from which was recorded since a moment (or since
# the first posting, before which nothing was charged).
TOUCHED = """
WITH posted AS (
  SELECT min(period) AS first, max(period) AS last, (max(period) + interval '1 month')::date AS ends,
         greatest(min(posted_at), %(since)s::timestamptz) AS since
  FROM charges_chargerun WHERE entity_id = %(entity)s AND kind = 'month' AND state = 'posted'
)
SELECT p.first, p.last, (SELECT min(day) FROM (
  SELECT f.effective_from AS day FROM estates_factchange f
  WHERE f.recorded_at > p.since AND f.effective_from < p.ends
    AND EXISTS (SELECT FROM occupancy_agreement g WHERE g.premises_id = f.premises_id AND g.entity_id = %(entity)s)
  UNION ALL
  SELECT coalesce(lower(t.valid), p.first) FROM charges_tariff t JOIN charges_component c ON c.id = t.component_id
  WHERE c.entity_id = %(entity)s AND t.state = 'approved' AND t.approved_at > p.since
    AND coalesce(lower(t.valid) < p.ends, true)
) changes)
FROM posted p
"""


@dataclass(frozen=True)
class Look:
    """What a night found. seen_until: from where the next night goes on (None: as before); waits: for a decision."""

    proposal: CorrectionRun | None
    seen_until: dt.datetime | None
    waits: bool = False
    older: bool = False  # months before the last 36 are left to a person


class _NothingNew(Exception):
    """Takes a comparison back that says nothing that was not proposed before. nothing: nothing differs at all."""

    def __init__(self, nothing: bool) -> None:
        super().__init__()
        self.nothing = nothing


def look_back(
    entity_id: int,
    seen_until: dt.datetime | None,
    *,
    actor: Actor,
    progress: Callable[[int, int, Any], None] = lambda done, total, step: None,
) -> Look:
    """Compare the months that changes since `seen_until` touch (None: all changes) and propose what differs.

    The same differences are proposed once, also when somebody dropped them; a proposal of an earlier night that nobody
    asked approval for is replaced by one that holds both.
    """
    with posting(actor) as whole:
        began = clock.now()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('charges.look_back', %s))", [entity_id])
            cursor.execute(TOUCHED, {"entity": entity_id, "since": seen_until})
            first, last, day = cursor.fetchone()
        if last is None or day is None:
            return Look(None, began)
        rows = CorrectionRun.objects.filter(entity_id=entity_id)
        if rows.filter(state=State.REQUESTED).exists():
            return Look(None, seen_until, waits=True)
        former = list(rows.filter(by_night=True, state=State.COMPARED).order_by("pk"))
        wanted = max(min([clock.first_of_month(day), *(one.since for one in former)]), first)
        since = max(wanted, clock.add_months(last, 1 - MOST_MONTHS))
        try:
            with transaction.atomic(), translation.override(_language_of(entity_id)):
                proposal = _propose(entity_id, since, last, seen_until, whole, progress)
                for one in former:
                    drop_correction(one.pk, actor=whole)
        except _NothingNew as found:
            for one in former if found.nothing else ():  # what was to be corrected was taken back
                drop_correction(one.pk, actor=whole)
            return Look(None, began, older=since > wanted)
        return Look(proposal, began, older=since > wanted)


def _language_of(entity_id: int) -> str:
    """The language that most payers of an entity are written to in: nobody asked for the comparison in an own one."""
    rows = Account.objects.filter(entity_id=entity_id).exclude(payer__language="").values_list("payer__language")
    found = rows.annotate(count=Count("pk")).order_by("-count", "payer__language").first()
    return str(found[0]) if found is not None else translation.get_language() or "en"


def _propose(
    entity_id: int, since: dt.date, until: dt.date, seen_until: dt.datetime | None, actor: Actor,
    progress: Callable[[int, int, Any], None],
) -> CorrectionRun:  # fmt: skip
    reason = _("Changes recorded back in time")
    if seen_until is not None:
        reason = _("Changes recorded since %(day)s") % {"day": date_format(seen_until, "SHORT_DATE_FORMAT")}
    run = compare_months(entity_id, since, until, reason, actor=actor, progress=progress)
    known = CorrectionRun.objects.filter(entity_id=entity_id, by_night=True, digest=run.digest).exclude(pk=run.pk)
    if not run.line_count or known.exists():
        raise _NothingNew(nothing=not run.line_count)
    run.by_night = True
    run.save(update_fields=["by_night"])
    payload = {
        "entity": run.entity.code, "run": run.pk, "documents": run.document_count, "total": str(run.total_amount),
        "currency": run.entity.currency, "since": since.isoformat(), "until": until.isoformat(),
    }  # fmt: skip
    publish(EVENT, payload, dedupe_key=f"{EVENT}:{entity_id}:{run.digest}")
    return run
