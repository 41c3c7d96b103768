"""The month rehearsed, approved, committed as it was approved, or void because something changed."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.access.models import User
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.languages import kept, read
from lokum.core.organisation.models import Entity
from lokum.money.ledger.rehearsing import Month, parts
from lokum.money.ledger.services import posting
from lokum.money.rehearsals.models import Rehearsal
from lokum.money.rehearsals.performing import Performed, Step, changed, lines_of, perform, seen

State = Rehearsal.State
OPEN = (State.REHEARSED, State.APPROVED)
SHOWN_ALARMS = 100

LINES = """
INSERT INTO rehearsals_rehearsalline (rehearsal_id, part, account_id, former_amount, amount, difference_amount)
SELECT %(rehearsal)s, r.part, r.account, r.former, r.amount, r.amount - r.former
FROM unnest(%(parts)s::text[], %(accounts)s::bigint[], %(formers)s::numeric[], %(amounts)s::numeric[])
     WITH ORDINALITY AS r(part, account, former, amount, place)
ORDER BY r.place
"""
# Payers whose sum over the parts that change what they owe differs from the month before.
PAYERS = """
SELECT count(*), count(*) FILTER (WHERE amount <> former), coalesce(sum(former), 0), coalesce(sum(amount), 0)
FROM (SELECT sum(former_amount) AS former, sum(amount) AS amount FROM rehearsals_rehearsalline
      WHERE rehearsal_id = %(rehearsal)s AND part = ANY (%(owed)s) GROUP BY account_id) payers
