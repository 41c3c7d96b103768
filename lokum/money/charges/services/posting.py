"""Posting a month run: documents, notices, lines and ledger in one transaction, set-wise, once."""

import datetime as dt
import json
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.queries import issuer_of
from lokum.core.papers.services import ensure_series, number_parts, series_period, take_numbers
from lokum.money.charges import issuing, sub_accounts
from lokum.money.charges.contents import contents, shares_of_others
from lokum.money.charges.due_dates import BY_RULE, rule_of
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.seams import third_parties
from lokum.money.charges.services.month import (
    Progress,
    lock_run,
    refuse_problems,
    refuse_stale,
    refuse_state,
    silent,
    values_of,
)
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.seams import payment_targets_sql
from lokum.money.ledger.services import allocate_by_rule, close_batch, lock_accounts, open_batch, posting

NOTICE_PATTERN = "N/{year}/{month}/{serial:05}"
STEPS = 6


def post_run(run_id: int, *, actor: Actor, progress: Progress = silent, issued_on: dt.date | None = None) -> ChargeRun:
    """Post an approved run. Posting it again changes nothing and returns the same run.

    issued_on: date of the documents, default today where the entity lives; the books take the first of the month.
    Raises Refusal (`charge_run.state`, `.problems`, `.stale`, `.empty`, `ledger.*`) or Busy.
    """
    with posting(actor) as whole:
        run = lock_run(run_id)
        if run.state == ChargeRun.State.POSTED:
            return run
        lock_charging(run.entity_id)
        if run.state != ChargeRun.State.APPROVED:
            raise refuse_state(run)
        refuse_problems(run)
        refuse_stale(run)
        return post_draft(run, actor=whole, progress=progress, issued_on=issued_on)


def lock_charging(entity_id: int) -> None:
    """One posting of charges at a time for an entity: what a source says is due goes to one of them only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('charges.posting', %s))", [entity_id])


def post_draft(
    run: ChargeRun, *, actor: Actor, progress: Progress = silent, issued_on: dt.date | None = None
) -> ChargeRun:
    """Issue and post what lies in the draft of a locked run; the caller has opened `posting` and made the checks."""
    progress(0, STEPS, _("Taking numbers"))
    values = _values(run, issued_on or clock.today(run.entity.time_zone))
    with connection.cursor() as cursor:
        _make_heads(cursor, run, values, actor)
        values["batch"] = open_batch(run.entity_id, "charge-run", f"charge-run:{run.pk}", run.period, actor=actor)
        _issue(cursor, values, progress)
        progress(4, STEPS, _("Closing the books of this run"))
        close_batch(values["batch"])
        cursor.execute(issuing.WITH_CREDIT)
        with_credit = [row[0] for row in cursor.fetchall()]
    progress(5, STEPS, _("Using money paid in advance"))
    if with_credit:
        allocate_by_rule(run.entity_id, with_credit, actor=actor, rule="on_posting")
    run.notice_count = values["count"]
    run.draft_lines.all()._raw_delete(run.draft_lines.db)
    run.state, run.batch_id = ChargeRun.State.POSTED, values["batch"]
    run.posted_at, run.posted_by_id = clock.now(), actor.user_id
    run.save()
    note(run, "posted", actor=actor, notices=run.notice_count, total=str(run.total_amount))
    progress(STEPS, STEPS, "")
    return run


def _values(run: ChargeRun, issued_on: dt.date) -> dict[str, Any]:
    chart = dict(
        LedgerAccount.objects.filter(entity=run.entity, purpose__in=("receivable", "vat")).values_list("purpose", "pk")
    )
    days, rule = list(range(BY_RULE, 29)), rule_of(run.entity)
    return values_of(run) | {
        "issued_on": issued_on,
        "due_days": days,
        "due_dates": [rule.date(run.period, day) for day in days],
        "receivable": chart["receivable"],
        "vat": chart["vat"],
        "issuer": json.dumps(issuer_of(run.entity, issued_on)),
        "currency": run.entity.currency,
    }


def _make_heads(cursor: Any, run: ChargeRun, values: dict[str, Any], actor: Actor) -> None:
    """Stage who gets a notice, take that many numbers, and lock the accounts before their money is looked at."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.charge_head, pg_temp.charge_due")
    cursor.execute(issuing.HEADS, values)
    cursor.execute("ANALYZE charge_head")
    cursor.execute(issuing.DUE, values)
    cursor.execute("ANALYZE charge_due (entry_id, component_id, tariff_id, fact_key, share_key, snapshot)")
    cursor.execute("SELECT account_id FROM charge_head ORDER BY account_id")
    accounts = [row[0] for row in cursor.fetchall()]
    if not accounts:
        raise Refusal("charge_run.empty", _("There is nothing to charge: everything of this month was charged before."))
    lock_accounts(accounts)
    if run.kind == ChargeRun.Kind.MONTH:
        third_parties().claim(run.entity, run.period, actor)
    values |= contents(run.entity, accounts, values["issued_on"]) | shares_of_others(run.period, accounts)
    series = ensure_series(run.entity_id, "notice", NOTICE_PATTERN)
    day = values["issued_on"]
    parts = number_parts(series, day)
    values |= {
        "count": len(accounts),
        "first": take_numbers(series, day, len(accounts)),
        "series": series.pk,
        "series_period": series_period(series, day),
        "prefix": parts.prefix,
        "width": parts.width,
        "suffix": parts.suffix,
    }


def _issue(cursor: Any, values: dict[str, Any], progress: Progress) -> None:
    progress(1, STEPS, _("Issuing notices"))
    # The planner cannot know how large a draft written a moment ago is; a nested loop here would be quadratic.
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    cursor.execute(issuing.DOCUMENTS.format(targets=payment_targets_sql()), values)
    cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    cursor.execute(issuing.COPIES, values)
    cursor.execute(sub_accounts.SEVERAL, values)
    several = cursor.fetchone()[0]
    if several:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.charge_part")
        cursor.execute(sub_accounts.PARTS, values)
        cursor.execute("ANALYZE charge_part")
    cursor.execute(sub_accounts.ENTRIES if several else issuing.ENTRIES, values)
    cursor.execute(issuing.NOTICES, values)
    progress(2, STEPS, _("Writing charge lines"))
    cursor.execute(issuing.CHARGE_LINES, values)
    progress(3, STEPS, _("Posting to the ledger"))
    cursor.execute(sub_accounts.LEDGER_LINES if several else issuing.LEDGER_LINES, values)
