"""Undoing a posted run as a whole: a linked mirror of every entry, numbers marked void, nothing deleted."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import worded
from lokum.core.papers.services import void_numbers
from lokum.money.charges.issuing import TOUCHED
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services.month import lock_run, refuse_state
from lokum.money.ledger.services import lock_accounts, posting, reverse_batch


def undo_run(run_id: int, reason: str, *, actor: Actor) -> ChargeRun:
    """Take back a posted run that nobody touched: no money matched afterwards, no correction.

    Money that the posting itself used is free again. The month can then be computed and posted anew. Undoing
    again changes nothing. Raises Refusal naming the touched documents (`charge_run.touched`).
    """
    if not reason.strip():
        text = _("Say why the run is undone.")
        raise Refusal("charge_run.reason", text, fields={"reason": [text]})
    with posting(actor) as whole:
        run = lock_run(run_id)
        if run.state == ChargeRun.State.UNDONE:
            return run
        if run.state != ChargeRun.State.POSTED or run.batch_id is None:
            raise refuse_state(run)
        lock_accounts(list(run.notices.values_list("account_id", flat=True)))
        with connection.cursor() as cursor:
            cursor.execute(TOUCHED, {"batch": run.batch_id})
            touched = [row[1] for row in cursor.fetchall()]
        if touched:
            shown = ", ".join(touched[:10]) + (" …" if len(touched) > 10 else "")
            text = _("These notices were paid or corrected already: %(documents)s.")
            raise Refusal(
                "charge_run.touched",
                worded(lambda: text % {"documents": shown}),
                details={"documents": touched},
                status=409,
            )
        undone = reverse_batch(run.batch_id, reason, actor=whole, kind="charge-undo", booked_on=run.period)
        void_numbers(list(run.notices.values_list("document_id", flat=True)), reason, actor=whole)
        run.state, run.undo_batch = ChargeRun.State.UNDONE, undone
        run.undone_at, run.undone_by_id, run.undone_reason = clock.now(), whole.user_id, reason.strip()[:250]
        run.save()
        note(run, "undone", actor=whole, reason=run.undone_reason)
        return run