"""


class _TakenBack(Exception):
    """Leaves the savepoint in which everything was performed."""


def silent(done: int, total: int, step: Any = "") -> None:
    """Progress nobody watches."""


def rehearse(entity_id: int, month: dt.date, *, actor: Actor, progress: Step = silent) -> Rehearsal:
    """Close a month and take it back: charges, money used, transfers, the closing, interest, and what else registers.

    An open rehearsal of the month is replaced. What a part refuses is kept as its problem; such a rehearsal cannot be
    approved. Nothing of what was performed remains.
    """
    with posting(actor) as whole, _words_of(actor):
        entity = Entity.objects.filter(pk=entity_id).first()
        if entity is None:
            raise Missing("rehearsal.no_entity", _("There is no such entity."))
        asked = Month(entity, clock.first_of_month(month), whole)
        row = _fresh(asked)
        row.marks = seen(asked)  # before anything is read: what changes meanwhile voids the result
        try:
            with transaction.atomic():
                done = perform(asked, progress)
                raise _TakenBack
        except _TakenBack:
            pass
        _keep(row, asked, done)
        note(row, gettext_noop("rehearsed"), actor=whole, total=str(row.total_amount))
        return row


def _words_of(actor: Actor) -> Any:
    """Texts of a rehearsal are in the language of the person who asked for it."""
    language = User.objects.filter(pk=actor.user_id or 0).values_list("language", flat=True).first()
    return translation.override(language or translation.get_language())


def _fresh(asked: Month) -> Rehearsal:
    rows = Rehearsal.objects.select_for_update().filter(entity=asked.entity, month=asked.first, state__in=OPEN)
    row = rows.first() or Rehearsal(entity=asked.entity, month=asked.first)
    row.state, row.reason, row.voided_by = State.REHEARSED, "", []
    row.approved_at = row.approved_by_id = None
    row.rehearsed_at, row.rehearsed_by_id = clock.now(), asked.actor.user_id
    row.save()
    return row


def _keep(row: Rehearsal, asked: Month, done: Performed) -> None:
    """Write down what the parts came to; set-wise, whatever the number of payers."""
    row.lines.all()._raw_delete(row.lines.db)
    lines = lines_of(asked, done)
    columns: list[list[Any]] = [list(column) for column in zip(*lines, strict=True)] or [[], [], [], []]
    names = ("parts", "accounts", "formers", "amounts")
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"rehearsal": row.pk, **dict(zip(names, columns, strict=True))})
        owed = [part.code for part in parts() if part.owed]
        cursor.execute(PAYERS, {"rehearsal": row.pk, "owed": owed})
        row.payer_count, row.changed_count, row.former_amount, row.total_amount = cursor.fetchone()
    row.figures = _figures(lines, done)
    row.alarm_count, row.problem_count = len(row.figures["alarms"]), done.problems
    row.result_hash = done.result_hash
    row.save()


def _figures(lines: Sequence[tuple[str, int, Decimal, Decimal]], done: Performed) -> dict[str, Any]:
    former: dict[str, Decimal] = {}
    for code, _account, before, _amount in lines:
        former[code] = former.get(code, Decimal(0)) + before
    told = {
        code: {
            "count": one.count, "total": str(one.total), "former": str(former.get(code, Decimal(0))),
            "skipped": one.skipped, "problem": kept(one.problem),
            "sums": [[each.key, each.count, str(each.amount)] for each in one.sums],
        }
        for code, one in done.outcomes.items()
    }  # fmt: skip
    alarms: dict[tuple[str, str], dict[str, Any]] = {}  # what two parts say alike is told once
    for code, one in done.outcomes.items():
        for point in one.alarms:
            told_once = {"part": code, "text": kept(point.text), "blocking": point.blocking, "url": point.url}
            alarms.setdefault((str(point.text), point.url), told_once)
    books = {
        "before": str(done.before.total), "after": str(done.after.total),
        "free_before": str(done.before.free), "free_after": str(done.after.free),
    }  # fmt: skip
    return {"parts": told, "alarms": list(alarms.values())[:SHOWN_ALARMS], "books": books}


def _locked(pk: int) -> Rehearsal:
    row = Rehearsal.objects.select_for_update(of=("self",)).select_related("entity").filter(pk=pk).first()
    if row is None:
        raise Missing("rehearsal.missing", _("There is no such rehearsal."))
    return row


def refuse_state(row: Rehearsal) -> Refusal:
    """What to raise when a step does not fit the state of the rehearsal (409)."""
    text = _("The rehearsal is %(state)s; this step is not possible now.") % {"state": row.get_state_display()}
    return Refusal("rehearsal.state", text, status=409)


def what_changed(row: Rehearsal) -> list[dict[str, Any]]:
    """What is not what it was when the month was rehearsed, by name, with what came since where a part can tell."""
    asked = Month(row.entity, row.month, actor=Actor(None, ""))
    names = changed(row.marks, seen(asked))
    tellers = {name: teller for part in parts() for name, teller in part.told.items()}
    since = row.rehearsed_at or clock.now()
    return [
        {"name": name, "told": [kept(one) for one in tellers[name](asked, since)] if name in tellers else []}
        for name in names
    ]


def void(row: Rehearsal, why: Sequence[dict[str, Any]], actor: Actor) -> Rehearsal:
    """End a rehearsal whose result no longer holds; `why` names what changed."""
    row.state, row.voided_by, row.voided_at = State.VOID, list(why), clock.now()
    row.save()
    note(row, gettext_noop("void"), actor=actor, changed=", ".join(one["name"] for one in why))
    return row


def refuse_unapprovable(row: Rehearsal, reason: str) -> None:
    """Refuse what no approval may pass: problems, another state, alarms without a reason."""
    if row.state != State.REHEARSED:
        raise refuse_state(row)
    if row.problem_count:
        problems = [read(one["problem"]) for one in row.figures["parts"].values() if one["problem"]]
        text = _("The month cannot be committed so: %(problems)s") % {"problems": "; ".join(problems)}
        raise Refusal("rehearsal.problems", text, details={"problems": problems})
    if row.alarm_count and not reason.strip():
        text = _("Say why the month is closed in spite of the alarms.")
        raise Refusal("rehearsal.no_reason", text, fields={"reason": [text]})


def approve_rehearsal(pk: int, reason: str = "", *, actor: Actor) -> Rehearsal:
    """Release exactly this result for the commit. When something changed meanwhile it becomes void instead."""
    with posting(actor) as whole:
        row = _locked(pk)
        refuse_unapprovable(row, reason)
        why = what_changed(row)
        if why:
            return void(row, why, whole)
        row.state, row.reason = State.APPROVED, reason.strip()[:250]
        row.approved_at, row.approved_by_id = clock.now(), whole.user_id
        row.save()
        note(row, gettext_noop("approved"), actor=whole, total=str(row.total_amount), reason=row.reason)
        return row


def commit_rehearsal(pk: int, *, actor: Actor, progress: Step = silent) -> Rehearsal:
    """Do for good what was approved, all parts in one transaction; again: the same rehearsal, nothing more is done.

    Void instead, with nothing done, when something changed since (it is named), or when the parts come to other
    amounts than those approved.
    """
    with posting(actor) as whole, _words_of(actor):
        row = _locked(pk)
        if row.state == State.COMMITTED:
            return row
        if row.state != State.APPROVED:
            raise refuse_state(row)
        why = what_changed(row)
        if why:
            return void(row, why, whole)
        asked = Month(row.entity, row.month, whole, row.reason)
        try:
            with transaction.atomic():
                done = perform(asked, progress)
                if done.result_hash != row.result_hash:
                    raise _TakenBack
        except _TakenBack:
            told = [kept(one.problem) for one in done.outcomes.values() if one.problem]
            return void(row, what_changed(row) or [{"name": "result", "told": told}], whole)
        row.state, row.committed_at, row.committed_by_id = State.COMMITTED, clock.now(), whole.user_id
        row.save()
        note(row, gettext_noop("committed"), actor=whole, total=str(row.total_amount))
        return row


def drop_rehearsal(pk: int, *, actor: Actor) -> Rehearsal:
    """Throw a rehearsal away; nothing was done."""
    with posting(actor) as whole:
        row = _locked(pk)
        if row.state not in OPEN:
            raise refuse_state(row)
        row.state = State.DROPPED
        row.save()
        note(row, gettext_noop("dropped"), actor=whole)
        return row
