"""The month run up to its approval: computed as a draft, checked, approved, or dropped."""

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.languages import worded
from lokum.core.organisation.models import Entity
from lokum.money.charges.computing import draft_sql, fingerprint, price_month
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.parts import UNITS
from lokum.money.charges.sources import hash_due_sql, insert_due_sql
from lokum.money.charges.splitting import split_priced
from lokum.money.ledger.models import LedgerAccount, Period
from lokum.money.ledger.services import posting

Progress = Callable[[int, int, Any], None]
OPEN = (ChargeRun.State.DRAFT, ChargeRun.State.CHECKED, ChargeRun.State.APPROVED)


def silent(done: int, total: int, step: Any = "") -> None:
    """Progress nobody watches."""


def lock_run(run_id: int) -> ChargeRun:
    """The run, locked. A second person who does the same thing at once waits a moment, then gets Busy."""
    run = ChargeRun.objects.select_for_update(of=("self",)).select_related("entity").filter(pk=run_id).first()
    if run is None:
        raise Missing("charge_run.missing", _("There is no such month run."))
    return run


def refuse_state(run: ChargeRun) -> Refusal:
    """What to raise when a step does not fit the state of the run (409)."""
    state = ChargeRun.State(run.state)
    text = worded(lambda: str(_("The run is %(state)s; this step is not possible now.") % {"state": state.label}))
    return Refusal("charge_run.state", text, status=409)


def refuse_unready(entity: Entity, period: dt.date) -> None:
    """Refuse a month that is closed, or whose entity has no accounts for receivables and tax yet."""
    if Period.objects.filter(entity=entity, starts_on=period, closed_at__isnull=False).exists():
        raise Refusal("charge_run.period_closed", _("This month is closed. Nothing can be charged in it."))
    purposes = set(LedgerAccount.objects.filter(entity=entity).values_list("purpose", flat=True))
    if not {"receivable", "vat"} <= purposes:
        raise Refusal("charge_run.no_books", _("The entity has no chart of accounts yet. Prepare its books first."))


def values_of(run: ChargeRun) -> dict[str, Any]:
    """What the statements of `computing` are filled with."""
    return {"entity": run.entity_id, "day": run.period, "run": run.pk, "units": json.dumps(UNITS)}


def fingerprint_of(run: ChargeRun) -> str:
    """One hash over everything the draft rests on: rows of the registers, the draft itself, what the sources say."""
    with connection.cursor() as cursor:
        registers = fingerprint(cursor, values_of(run))
        cursor.execute(hash_due_sql(), values_of(run))
        count, due = cursor.fetchone()
    return hashlib.sha256(f"{registers}|{count}:{due}".encode()).hexdigest()


def start_run(entity_id: int, period: dt.date, *, actor: Actor) -> ChargeRun:
    """An empty draft of the month (or the open one there is), to be computed by a job."""
    month = clock.first_of_month(period)
    with posting(actor) as whole:
        entity = Entity.objects.filter(pk=entity_id).first()
        if entity is None:
            raise Missing("charge_run.no_entity", _("There is no such entity."))
        refuse_unready(entity, month)
        found = _open_run(entity, month).first()
        return found or _fresh_draft(entity, month, whole)


def compute_run(entity_id: int, period: dt.date, *, actor: Actor, progress: Progress = silent) -> ChargeRun:
    """Compute the month of an entity as a draft; an open draft of the month is computed anew.

    Lines charged before are left out, so a repeat adds nothing. Missing facts, prices or accounts become lines
    with a problem and without an amount; they block posting. Raises Refusal for a closed month or missing books.
    """
    month = clock.first_of_month(period)
    with posting(actor) as whole:
        entity = Entity.objects.filter(pk=entity_id).first()
        if entity is None:
            raise Missing("charge_run.no_entity", _("There is no such entity."))
        refuse_unready(entity, month)
        run = _fresh_draft(entity, month, whole)
        values = values_of(run)
        repeated = ChargeRun.objects.filter(
            entity=entity, period=month, kind=ChargeRun.Kind.MONTH, state__in=("posted", "undone")
        ).exists()
        with connection.cursor() as cursor:
            steps = itertools.count()
            price_month(cursor, entity.pk, month, step=lambda text: progress(next(steps), 4, text))
            split_priced(cursor, values)
            cursor.execute(draft_sql(repeated=repeated), values)
            cursor.execute(insert_due_sql(), values)
        progress(3, 4, _("Adding up"))
        add_up(run)
        run.fingerprint = fingerprint_of(run)
        run.save()
        note(run, "computed", actor=whole, lines=run.line_count, total=str(run.total_amount))
        progress(4, 4, "")
        return run


