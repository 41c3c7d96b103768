"""The interest run of a closed month: computed as a preview, posted, undone as a whole, or dropped."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Entity
from lokum.core.papers.services import void_numbers
from lokum.money.interest.models import InterestPolicy, InterestRun
from lokum.money.interest.services.noting import Noted, accounts_with_credit, book, now_under_locks, stage
from lokum.money.ledger.models import LedgerAccount, Period
from lokum.money.ledger.services import allocate_by_rule, lock_accounts, posting, reverse_entries

Progress = Callable[[int, int, str], None]
SHOWN = 50

# Accounts whose interest the run may touch. They are locked before anything is computed, so what is computed holds.
ACCOUNTS = """
SELECT a.id FROM ledger_account a
WHERE a.entity_id = %(entity)s AND EXISTS (SELECT FROM ledger_openitem o WHERE o.account_id = a.id AND o.side = 'debit')
ORDER BY a.id
"""

# Rows the posting would book, and what stays below the smallest amount; the fingerprint is of what would be booked.
FIGURES = """
WITH sums AS (
  SELECT account_id, sum(difference) FILTER (WHERE difference > 0) AS charged,
         coalesce(sum(-difference) FILTER (WHERE difference < 0), 0) AS back,
         coalesce(sum(difference) FILTER (WHERE difference > 0) >= max(minimum) FILTER (WHERE difference > 0), false)
           AS large,
         count(*) FILTER (WHERE difference > 0) AS lines
  FROM interest_due GROUP BY account_id
)
SELECT count(*) FILTER (WHERE large), coalesce(sum(lines) FILTER (WHERE large), 0),
       coalesce(sum(charged) FILTER (WHERE large), 0), count(*) FILTER (WHERE back > 0), coalesce(sum(back), 0),
       count(*) FILTER (WHERE NOT large AND charged > 0), coalesce(sum(charged) FILTER (WHERE NOT large), 0),
       (SELECT count(*) || ':' ||
               coalesce(sum(hashtextextended(ROW(d.debt_id, d.through_on, d.difference)::text, 0)), 0)
        FROM interest_due d JOIN sums s ON s.account_id = d.account_id WHERE d.difference < 0 OR s.large)
FROM sums
"""
CHANGES = """
SELECT d.account_id, a.code, lokum_listed(y.first_name, y.last_name), coalesce(m.code, ''),
       sum(d.booked), sum(greatest(d.computed - d.waived, 0)), sum(d.difference),
       CASE WHEN min(d.difference) < 0 AND max(d.difference) > 0 THEN 'both'
            WHEN min(d.difference) < 0 THEN 'shorter' WHEN sum(d.booked) > 0 THEN 'longer' ELSE 'new' END,
       sum(d.difference) FILTER (WHERE d.difference > 0) < max(d.minimum)
