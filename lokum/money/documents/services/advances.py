"""Advance invoices: money received before the supply, the correction when it goes back, the invoice that settles it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.money import places_of, round_amount
from lokum.core.papers.letters import TEMPLATE
from lokum.core.papers.services import NewDocument, ensure_series, issue_documents
from lokum.money.charges.models import ChargeLine, Component, Notice
from lokum.money.charges.vat import UNTAXED, rate_of, rate_text, vat_percent
from lokum.money.documents.advance_paper import AdvanceText, advance_data
from lokum.money.documents.advances import Sums, of_gross, part_of
from lokum.money.documents.invoice_paper import Part
from lokum.money.documents.models import Advance, AdvanceUse, Invoice, InvoiceRate
from lokum.money.documents.seams import taxed_when_invoiced
from lokum.money.documents.services.invoices import Asked, check_buyer, check_seller, issue_invoice
from lokum.money.documents.services.settling import (
    ADVANCE,
    USE,
    ZERO,
    TaxMove,
    chart_of,
    post_tax,
    post_uses,
    with_left,
)
from lokum.money.ledger.addressees import addressees
from lokum.money.ledger.joint_copies import copy_invoices
from lokum.money.ledger.models import Account, OpenItem
from lokum.money.ledger.services import lock_accounts
from lokum.money.payments.models import Payment

ADVANCE_KIND, RETURN_KIND = "advance_invoice", "advance_correction"
PATTERNS = {ADVANCE_KIND: "INVA/{year}/{month}/{serial:04}", RETURN_KIND: "INVAC/{year}/{month}/{serial:04}"}
REMEMBERED_DAYS = 366  # a buyer who was charged nothing but exempt lines for so long buys nothing taxed


@dataclass(frozen=True)
class Ordered:
    """What an advance is for. `percent`: of the day on which the money came."""

    component: Component
    percent: Decimal
    subject: str
    order_amount: Decimal
    sums: Sums


def free_of(payment: Payment) -> Decimal:
    """What of a payment is neither matched nor named by an advance invoice that still stands."""
    item = OpenItem.objects.filter(pk=payment.entry_id, side=OpenItem.Side.CREDIT).first()
    if item is None:
        return ZERO
    rows = Advance.objects.filter(payment=payment)
    left = sum(with_left(rows).values_list("total_left", flat=True), ZERO)
    named = rows.aggregate(total=Sum("total_amount"))["total"] or ZERO
    given_back = AdvanceUse.objects.filter(advance__payment=payment, invoice__kind=Invoice.Kind.RETURN)
    named -= given_back.aggregate(total=Sum("total_amount"))["total"] or ZERO
    return max(min(item.open_amount - left, payment.amount - named), ZERO)


def issue_advance(
    *,
    payment: Payment,
    component: Component,
    amount: Decimal | None = None,
    order_amount: Decimal | None = None,
    subject: str = "",
    requested_on: dt.date | None = None,
    actor: Actor,
) -> Advance:
    """The advance invoice of a payment's free money, or of a part of it.

    amount: gross (None: all that is free); order_amount: gross value of the whole supply (None: the advance alone).
    The tax is due on the day the money came, so that day must lie in an open month. Raises Refusal.
    """
    asked = Asked(requested_on)
    with transaction.atomic():
        if payment.account_id is None:
            text = _("This payment stands on no payer's account yet; clear it first.")
            raise Refusal("advance.payment", text, fields={"payment": [text]})
        lock_accounts([payment.account_id])
        account = Account.objects.select_related("payer", "entity").get(pk=payment.account_id)
        check_seller(account.entity)
        check_buyer(account, asked)
        received_on = payment.entry.effective_on
        percent = _percent(account, component, received_on)
        total = _amount(account, amount, free_of(payment))
        sums = of_gross(total, percent, places_of(account.currency))
        order = total if order_amount is None else order_amount
        if not sums.tax or order < total:
            text = _("The advance holds no tax, or is more than the whole order.")
            raise Refusal("advance.order", text, fields={"order_amount": [text]})
        with override(account.payer.language):
            words = subject.strip()[:200] or component.local_name
        return _write(account, payment, Ordered(component, percent, words, order, sums), asked, actor)


def _percent(account: Account, component: Component, day: dt.date) -> Decimal:
    """The rate of the supply on the day of receipt. Raises Refusal where an advance for it is not taxed."""

    def refuse(code: str, text: str) -> Refusal:
        return Refusal(code, text, fields={"component": [text]})

    if component.entity_id != account.entity_id:
        raise refuse("advance.component", _("This component belongs to another entity."))
    if component.vat_kind in UNTAXED:
        raise refuse("advance.untaxed", _("This supply is not taxed; money for it needs no advance invoice."))
    if component.component_class in taxed_when_invoiced(account.entity.country_pack):
        text = _("The tax of this supply arises with its invoice, not with the advance; there is nothing to invoice.")
        raise refuse("advance.taxed_when_invoiced", text)
    since = day - dt.timedelta(days=REMEMBERED_DAYS)
    charged = ChargeLine.objects.filter(notice__account=account, notice__period__gte=since)
    if charged.exists() and not charged.exclude(snapshot__vat_kind__in=UNTAXED).exists():
        raise refuse("advance.exempt_buyer", _("This buyer is charged nothing but exempt supplies."))
    percent = vat_percent(component, day)
    if not percent:
        raise refuse("advance.untaxed", _("No rate above zero holds for this supply on the day of receipt."))
    return percent


def _amount(account: Account, amount: Decimal | None, free: Decimal) -> Decimal:
    """The gross amount asked for. Raises Refusal when it is not free."""
    total = free if amount is None else amount
    if total > free or free <= 0:
        text = _("Of this payment only %(free)s is free.") % {"free": free}
        raise Refusal("advance.free", text, fields={"amount": [text]}, details={"free": str(free)}, status=409)
    return _checked(account, total)


def _checked(account: Account, amount: Decimal) -> Decimal:
    if amount <= 0 or amount != round_amount(amount, places_of(account.currency)):
        text = _("An amount above zero, in whole units of %(currency)s.") % {"currency": account.currency}
        raise Refusal("advance.amount", text, fields={"amount": [text]})
    return amount


def _write(account: Account, payment: Payment, order: Ordered, asked: Asked, actor: Actor) -> Advance:
    entity = account.entity
    chart_of(entity.pk)
    today, rate = clock.today(entity.time_zone), f"{order.percent.normalize():f}"
    received_on = payment.entry.effective_on
    text = AdvanceText(
        received_on, payment.title[:120], order.subject, rate, order.order_amount, order.sums, account.payer.tax_number
    )
    invoice = _issue(account, ADVANCE_KIND, Invoice.Kind.ADVANCE, text, asked.requested_on, today, actor)
    move = TaxMove(ADVANCE, invoice, order.sums.tax, received_on)
    entries = post_tax(entity.pk, [move], today, actor=actor)
    return Advance.objects.create(
        invoice=invoice,
        account=account,
        payment=payment,
        component=order.component,
        received_on=received_on,
        subject=order.subject,
        rate=rate,
        order_amount=order.order_amount,
        net_amount=order.sums.net,
        tax_amount=order.sums.tax,
        total_amount=order.sums.total,
        entry=entries[invoice.pk],
    )


def _issue(
    account: Account, series_kind: str, kind: str, text: AdvanceText, requested_on: Any, today: dt.date, actor: Actor
) -> Invoice:
    """Number, paper and register row of an advance invoice or its correction."""
    entity, one = account.entity, addressees([account.pk])[0]
    series = ensure_series(entity.pk, series_kind, PATTERNS[series_kind])
    data = advance_data(entity, one, text, today, places_of(account.currency))
    [document] = issue_documents(series, TEMPLATE, [NewDocument(data, one.keys)], issued_on=today)
    copy_invoices([document])
    invoice = Invoice.objects.create(
        account=account,
        kind=kind,
        document=document,
        number=document.number,
        issued_on=today,
        corrects=text.corrects,
        buyer_name=one.name[:250],
        buyer_tax_number=text.tax_number,
        requested_on=requested_on,
        net_amount=text.sums.net,
        tax_amount=text.sums.tax,
        total_amount=text.sums.total,
        made_at=clock.now(),
        made_by=actor.label[:150],
    )
    InvoiceRate.objects.create(invoice=invoice, rate=text.rate, net_amount=text.sums.net, tax_amount=text.sums.tax)
    note(invoice, "issued", actor=actor, number=invoice.number)
    return invoice


def _locked(pk: int) -> Any:
    """The advance with what is left of it, its account locked. Raises Refusal when nothing is left."""
    lock_accounts([Advance.objects.get(pk=pk).account_id])
    rows = Advance.objects.select_related("invoice", "account__payer", "account__entity", "payment__entry")
    found = with_left(rows).get(pk=pk)
    if found.total_left <= 0:
        used = ", ".join(found.uses.order_by("pk").values_list("invoice__number", flat=True))
        text = _("Nothing is left of this advance; see %(numbers)s.") % {"numbers": used}
        raise Refusal("advance.settled", text, fields={"notice": [text]}, status=409)
    return found


def return_advance(pk: int, *, amount: Decimal | None = None, reason: str, actor: Actor) -> Invoice:
    """Correct an advance invoice because the advance, or a part of it (gross), went back to the buyer.

    The tax is no longer due from the day of the correction on. Raises Refusal.
    """
    with transaction.atomic():
        advance = _locked(pk)
        left = Sums(advance.net_left, advance.tax_left)
        total = left.total if amount is None else _checked(advance.account, amount)
        if total > left.total:
            text = _("Only %(left)s is left of this advance.") % {"left": left.total}
            raise Refusal(
                "advance.left", text, fields={"amount": [text]}, details={"left": str(left.total)}, status=409
            )
        account, entity = advance.account, advance.account.entity
        part = part_of(left, of_gross(total, Decimal(advance.rate), places_of(account.currency)))
        today = clock.today(entity.time_zone)
        words = AdvanceText(
            advance.received_on, advance.payment.title[:120], advance.subject, advance.rate, advance.order_amount,
            -part, advance.invoice.buyer_tax_number, advance.invoice, reason.strip()[:250],
        )  # fmt: skip
        invoice = _issue(account, RETURN_KIND, Invoice.Kind.RETURN, words, None, today, actor)
        move = TaxMove(USE, invoice, -part.tax, today, [Part(advance, part)])
        post_uses(entity.pk, [move], today, actor=actor)
        return invoice


def settle_advance(
    pk: int, *, notice: Notice, requested_on: dt.date | None = None, exempt_reason: str = "", actor: Actor
) -> Invoice:
    """The final invoice: that of a notice which takes this advance off (older ones of the same rate first)."""
    with transaction.atomic():
        advance = _locked(pk)
        if notice.account_id != advance.account_id:
            text = _("The notice belongs to another payer's account than the advance.")
            raise Refusal("advance.other_account", text, fields={"notice": [text]})
        text = _("Nothing on this notice is taxed at %(rate)s, or older advances cover it.") % {
            "rate": rate_text(advance.rate)
        }
        none = Refusal("advance.no_supply", text, fields={"notice": [text]})
        if not any(rate_of(line) == advance.rate for line in notice.document.data["lines"]):
            raise none
        invoice = issue_invoice(notice=notice, requested_on=requested_on, exempt_reason=exempt_reason, actor=actor)
        if not AdvanceUse.objects.filter(advance=advance, invoice=invoice).exists():
            raise none
        return invoice