def add_up(run: ChargeRun) -> None:
    """Set the figures of a run from its draft lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(lines), 0)::bigint, count(*), coalesce(sum(problems), 0)::bigint, "
            "coalesce(sum(amount), 0) FROM ("
            "SELECT count(*) AS lines, count(*) FILTER (WHERE problem <> '') AS problems, sum(amount) AS amount "
            "FROM charges_draftline WHERE run_id = %s GROUP BY agreement_id) of_payers",
            [run.pk],
        )
        run.line_count, run.agreement_count, run.problem_count, run.total_amount = cursor.fetchone()


def _open_run(entity: Entity, month: dt.date) -> QuerySet[ChargeRun]:
    return ChargeRun.objects.filter(entity=entity, period=month, kind=ChargeRun.Kind.MONTH, state__in=OPEN)


def _fresh_draft(entity: Entity, month: dt.date, actor: Actor) -> ChargeRun:
    found = _open_run(entity, month).select_for_update().first()
    if found is None:
        return ChargeRun.objects.create(
            entity=entity, period=month, created_at=clock.now(), created_by_id=actor.user_id
        )
    found.draft_lines.all()._raw_delete(found.draft_lines.db)
    found.state = ChargeRun.State.DRAFT
    found.created_at, found.created_by_id = clock.now(), actor.user_id
    found.checked_at = found.checked_by_id = found.approved_at = found.approved_by_id = None
    return found


def check_run(run_id: int, *, actor: Actor) -> ChargeRun:
    """Mark a draft as looked through: no problems left, and the data are still those it was computed from."""
    with posting(actor) as whole:
        run = lock_run(run_id)
        if run.state != ChargeRun.State.DRAFT:
            raise refuse_state(run)
        refuse_problems(run)
        refuse_stale(run)
        run.state, run.checked_at, run.checked_by_id = ChargeRun.State.CHECKED, clock.now(), whole.user_id
        run.save()
        note(run, "checked", actor=whole)
        return run


def approve_run(run_id: int, *, actor: Actor) -> ChargeRun:
    """Release a checked draft for posting."""
    with posting(actor) as whole:
        run = lock_run(run_id)
        if run.state != ChargeRun.State.CHECKED:
            raise refuse_state(run)
        refuse_stale(run)
        run.state, run.approved_at, run.approved_by_id = ChargeRun.State.APPROVED, clock.now(), whole.user_id
        run.save()
        note(run, "approved", actor=whole, total=str(run.total_amount))
        return run


def drop_run(run_id: int, *, actor: Actor) -> ChargeRun:
    """Throw a draft away; nobody was charged."""
    with posting(actor) as whole:
        run = lock_run(run_id)
        if run.state not in OPEN:
            raise refuse_state(run)
        run.draft_lines.all()._raw_delete(run.draft_lines.db)
        run.state = ChargeRun.State.DROPPED
        run.save()
        note(run, "dropped", actor=whole)
        return run


def refuse_problems(run: ChargeRun) -> None:
    """Refuse a run with problems, naming the premises."""
    rows = run.draft_lines.exclude(problem="").select_related("premises", "component").order_by("premises__code")
    if not run.problem_count and not rows.exists():
        return
    named = list(dict.fromkeys(str(row.premises) for row in rows[:200]))
    count, shown = run.problem_count, ", ".join(named[:10]) + (" …" if len(named) > 10 else "")
    message = worded(lambda: _uncomputed(count, shown))
    raise Refusal("charge_run.problems", message, details={"premises": named})


def _uncomputed(count: int, premises: str) -> str:
    return ngettext(
        "%(count)d line cannot be computed: %(premises)s.", "%(count)d lines cannot be computed: %(premises)s.", count
    ) % {"count": count, "premises": premises}


def refuse_stale(run: ChargeRun) -> None:
    """Refuse a draft that no longer says what computing it again would say."""
    if fingerprint_of(run) != run.fingerprint:
        raise Refusal(
            "charge_run.stale", _("Data have changed since the draft was computed. Compute it again."), status=409
        )