FROM interest_due d
JOIN ledger_account a ON a.id = d.account_id
JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises m ON m.id = g.premises_id
GROUP BY d.account_id, a.code, y.last_name, y.first_name, m.code
ORDER BY abs(sum(d.difference)) DESC, d.account_id LIMIT %(limit)s
"""


def silent(done: int, total: int, step: str = "") -> None:
    """Progress nobody watches."""


def _locked(run_id: int) -> InterestRun:
    runs = InterestRun.objects.select_for_update(of=("self",)).select_related("entity")
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise Missing("interest_run.missing", _("There is no such interest run."))
    return run


def _refuse_state(run: InterestRun) -> Refusal:
    text = _("The run is %(state)s; this step is not possible now.") % {"state": run.get_state_display()}
    return Refusal("interest_run.state", text, status=409)


def start_run(entity_id: int, month: dt.date, *, actor: Actor) -> InterestRun:
    """The open run of a month, made when there is none; to be computed by a job."""
    with posting(actor) as whole:
        entity = Entity.objects.filter(pk=entity_id).first()
        if entity is None:
            raise Missing("interest_run.no_entity", _("There is no such entity."))
        if not InterestPolicy.objects.filter(entity=entity).exists():
            raise Refusal("interest_run.no_policy", _("The entity has no interest policy yet. Enter one first."))
        if not LedgerAccount.objects.filter(entity=entity, purpose="interest").exists():
            raise Refusal(
                "interest_run.no_books",
                _("The entity has no ledger account for interest yet. Prepare its books first."),
            )
        last = clock.last_of_month(month)
        if clock.first_of_month(month) > clock.today(entity.time_zone):
            raise Refusal("interest_run.future", _("This month has not begun yet."))
        found = InterestRun.objects.filter(entity=entity, through_on=last, state=InterestRun.State.DRAFT).first()
        return found or InterestRun.objects.create(
            entity=entity, through_on=last, created_at=clock.now(), created_by_id=whole.user_id
        )


def compute_run(run_id: int, *, actor: Actor, progress: Progress = silent) -> InterestRun:
    """Compute the preview of a run: what would be noted and taken back, and the largest differences."""
    with posting(actor) as whole:
        run = _locked(run_id)
        if run.state != InterestRun.State.DRAFT:
            raise _refuse_state(run)
        progress(0, 2, _("Computing interest"))
        stage(run.entity, run.through_on, preview=True)
        progress(1, 2, _("Adding up"))
        _fill(run)
        run.figures = {"changes": _changes()}
        run.created_at, run.created_by_id = clock.now(), whole.user_id
        run.save()
        note(run, "computed", actor=whole, total=str(run.total_amount), corrected=str(run.corrected_amount))
        progress(2, 2, "")
        return run


def _fill(run: InterestRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FIGURES)
        (
            run.note_count,
            run.line_count,
            run.total_amount,
            run.correction_count,
            run.corrected_amount,
            run.small_count,
            run.small_amount,
            run.fingerprint,
        ) = cursor.fetchone()


def _changes() -> list[dict[str, Any]]:
    names = ("account", "code", "payer", "premises", "before", "after", "difference", "cause", "small")
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"limit": SHOWN})
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row | {name: str(row[name]) for name in ("before", "after", "difference")} for row in rows]


def post_run(run_id: int, *, actor: Actor, progress: Progress = silent) -> InterestRun:
    """Post a computed run: notes, corrections of former notes, documents and ledger in one transaction.

    Posting it again changes nothing. Refused while the month is open (`interest_run.month_open`), when the preview no
    longer holds (`.stale`), and when there is nothing to book (`.empty`).
    """
    with posting(actor) as whole:
        run = _locked(run_id)
        if run.state == InterestRun.State.POSTED:
            return run
        if run.state != InterestRun.State.DRAFT or not run.fingerprint:
            raise _refuse_state(run)
        booked_on = _booking_day(run)
        progress(0, 4, _("Computing interest"))
        previewed = run.fingerprint
        with connection.cursor() as cursor:
            cursor.execute(ACCOUNTS, {"entity": run.entity_id})
            lock_accounts([row[0] for row in cursor.fetchall()])
        now = now_under_locks()
        stage(run.entity, run.through_on)
        _fill(run)
        if run.fingerprint != previewed:
            raise Refusal(
                "interest_run.stale", _("Data have changed since the run was computed. Compute it again."), status=409
            )
        progress(1, 4, _("Writing notes"))
        noted = book(
            run.entity,
            f"interest-run:{run.pk}",
            reason="month",
            booked_on=booked_on,
            now=now,
            actor=whole,
            run_id=run.pk,
            kind="interest-run",
        )
        if noted.batch_id is None:
            raise Refusal("interest_run.empty", _("There is no interest to book."))
        progress(3, 4, _("Using money paid in advance"))
        if free := accounts_with_credit():
            allocate_by_rule(run.entity_id, free, actor=whole, rule="on_posting")
        _finish(run, noted, whole)
        progress(4, 4, "")
        return run


def _finish(run: InterestRun, noted: Noted, actor: Actor) -> None:
    run.note_count, run.line_count, run.total_amount = noted.note_count, noted.line_count, noted.total
    run.correction_count, run.corrected_amount = noted.correction_count, noted.corrected
    run.state, run.batch_id = InterestRun.State.POSTED, noted.batch_id
    run.posted_at, run.posted_by_id = clock.now(), actor.user_id
    run.save()
    note(run, "posted", actor=actor, notes=run.note_count, total=str(run.total_amount))


def _booking_day(run: InterestRun) -> dt.date:
    """Interest of a closed month is booked today, or on the first day after it when that is later."""
    month = clock.first_of_month(run.through_on)
    if not Period.objects.filter(entity=run.entity, starts_on=month, closed_at__isnull=False).exists():
        raise Refusal("interest_run.month_open", _("Interest is booked for closed months only. Close the month first."))
    return max(clock.today(run.entity.time_zone), clock.add_months(month, 1))


def drop_run(run_id: int, *, actor: Actor) -> InterestRun:
    """Throw a preview away; nothing was booked."""
    with posting(actor) as whole:
        run = _locked(run_id)
        if run.state != InterestRun.State.DRAFT:
            raise _refuse_state(run)
        run.state = InterestRun.State.DROPPED
        run.save()
        note(run, "dropped", actor=whole)
        return run


# What a run booked and is still there: the mirror of a line takes its corrections back with it.
TO_REVERSE = """
SELECT e.id, e.booked_on FROM ledger_entry e
WHERE e.batch_id = %(batch)s AND e.kind = 'interest'
  AND NOT EXISTS (SELECT FROM ledger_entry r
                  WHERE r.corrects_id IN (e.id, e.corrects_id) AND r.source_kind = 'reversal')
  AND e.amount + coalesce((SELECT sum(c.amount) FROM ledger_entry c WHERE c.corrects_id = e.id), 0) <> 0
