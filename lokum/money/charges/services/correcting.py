"""Back-dated truth: posted months compared with what is known now, and linked corrections after approval.

A change back in time never rewrites what was charged. `compare_months` lists every posted notice that would read
otherwise today, with the causes; `request_correction` asks a second person; the approval posts one correction per
notice. A second comparison afterwards finds nothing.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, register_kind
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.flow.services import request_approval
from lokum.core.organisation.models import Entity
from lokum.core.organisation.queries import issuer_of
from lokum.core.papers.services import ensure_series, number_parts, series_period, take_numbers
from lokum.money.charges import correcting, issuing
from lokum.money.charges.computing import price_month
from lokum.money.charges.models import CorrectionRun, Notice
from lokum.money.charges.parts import UNITS
from lokum.money.charges.services.posting import lock_charging
from lokum.money.charges.splitting import split_priced
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.services import post_staged_corrections, posting, stage_corrections
from lokum.property.estates.models import FACT_UNITS

PATTERN = "K/{year}/{month}/{serial:05}"
KIND = "charges.correction"
MOST_MONTHS = 36
Progress = Callable[[int, int, Any], None]


def compare_months(
    entity_id: int,
    since: dt.date,
    until: dt.date,
    reason: str,
    *,
    actor: Actor,
    premises_id: int | None = None,
    progress: Progress = lambda done, total, step: None,
) -> CorrectionRun:
    """Compare the posted months of an entity (or of one of its premises) with what they would be now; posts nothing.

    since, until: any day of the first and of the last month, at most 36. Raises Refusal or Missing.
    """
    first, last = clock.first_of_month(since), clock.first_of_month(until)
    if not reason.strip():
        text = _("Say why the months are compared.")
        raise Refusal("correction.reason", text, fields={"reason": [text]})
    if first > last or clock.add_months(first, MOST_MONTHS) <= last:
        text = _("Choose from one to %(count)d months.") % {"count": MOST_MONTHS}
        raise Refusal("correction.months", text, fields={"until": [text]})
    with posting(actor) as whole:
        if not Entity.objects.filter(pk=entity_id).exists():
            raise Missing("correction.no_entity", _("There is no such entity."))
        run = CorrectionRun.objects.create(
            entity_id=entity_id,
            since=first,
            until=last,
            premises_id=premises_id,
            reason=reason.strip()[:250],
            created_at=clock.now(),
            created_by_id=whole.user_id,
        )
        _compare(run, progress)
        run.save()
        note(run, "compared", actor=whole, documents=run.document_count, total=str(run.total_amount))
        return run


def _compare(run: CorrectionRun, progress: Progress = lambda done, total, step: None) -> None:
    """Fill the lines and figures of a run anew."""
    run.lines.all()._raw_delete(run.lines.db)
    months = _posted_months(run)
    premises = None if run.premises_id is None else [run.premises_id]
    values: dict[str, Any] = {
        "run": run.pk, "entity": run.entity_id, "premises": premises, "units": json.dumps(UNITS),
        "kinds": list(FACT_UNITS),
    }  # fmt: skip
    with connection.cursor() as cursor:
        for number, month in enumerate(months):
            progress(number, len(months), f"{month:%Y-%m}")
            price_month(cursor, run.entity_id, month, premises)
            split_priced(cursor, values | {"day": month})
            cursor.execute("ANALYZE charge_priced")
            cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
            cursor.execute(correcting.COMPARE, values | {"day": month})
            cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
        cursor.execute(correcting.CAUSES, values)
        cursor.execute(correcting.FIGURES, values)
        run.line_count, run.document_count, run.problem_count, run.total_amount, run.digest = cursor.fetchone()
    progress(len(months), len(months), "")


def _posted_months(run: CorrectionRun) -> list[dt.date]:
    rows = Notice.objects.filter(account__entity_id=run.entity_id, period__range=(run.since, run.until))
    return sorted(set(rows.order_by().values_list("period", flat=True).distinct()))


def _locked(run_id: int, *states: str) -> CorrectionRun:
    run = CorrectionRun.objects.select_for_update(of=("self",)).select_related("entity").filter(pk=run_id).first()
    if run is None:
        raise Missing("correction.missing", _("There is no such correction."))
    if run.state not in states:
        text = _("The correction is %(state)s; this step is not possible now.") % {"state": run.get_state_display()}
        raise Refusal("correction.state", text, status=409)
    return run


def request_correction(run_id: int, *, actor: Actor) -> CorrectionRun:
    """Ask a second person to approve the corrections of a comparison. Raises Refusal when nothing differs."""
    with posting(actor) as whole:
        run = _locked(run_id, CorrectionRun.State.COMPARED)
        if not run.line_count:
            raise Refusal("correction.empty", _("Nothing differs from what was posted."))
        run.state = CorrectionRun.State.REQUESTED
        run.save()
        payload = {
            "documents": run.document_count, "lines": run.line_count, "total": str(run.total_amount),
            "currency": run.entity.currency, "digest": run.digest,
        }  # fmt: skip
        request_approval(
            KIND, target=run, payload=payload, reason=run.reason, actor=whole, node_id=run.entity.node_id,
            amount=abs(run.total_amount), currency=run.entity.currency,
        )  # fmt: skip
        note(run, "requested", actor=whole)
        return run


def drop_correction(run_id: int, *, actor: Actor) -> CorrectionRun:
    """Throw a comparison away; nothing was posted. An open request for it can no longer be carried out."""
    with posting(actor) as whole:
        run = _locked(run_id, CorrectionRun.State.COMPARED, CorrectionRun.State.REQUESTED)
        run.lines.all()._raw_delete(run.lines.db)
        run.state = CorrectionRun.State.DROPPED
        run.save()
        note(run, "dropped", actor=whole)
        return run


def post_correction(run_id: int, *, actor: Actor, issued_on: dt.date | None = None) -> CorrectionRun:
    """Post the corrections of an approved comparison: one linked entry, document and explanation per notice.

    The months are compared again first; another result refuses the posting (`correction.stale`). Unpaid notices are
    covered by their correction, paid ones leave a credit or a supplement. Called by the approval.
    """
    with posting(actor) as whole:
        run = _locked(run_id, CorrectionRun.State.REQUESTED)
        lock_charging(run.entity_id)
        asked = run.digest
        _compare(run)
        if run.digest != asked:
            text = _("Data have changed since the months were compared. Compare them again.")
            raise Refusal("correction.stale", text, status=409)
        day = issued_on or clock.today(run.entity.time_zone)
        _post(run, day, whole)
        run.state, run.posted_at, run.posted_by_id = CorrectionRun.State.POSTED, clock.now(), whole.user_id
        run.save()
        note(run, "posted", actor=whole, documents=run.document_count, total=str(run.total_amount))
        return run


def _post(run: CorrectionRun, day: dt.date, actor: Actor) -> None:
    vat = LedgerAccount.objects.get(entity_id=run.entity_id, purpose="vat").pk
    values: dict[str, Any] = {"run": run.pk, "entity": run.entity_id, "vat": vat}
    with connection.cursor() as cursor:
        stage_corrections()
        cursor.execute(correcting.STAGE, values)
        source = f"charge-correction:{run.pk}"
        run.batch = post_staged_corrections(run.entity_id, run.reason, actor=actor, booked_on=day, source=source)
        if run.batch is None:
            raise Refusal("correction.empty", _("Nothing differs from what was posted."))
        cursor.execute("DROP TABLE IF EXISTS pg_temp.charge_correction_head")
        cursor.execute(correcting.HEADS, {"batch": run.batch.pk})
        series = ensure_series(run.entity_id, "correction", PATTERN)
        parts = number_parts(series, day)
        cursor.execute("SELECT count(*) FROM charge_correction_head")
        count = cursor.fetchone()[0]
        values |= {
            "issued_on": day, "first": take_numbers(series, day, count), "series": series.pk,
            "series_period": series_period(series, day), "prefix": parts.prefix, "width": parts.width,
            "suffix": parts.suffix, "issuer": json.dumps(issuer_of(run.entity, day)), "reason": run.reason,
        }  # fmt: skip
        cursor.execute(correcting.DOCUMENTS, values)
        copies = issuing.COPIES.replace("charge_head", "charge_correction_head")
        cursor.execute(copies, {"issued_on": day, "texts": "{}"})
        cursor.execute(correcting.NOTICES, values)
        cursor.execute(correcting.LINES, values)


def _perform(request: Any, actor: Actor) -> None:
    post_correction(request.target_id, actor=actor)


def _describe(request: Any) -> list[Change]:
    payload = request.payload
    return [
        Change(_("Documents"), "", str(payload["documents"])),
        Change(_("Total difference"), "", f"{payload['total']} {payload['currency']}"),
    ]


def install() -> None:
    """Make the act known to the approvals."""
    register_kind(
        ApprovalKind(
            KIND, gettext_lazy("Correction of posted months"), "charges.correctionrun:approve", _perform, _describe
        )
    )
