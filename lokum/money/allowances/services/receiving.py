"""Money of a payer body: split over the lines of its claim to the cent, differences only with a reason (LED-22)."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.money import places_of, split_amount
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.allowances.models import BodyPayment, BodyPaymentLine, Claim, ClaimLine
from lokum.money.allowances.queries import with_open
from lokum.money.allowances.services.claiming import chart_of, lock_claiming
from lokum.money.ledger.queries import payout_account
from lokum.money.ledger.services import NewEntry, NewLine, post_batch, posting

ZERO = Decimal("0.00")


def receive_payment(
    pk: int,
    *,
    amount: Decimal,
    received_on: dt.date,
    reference: str = "",
    reason: str = "",
    parts: Mapping[int, Decimal] | None = None,
    out_of: str = "bank",
    actor: Actor,
) -> BodyPayment:
    """Money for a claim. The whole open amount goes to its lines exactly.

    Less than that needs a `reason`: it is split by what is open of each line (largest remainder), or as `parts` say by
    the key of the line; the rest stays open at the body. More is refused: the surplus belongs to no payer. A claim
    that came out below zero is settled by sending that money back (`amount` below zero). out_of: "bank", or "clearing"
    when the money waits among what is to be cleared.
    """
    with posting(actor) as whole:
        claim = Claim.objects.select_related("entity").filter(pk=pk).first()
        if claim is None:
            raise Missing("claim.missing", _("There is no such claim."))
        lock_claiming(claim.entity_id)
        lines = list(with_open(ClaimLine.objects.filter(claim=claim)).exclude(open_amount=0).order_by("pk"))
        _check(claim, lines, amount, received_on, reason)
        places = places_of(claim.entity.currency)
        shares = _split(lines, amount, places) if parts is None else _named(lines, amount, parts)
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('allowances_bodypayment', 'id'))")
            key = int(cursor.fetchone()[0])
        entry_id = _post(claim, key, amount, received_on, reference, out_of, whole)
        payment = BodyPayment.objects.create(
            pk=key, claim=claim, amount=amount, received_on=received_on, reference=reference.strip()[:140],
            reason=reason.strip()[:250], entry_id=entry_id, made_at=clock.now(), made_by=actor.label[:150],
        )  # fmt: skip
        BodyPaymentLine.objects.bulk_create(
            BodyPaymentLine(payment=payment, line_id=line_id, amount=share)
            for line_id, share in shares.items()
            if share
        )
        note(claim, "received", actor=actor, amount=str(amount), reason=reason)
        return payment


def _check(claim: Claim, lines: list[Any], amount: Decimal, received_on: dt.date, reason: str) -> None:
    total = sum((one.open_amount for one in lines), ZERO)
    if not lines:
        text = _("Nothing of this claim is open.")
        raise Refusal("claim.settled", text, fields={"amount": [text]}, status=409)
    if received_on > clock.today(claim.entity.time_zone):
        text = _("The day lies in the future.")
        raise Refusal("claim.future", text, fields={"received_on": [text]})
    if amount == total and amount:
        return
    told = {name: amount_text(value, claim.entity.currency) for name, value in (("open", total), ("amount", amount))}
    if total <= 0 or amount <= 0:
        text = _wrong_direction(total) % told
        raise Refusal("claim.direction", text, fields={"amount": [text]})
    if amount > total:
        text = _("Open is %(open)s, the payment is %(amount)s. A surplus belongs to no payer: leave it to be cleared.")
        raise Refusal("claim.too_much", text % told, fields={"amount": [text % told]})
    if not reason.strip():
        text = _("Open is %(open)s, the payment is %(amount)s. Say why it differs; the rest stays open.") % told
        raise Refusal("claim.difference", text, fields={"reason": [text]})


def _wrong_direction(total: Decimal) -> str:
    """Why money of this sign cannot settle the claim: it goes the other way, or nothing is to be moved at all."""
    if total > 0:
        return _("%(open)s is open for the body to pay. Write the amount that came in, above zero.")
    if total < 0:
        return _("This claim was taken back: %(open)s. Write exactly this amount, below zero, when it was sent back.")
    return _("What is open and what was taken back cancel each other out; no money is to be moved.")


def _split(lines: list[Any], amount: Decimal, places: int) -> dict[int, Decimal]:
    """What is below zero is settled whole; the rest by what is open, largest remainder."""
    total = sum((one.open_amount for one in lines), ZERO)
    if amount == total:
        return {one.pk: one.open_amount for one in lines}
    found = {one.pk: one.open_amount for one in lines if one.open_amount < 0}
    due = [one for one in lines if one.open_amount > 0]
    shares = split_amount(amount - sum(found.values(), ZERO), [one.open_amount for one in due], places)
    return found | {one.pk: share for one, share in zip(due, shares, strict=True)}


def _named(lines: list[Any], amount: Decimal, parts: Mapping[int, Decimal]) -> dict[int, Decimal]:
    known = {one.pk: one.open_amount for one in lines}
    for key, part in parts.items():
        if key not in known or not min(known[key], ZERO) <= part <= max(known[key], ZERO):
            text = _("A part goes beyond what is open of its line.")
            raise Refusal("claim.part", text, fields={"parts": [text]})
    if sum(parts.values(), ZERO) != amount:
        text = _("The parts do not add up to the payment.")
        raise Refusal("claim.parts", text, fields={"parts": [text]})
    return dict(parts)


def _post(
    claim: Claim, key: int, amount: Decimal, received_on: dt.date, reference: str, out_of: str, actor: Actor
) -> int:
    chart, today = chart_of(claim.entity_id), clock.today(claim.entity.time_zone)
    if out_of == "bank":
        chart["bank"] = payout_account(claim.entity_id)
    money, share = NewLine(chart[out_of], debit_amount=amount), NewLine(chart["allowance"], credit_amount=amount)
    if amount < 0:
        money, share = NewLine(chart[out_of], credit_amount=-amount), NewLine(chart["allowance"], debit_amount=-amount)
    entry = NewEntry(
        kind="allowance", amount=Decimal(0), lines=[money, share], source_kind="allowance-payment", source_id=key,
        document_number=claim.number, description=reference.strip(), effective_on=received_on,
    )  # fmt: skip
    batch = post_batch(claim.entity_id, "allowance", f"allowance-payment:{key}", today, [entry], actor=actor)
    return int(batch.entries.get().pk)