ORDER BY e.id
"""
# Notes of whose lines none is alive any more.
DEAD_DOCUMENTS = """
SELECT n.document_id FROM interest_interestnote n
WHERE n.id IN (SELECT l.note_id FROM interest_interestline l WHERE l.entry_id = ANY(%(entries)s))
  AND NOT EXISTS (
    SELECT FROM interest_interestline l WHERE l.note_id = n.id AND NOT EXISTS (
      SELECT FROM ledger_entry r
      WHERE r.corrects_id IN (l.entry_id, l.corrects_id) AND r.source_kind = 'reversal'))
ORDER BY n.document_id
"""


def undo_run(run_id: int, reason: str, *, actor: Actor) -> InterestRun:
    """Take a posted run back: a linked mirror of every entry, numbers marked void, nothing deleted.

    Payments that covered its notes are free again. The next run notes what is due then.
    """
    if not reason.strip():
        raise Refusal("interest_run.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    with posting(actor) as whole, connection.cursor() as cursor:
        run = _locked(run_id)
        if run.state == InterestRun.State.UNDONE:
            return run
        if run.state != InterestRun.State.POSTED:
            raise _refuse_state(run)
        cursor.execute(TO_REVERSE, {"batch": run.batch_id})
        rows = cursor.fetchall()
        entries = [row[0] for row in rows]
        if entries:
            day = max(clock.today(run.entity.time_zone), *(row[1] for row in rows))
            batch = reverse_entries(
                run.entity_id,
                entries,
                reason,
                kind="interest-undo",
                source=f"interest-run-undo:{run.pk}",
                booked_on=day,
                actor=whole,
            )
            run.undo_batch = batch
            cursor.execute(DEAD_DOCUMENTS, {"entries": entries})
            void_numbers([row[0] for row in cursor.fetchall()], reason, actor=whole)
        run.state = InterestRun.State.UNDONE
        run.undone_at, run.undone_by_id, run.undone_reason = clock.now(), whole.user_id, reason[:250]
        run.save()
        note(run, "undone", actor=whole, reason=reason)
        return run


def undo_runs_since(entity_id: int, month: dt.date, *, actor: Actor) -> list[InterestRun]:
    """A month is opened again: its interest run and those of later months are taken back, newest first."""
    runs = InterestRun.objects.filter(entity_id=entity_id, state=InterestRun.State.POSTED, through_on__gte=month)
    reason = _("Month %(month)s opened again") % {"month": f"{month:%Y-%m}"}
    return [
        undo_run(pk, reason, actor=actor) for pk in runs.order_by("-through_on", "-pk").values_list("pk", flat=True)
    ]
