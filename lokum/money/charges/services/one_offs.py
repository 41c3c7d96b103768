"""Charges raised once (CHG-11), always as a batch that knows its author, filter and total (CHG-18)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Entity
from lokum.core.papers.services import void_numbers
from lokum.money.charges.issuing import TOUCHED
from lokum.money.charges.models import ChargeBatch, ChargeLine, ChargeRun, Component
from lokum.money.charges.seams import ChargeSource
from lokum.money.charges.services.month import Progress, add_up, fingerprint_of, refuse_unready, silent, values_of
from lokum.money.charges.services.posting import lock_charging, post_draft
from lokum.money.charges.sources import OF_OWN_RUN, insert_due_sql
from lokum.money.charges.vat import vat_percent
from lokum.money.ledger.models import Period
from lokum.money.ledger.services import lock_accounts, posting, reverse_batch

MOST = Decimal(100_000_000_000)  # net amount of a charge; see `computing.DRAFT`
NAMED = 10  # documents named in a refusal's sentence; its details name up to 200


@dataclass(frozen=True)
class OneOff:
    """What one account is to be charged: quantity x price (net) of a component. `row`: line of a sheet."""

    account_id: int
    component_id: int
    quantity: Decimal
    price: Decimal
    reason: str = ""  # empty: that of the batch
    row: int = 0


@dataclass(frozen=True)
class BatchOrder:
    """How a batch is raised. period: any day of the first month that may carry it; due_on: own documents only."""

    entity_id: int
    origin: str
    delivery: str
    period: dt.date
    reason: str
    due_on: dt.date | None = None
    chosen_by: dict[str, Any] | None = None


# Quantity, price and account of a whole batch in one statement; the amount by the component's rounding and tax.
RAISE = """
INSERT INTO charges_oneoffcharge (batch_id, account_id, agreement_id, component_id, quantity, price, amount, reason,
                                  version)
SELECT %(batch)s, a.id, a.agreement_id, c.id, w.quantity, w.price,
       n.net + round(n.net * charges_vat_percent(c.entity_id, c.vat_kind, %(day)s::date) / 100, 2),
       coalesce(nullif(w.reason, ''), %(reason)s), 1
FROM unnest(%(accounts)s::bigint[], %(components)s::bigint[], %(quantities)s::numeric[], %(prices)s::numeric[],
            %(reasons)s::text[]) WITH ORDINALITY AS w(account_id, component_id, quantity, price, reason, place)
