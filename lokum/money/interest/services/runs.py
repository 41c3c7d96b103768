"""The interest run of a closed month: computed as a preview, posted, undone as a whole, or dropped."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Entity
from lokum.core.papers.services import void_numbers
from lokum.money.interest.models import InterestPolicy, InterestRun
from lokum.money.interest.services.drafts import (
    DraftOutdated,
    accounts_of_draft,
    clear_draft,
    fill_figures,
    make_draft,
    take_draft,
)
from lokum.money.interest.services.noting import Noted, accounts_with_credit, book, now_under_locks, stage
from lokum.money.ledger.models import LedgerAccount, Period
from lokum.money.ledger.services import allocate_by_rule, lock_accounts, posting, reverse_entries

Progress = Callable[[int, int, Any], None]

# Accounts whose interest the run may touch. They are locked before anything is computed, so what is computed holds.
ACCOUNTS = """
SELECT a.id FROM ledger_account a
WHERE a.entity_id = %(entity)s AND EXISTS (SELECT FROM ledger_openitem o WHERE o.account_id = a.id AND o.side = 'debit')
ORDER BY a.id
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
        make_draft(run)
        progress(1, 2, _("Adding up"))
        run.created_at, run.created_by_id = clock.now(), whole.user_id
        run.save()
        note(run, "computed", actor=whole, total=str(run.total_amount), corrected=str(run.corrected_amount))
        progress(2, 2, "")
        return run


def post_run(run_id: int, *, actor: Actor, progress: Progress = silent) -> InterestRun:
    """Post a computed run: notes, corrections of former notes, documents and ledger in one transaction.

    The draft is taken as it is while nothing it rests on has changed; else interest is computed again and must come to
    the same. Posting it again changes nothing. Refused while the month is open (`interest_run.month_open`), when the
    preview no longer holds (`.stale`), and when there is nothing to book (`.empty`).
    """
    with posting(actor) as whole:
        run = _locked(run_id)
        if run.state == InterestRun.State.POSTED:
            return run
        if run.state != InterestRun.State.DRAFT or not run.fingerprint:
            raise _refuse_state(run)
        booked_on = _booking_day(run)
        progress(0, 4, _("Computing interest"))
        try:
            with transaction.atomic():
                noted = _book_draft(run, booked_on, progress, whole)
        except DraftOutdated:
            noted = _book_anew(run, booked_on, progress, whole)
        if noted.batch_id is None:
            raise Refusal("interest_run.empty", _("There is no interest to book."))
        progress(3, 4, _("Using money paid in advance"))
        if free := accounts_with_credit(of_run=True):
            allocate_by_rule(run.entity_id, free, actor=whole, rule="on_posting")
        _finish(run, noted, whole)
        progress(4, 4, "")
        return run


def _book_draft(run: InterestRun, booked_on: dt.date, progress: Progress, actor: Actor) -> Noted:
    """Book what the preview computed. Its accounts are locked before anything is compared, so what is booked holds."""
    lock_accounts(accounts_of_draft(run))
    now = now_under_locks()
    take_draft(run)
    return _book(run, booked_on, now, progress, actor)


def _book_anew(run: InterestRun, booked_on: dt.date, progress: Progress, actor: Actor) -> Noted:
    """Compute again under the locks of all accounts; refused when it does not come to what the preview showed."""
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, {"entity": run.entity_id})
        lock_accounts([row[0] for row in cursor.fetchall()])
    now = now_under_locks()
    stage(run.entity, run.through_on)
    previewed = run.fingerprint
    fill_figures(run, "interest_due")
    if run.fingerprint != previewed:
        raise Refusal(
            "interest_run.stale", _("Data have changed since the run was computed. Compute it again."), status=409
        )
    return _book(run, booked_on, now, progress, actor)


def _book(run: InterestRun, booked_on: dt.date, now: dt.datetime, progress: Progress, actor: Actor) -> Noted:
    progress(1, 4, _("Writing notes"))
    return book(
        run.entity,
        f"interest-run:{run.pk}",
        reason="month",
        booked_on=booked_on,
        now=now,
        actor=actor,
        run_id=run.pk,
        kind="interest-run",
    )


def _finish(run: InterestRun, noted: Noted, actor: Actor) -> None:
    run.note_count, run.line_count, run.total_amount = noted.note_count, noted.line_count, noted.total
    run.correction_count, run.corrected_amount = noted.correction_count, noted.corrected
    run.state, run.batch_id = InterestRun.State.POSTED, noted.batch_id
    run.posted_at, run.posted_by_id = clock.now(), actor.user_id
    run.save()
    clear_draft(run)
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
        clear_draft(run)
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