JOIN ledger_account a ON a.id = w.account_id AND a.entity_id = %(entity)s
JOIN charges_component c ON c.id = w.component_id AND c.entity_id = %(entity)s
CROSS JOIN LATERAL (SELECT charges_round(w.quantity * w.price, c.decimals, c.rounding) AS net) n
ORDER BY w.place
RETURNING amount
"""


def _refuse(code: str, text: str, field: str = "") -> Refusal:
    return Refusal(f"one_off.{code}", text, fields={field: [text]} if field else None)


def _check_order(order: BatchOrder, month: dt.date) -> Entity:
    entity = Entity.objects.filter(pk=order.entity_id).first()
    if entity is None:
        raise Missing("charge_run.no_entity", _("There is no such entity."))
    if not order.reason.strip():
        raise _refuse("reason", _("Say what is charged and why."), "reason")
    own = order.delivery == ChargeBatch.Delivery.OWN_DOCUMENT
    if order.due_on is not None and not own:
        raise _refuse("due", _("Only a document of its own has a due date of its own."), "due_on")
    if order.due_on is not None and order.due_on < month:
        raise _refuse("due_early", _("The due date lies before the month."), "due_on")
    if own:
        refuse_unready(entity, month)
    return entity


def _check_charges(entity: Entity, charges: Sequence[OneOff], month: dt.date) -> None:
    if not charges:
        raise _refuse("nobody", _("Nobody matches; nothing was raised."))
    if any(one.quantity <= 0 or one.price <= 0 for one in charges):
        raise _refuse("amount", _("Quantity and price are above zero."), "price")
    if any(one.quantity * one.price >= MOST for one in charges):
        raise _refuse("too_large", _("This amount is beyond all measure; look at quantity and price again."), "price")
    components = Component.objects.filter(pk__in={one.component_id for one in charges})
    for component in components:
        if component.entity_id != entity.pk:
            raise _refuse("foreign", _("%(name)s belongs to another entity.") % {"name": component}, "component")
        if month not in component.valid:
            text = _("%(name)s is not valid in this month.") % {"name": component}
            raise _refuse("component_ended", text, "component")
        if vat_percent(component, month) is None:
            text = _("No VAT rate holds for %(name)s in this month.") % {"name": component}
            raise _refuse("no_vat_rate", text, "component")


def _refuse_second_click(batch: ChargeBatch) -> None:
    """The same charges from the same person within a minute are a second click, not a second wish."""
    if batch.created_by_id is None:
        return
    with connection.cursor() as cursor:  # two clicks at once: the second one waits, then sees the first one's batch
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{batch.entity_id}:{batch.reason}"])
    twins = ChargeBatch.objects.filter(
        entity_id=batch.entity_id, reason=batch.reason, period=batch.period, delivery=batch.delivery,
        charge_count=batch.charge_count, total_amount=batch.total_amount, created_by_id=batch.created_by_id,
        state=ChargeBatch.State.ACTIVE, created_at__gt=batch.created_at - dt.timedelta(minutes=1),
    )  # fmt: skip
    found = twins.exclude(pk=batch.pk).first()
    if found is not None:
        text = _("You raised the same charges a moment ago. Change the reason to raise them once more.")
        raise Refusal("one_off.repeated", text, details={"batch": found.pk}, status=409)


def raise_charges(
    order: BatchOrder, charges: Sequence[OneOff], *, actor: Actor, progress: Progress = silent
) -> ChargeBatch:
    """Raise charges as one batch: kept for the next notice, or issued and posted at once as own documents.

    Accounts of another entity are refused (`one_off.foreign`). Either all of them are raised or none.
    """
    month = clock.first_of_month(order.period)
    with posting(actor) as whole:
        entity = _check_order(order, month)
        _check_charges(entity, charges, month)
        batch = ChargeBatch.objects.create(
            entity=entity, origin=order.origin, delivery=order.delivery, period=month, due_on=order.due_on,
            reason=order.reason.strip(), chosen_by=order.chosen_by or {}, created_at=clock.now(),
            created_by_id=whole.user_id, created_by_label=whole.label,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(RAISE, _columns(batch, charges))
            amounts = [row[0] for row in cursor.fetchall()]
        if len(amounts) != len(charges):
            raise _refuse("foreign", _("An account or component belongs to another entity."), "account")
        batch.charge_count, batch.total_amount = len(amounts), sum(amounts, Decimal(0))
        _refuse_second_click(batch)
        if order.delivery == ChargeBatch.Delivery.OWN_DOCUMENT:
            batch.run = _post_own(batch, whole, progress)
        batch.save()
        note(batch, "raised", actor=whole, count=batch.charge_count, total=str(batch.total_amount))
        return batch


def _columns(batch: ChargeBatch, charges: Sequence[OneOff]) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "entity": batch.entity_id,
        "day": batch.period,
        "reason": batch.reason,
        "accounts": [one.account_id for one in charges],
        "components": [one.component_id for one in charges],
        "quantities": [one.quantity for one in charges],
        "prices": [one.price for one in charges],
        "reasons": [one.reason.strip()[:200] for one in charges],
    }


def _post_own(batch: ChargeBatch, actor: Actor, progress: Progress) -> ChargeRun:
    """Issue the batch as documents of its own: a run of its own kind, drafted and posted in one go."""
    lock_charging(batch.entity_id)
    run = ChargeRun.objects.create(
        entity=batch.entity, kind=ChargeRun.Kind.BATCH, period=batch.period, state=ChargeRun.State.APPROVED,
        created_at=clock.now(), created_by_id=actor.user_id, approved_at=clock.now(), approved_by_id=actor.user_id,
    )  # fmt: skip
    ChargeBatch.objects.filter(pk=batch.pk).update(run=run)
    own = ChargeSource("one_off", "", OF_OWN_RUN)
    with connection.cursor() as cursor:
        cursor.execute(insert_due_sql([own]), values_of(run))
    add_up(run)
    if run.problem_count:
        raise _refuse("problems", _("Some of these charges cannot be posted."))
    run.fingerprint = fingerprint_of(run)
    return post_draft(run, actor=actor, progress=progress)


def blocking_documents(batch: ChargeBatch) -> list[str]:
    """Numbers of the documents that keep a batch from being cancelled: paid, matched, corrected, in a closed month,
    or shared with the charges of a month run."""
    if batch.run is not None:
        with connection.cursor() as cursor:
            cursor.execute(TOUCHED, {"batch": batch.run.batch_id})
            touched = [row[1] for row in cursor.fetchall()]
        if not touched and _closed(batch):
            return list(batch.run.notices.order_by("number").values_list("number", flat=True)[:200])
        return touched
    reasons = [f"src:one_off:{pk}" for pk in batch.charges.values_list("pk", flat=True)]
    lines = ChargeLine.objects.filter(
        component__in=batch.charges.values("component"), reason__startswith="src:one_off:"
    )
    lines = lines.exclude(notice__entry__corrections__source_kind="reversal")
    numbers = {
        line.notice.number for line in lines.select_related("notice") if line.reason.partition("/")[0] in set(reasons)
    }
    return sorted(numbers)[:200]


def _closed(batch: ChargeBatch) -> bool:
    return Period.objects.filter(entity_id=batch.entity_id, starts_on=batch.period, closed_at__isnull=False).exists()


def cancel_charges(batch_id: int, reason: str, *, actor: Actor) -> ChargeBatch:
    """Take a batch back as a whole: what was posted is reversed, what was not is never charged.

    Refused with the numbers of the documents in the way (`one_off.touched`). A second time changes nothing.
    """
    if not reason.strip():
        raise _refuse("reason", _("Say why the charges are cancelled."), "reason")
    with posting(actor) as whole:
        batch = (
            ChargeBatch.objects.select_for_update(of=("self",))
            .select_related("run", "entity")
            .filter(pk=batch_id)
            .first()
        )
        if batch is None:
            raise Missing("one_off.missing", _("There is no such batch of charges."))
        if batch.state == ChargeBatch.State.CANCELLED:
            return batch
        if batch.run is not None:
            lock_accounts(list(batch.run.notices.values_list("account_id", flat=True)))
        refuse_blocked(batch)
        if batch.run is not None:
            _undo(batch.run, batch, reason, whole)
        batch.state, batch.cancelled_at, batch.cancelled_by_id = ChargeBatch.State.CANCELLED, clock.now(), whole.user_id
        batch.cancel_reason = reason.strip()[:250]
        batch.save()
        note(batch, "cancelled", actor=whole, reason=batch.cancel_reason)
        return batch


def refuse_blocked(batch: ChargeBatch) -> None:
    """Refuse the cancelling of a batch while documents stand in the way, naming them."""
    documents = blocking_documents(batch)
    if documents:
        shown = ", ".join(documents[:NAMED]) + (" …" if len(documents) > NAMED else "")
        text = _("These documents are paid, matched, closed or shared with a month run: %(documents)s.")
        raise Refusal("one_off.touched", text % {"documents": shown}, details={"documents": documents}, status=409)


def _undo(run: ChargeRun, batch: ChargeBatch, reason: str, actor: Actor) -> None:
    if run.batch_id is None:
        raise Refusal("charge_run.state", _("The run was not posted."), status=409)
    undone = reverse_batch(run.batch_id, reason, actor=actor, kind="charge-undo", booked_on=batch.period)
    void_numbers(list(run.notices.values_list("document_id", flat=True)), reason, actor=actor)
    run.state, run.undo_batch = ChargeRun.State.UNDONE, undone
    run.undone_at, run.undone_by_id, run.undone_reason = clock.now(), actor.user_id, reason.strip()[:250]
    run.save()


def charge_many(
    order: BatchOrder, component_id: int, quantity: Decimal, price: Decimal, account_ids: Collection[int],
    *, actor: Actor, progress: Progress = silent,
) -> ChargeBatch:  # fmt: skip
    """The same charge for many accounts, in the order of their keys."""
    charges = [OneOff(pk, component_id, quantity, price) for pk in sorted(set(account_ids))]
    return raise_charges(order, charges, actor=actor, progress=progress)
