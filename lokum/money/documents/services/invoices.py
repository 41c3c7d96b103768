"""Tax invoices: one notice at a time or those of a month run, and the corrections that follow them (DOC-02).

Lines and amounts are those of the notice's own document, so an invoice never says anything the ledger does not. What
is left of the payer's advances at a rate is taken off (services.settling).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.inherited import setting
from lokum.core.organisation.models import Entity
from lokum.core.papers.letters import TEMPLATE
from lokum.core.papers.services import NewDocument, ensure_series, issue_documents
from lokum.money.charges.models import ChargeRun, Notice
from lokum.money.charges.vat import rate_of
from lokum.money.documents.choosing import taken_back
from lokum.money.documents.invoice_paper import EXEMPT, InvoiceText, Part, invoice_data
from lokum.money.documents.models import Invoice, InvoiceRate
from lokum.money.documents.services.settling import USE, TaxMove, day_of, left_of, parts_back, parts_for, post_uses
from lokum.money.ledger.addressees import addressees
from lokum.money.ledger.joint_copies import copy_invoices
from lokum.money.ledger.models import Account, Entry
from lokum.money.ledger.services import lock_accounts

KIND, CORRECTION_KIND = "invoice", "invoice_correction"
PATTERNS = {KIND: "INV/{year}/{month}/{serial:04}", CORRECTION_KIND: "INVC/{year}/{month}/{serial:04}"}
# Kinds of documents whose electronic form needs the buyer's consent.
INVOICE_KINDS = (KIND, CORRECTION_KIND, "advance_invoice", "advance_correction")
EXEMPT_REASON = "documents.exempt_reason"
ZERO = Decimal("0.00")
FULL = ("account__payer", "account__entity", "document", "corrects", "entry")


@dataclass(frozen=True)
class Asked:
    """What the person who issues says: when the buyer asked, why lines are exempt."""

    requested_on: dt.date | None = None
    exempt_reason: str = ""


@dataclass(frozen=True)
class Draft:
    """An invoice about to be issued: its notice, what it corrects, lines with their signs."""

    notice: Notice
    kind: str
    corrects: Invoice | None
    lines: list[dict[str, Any]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)  # taken off for advances

    @property
    def rates(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Net and tax by rate, after the advances."""
        found = dict(self.supply)
        for one in self.parts:
            net, tax = found.get(rate := one.advance.rate, (ZERO, ZERO))
            found[rate] = (net - one.sums.net, tax - one.sums.tax)
        return found

    @property
    def supply(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Net and tax of the lines by rate."""
        found: dict[str, tuple[Decimal, Decimal]] = {}
        for line in self.lines:
            net, tax = found.get(rate := rate_of(line), (ZERO, ZERO))
            found[rate] = (net + Decimal(line["net"]), tax + Decimal(line["tax"]))
        return found


def issue_invoice(
    *, notice: Notice, requested_on: dt.date | None = None, exempt_reason: str = "", actor: Actor
) -> Invoice:
    """The invoice of a notice; of a correction, or of an invoiced notice that was reversed, the correction."""
    with transaction.atomic():
        lock_accounts([notice.account_id])
        found = Notice.objects.select_related(*FULL).get(pk=notice.pk)
        draft = _draft(found)
        return _issue(found.account.entity, [draft], Asked(requested_on, exempt_reason.strip()), actor)[0]


def issue_run_invoices(*, run: ChargeRun, exempt_reason: str = "", actor: Actor) -> list[Invoice]:
    """Invoices of a month run for every buyer with a tax number, and all corrections the entity still owes.

    Called again it issues only what is missing.
    """
    asked = Asked(None, exempt_reason.strip())
    with transaction.atomic():
        if run.state != ChargeRun.State.POSTED:
            raise Refusal("invoice.not_posted", _("Only a posted run is invoiced."), status=409)
        rows = Notice.objects.filter(run=run, corrects=None).exclude(account__payer__tax_number="")
        lock_accounts(list(rows.values_list("account_id", flat=True)))
        fresh = rows.filter(invoices=None, total_amount__gt=0).exclude(taken_back("pk"))
        made = _issue(run.entity, _drafts(fresh), asked, actor)
        made += _issue(run.entity, _drafts(waiting_corrections(run.entity_id)), asked, actor)
        if not made:
            raise Refusal("invoice.none", _("There is nothing to invoice: no buyer with a tax number, or all done."))
    return made


def waiting_corrections(entity_id: int) -> Any:
    """Notices whose invoiced original changed and whose correction was not issued yet."""
    rows = Notice.objects.filter(account__entity_id=entity_id)
    invoiced = Invoice.objects.filter(account__entity_id=entity_id, kind=Invoice.Kind.INVOICE)
    invoiced_months = set(invoiced.values_list("account_id", "notice__period"))
    own = rows.filter(invoices=None).exclude(taken_back("pk"))
    changed = own.filter(corrects__invoices__kind=Invoice.Kind.INVOICE).exclude(taken_back("corrects_id"))
    credits = own.filter(corrects=None, total_amount__lt=0, account_id__in=invoiced.values("account_id"))
    credited = [
        key
        for key, account_id, period in credits.values_list("pk", "account_id", "period")
        if (account_id, period) in invoiced_months
    ]
    issued = Invoice.objects.filter(account__entity_id=entity_id).exclude(kind=Invoice.Kind.REVERSAL)
    back = issued.filter(taken_back("notice_id")).exclude(notice__invoices__kind=Invoice.Kind.REVERSAL)
    keys: set[Any] = {*changed.values_list("pk", flat=True), *credited, *back.values_list("notice_id", flat=True)}
    return rows.filter(pk__in=keys)


def _base(notice: Notice) -> Invoice | None:
    """The invoice a correction or a credit of the same month refers to."""
    rows = Invoice.objects.filter(kind=Invoice.Kind.INVOICE, account_id=notice.account_id)
    if notice.corrects_id is not None:
        return rows.filter(notice_id=notice.corrects_id).first()
    return rows.filter(notice__period=notice.period).order_by("-pk").first()


def _drafts(notices: Any) -> list[Draft]:
    return [_draft(one) for one in notices.select_related(*FULL).order_by("period", "number")]


def _draft(notice: Notice) -> Draft:
    """What is to be issued for a notice now. Raises Refusal when it is nothing."""
    own = {one.kind: one for one in Invoice.objects.filter(notice=notice)}
    undone = _is_reversed(notice.pk)
    lines = list(notice.document.data["lines"])
    if own:
        first = own.get(Invoice.Kind.INVOICE) or own.get(Invoice.Kind.CORRECTION)
        if undone and Invoice.Kind.REVERSAL not in own and first is not None:
            return Draft(notice, Invoice.Kind.REVERSAL, first, [_negated(line) for line in _standing(first, lines)])
        numbers = ", ".join(one.number for one in own.values())
        raise Refusal("invoice.twice", _("This notice is invoiced already: %(numbers)s.") % {"numbers": numbers},
                      fields={"notice": [numbers]}, status=409)  # fmt: skip
    if undone or (notice.corrects_id is not None and _is_reversed(notice.corrects_id)):
        text = _("This notice was taken back; there is nothing to invoice.")
        raise Refusal("invoice.reversed", text, fields={"notice": [text]}, status=409)
    if notice.corrects_id is None and notice.total_amount > 0:
        return Draft(notice, Invoice.Kind.INVOICE, None, lines)
    base = _base(notice)
    if base is None:
        text = _("A correction needs the invoice it corrects; issue that one first.")
        raise Refusal("invoice.original", text, fields={"notice": [text]}, status=409)
    return Draft(notice, Invoice.Kind.CORRECTION, base, lines)


def _is_reversed(notice_id: int) -> bool:
    return Entry.objects.filter(corrects_id=notice_id, source_kind="reversal").exists()


def _standing(first: Invoice, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of an invoice with those of its corrections: a reversal of a notice takes its corrections along."""
    rows = Invoice.objects.filter(notice__corrects_id=first.notice_id, kind=Invoice.Kind.CORRECTION)
    rows = rows.exclude(notice__invoices__kind=Invoice.Kind.REVERSAL).select_related("notice__document").order_by("pk")
    return lines + [line for one in rows if one.notice for line in one.notice.document.data["lines"]]


def _negated(line: dict[str, Any]) -> dict[str, Any]:
    return line | {name: str(-Decimal(line[name] or 1)) for name in ("quantity", "net", "tax", "amount")}


def _issue(entity: Entity, drafts: Sequence[Draft], asked: Asked, actor: Actor) -> list[Invoice]:
    """Issue drafts of one entity: invoices in one series, corrections in another. Inside a transaction."""
    if not drafts:
        return []
    check_seller(entity)
    reason = _exempt_reason(entity, drafts, asked)
    for draft in drafts:
        if draft.corrects is None:
            check_buyer(draft.notice.account, asked)
    _take_advances(drafts)
    today = clock.today(entity.time_zone)
    made: list[Invoice] = []
    for kind in (KIND, CORRECTION_KIND):
        part = [one for one in drafts if (one.corrects is None) == (kind == KIND)]
        if part:
            made += _write(entity, kind, part, reason, asked, today, actor)
    return made


def _exempt_reason(entity: Entity, drafts: Sequence[Draft], asked: Asked) -> str:
    if not any(EXEMPT in draft.rates for draft in drafts):
        return ""
    reason = asked.exempt_reason or str(setting(EXEMPT_REASON, entity.node_id) or "").strip()
    if not reason:
        text = _("Some lines are exempt: name the provision they are exempt by.")
        raise Refusal("invoice.exempt_reason", text, fields={"exempt_reason": [text]})
    return reason[:200]


def _take_advances(drafts: Sequence[Draft]) -> None:
    fresh = [one for one in drafts if one.kind == Invoice.Kind.INVOICE]
    open_advances = left_of({one.notice.account_id for one in fresh})
    for draft in fresh:
        draft.parts.extend(parts_for(open_advances.get(draft.notice.account_id, []), draft.supply))
    for draft in drafts:
        if draft.kind == Invoice.Kind.REVERSAL and draft.corrects is not None:
            draft.parts.extend(parts_back(draft.corrects))


def check_seller(entity: Entity) -> None:
    """Refuse an entity without a tax number: every invoice carries the seller's (ustawa o VAT, art. 106e ust. 1 pkt
    4).
    """
    if not entity.tax_number:
        raise Refusal("invoice.seller", _("Write the tax number of the entity first; every invoice carries it."))


def check_buyer(account: Account, asked: Asked) -> None:
    """An invoice needs the buyer's tax number or the day on which the buyer asked for it."""
    if not account.payer.tax_number and asked.requested_on is None:
        text = _("The buyer has no tax number. Say on which day an invoice was requested.")
        raise Refusal("invoice.no_tax_number", text, fields={"requested_on": [text]})
    if asked.requested_on is not None and asked.requested_on > clock.today(account.entity.time_zone):
        text = _("The request cannot lie in the future.")
        raise Refusal("invoice.requested_on", text, fields={"requested_on": [text]})


def _write(
    entity: Entity, kind: str, drafts: Sequence[Draft], reason: str, asked: Asked, today: dt.date, actor: Actor
) -> list[Invoice]:
    people = {one.account_id: one for one in addressees({draft.notice.account_id for draft in drafts})}
    series = ensure_series(entity.pk, kind, PATTERNS[kind])
    news = []
    for draft in drafts:
        one = people[draft.notice.account_id]
        why = reason if EXEMPT in draft.rates else ""
        text = InvoiceText(draft.notice, draft.kind, draft.corrects, draft.lines, draft.rates, why, _buyer(draft),
                           draft.parts)  # fmt: skip
        news.append(NewDocument(invoice_data(entity, one, text, today), one.keys))
    documents = issue_documents(series, TEMPLATE, news, issued_on=today)
    copy_invoices(documents)
    now = clock.now()
    made = Invoice.objects.bulk_create(
        Invoice(
            account_id=draft.notice.account_id,
            notice=draft.notice,
            kind=draft.kind,
            document=document,
            number=document.number,
            issued_on=today,
            corrects=draft.corrects,
            buyer_name=people[draft.notice.account_id].name[:250],
            buyer_tax_number=_buyer(draft),
            requested_on=asked.requested_on,
            exempt_reason=reason if EXEMPT in draft.rates else "",
            net_amount=sum((net for net, _tax in draft.rates.values()), ZERO),
            tax_amount=sum((tax for _net, tax in draft.rates.values()), ZERO),
            total_amount=sum((net + tax for net, tax in draft.rates.values()), ZERO),
            made_at=now,
            made_by=actor.label[:150],
        )
        for draft, document in zip(drafts, documents, strict=True)
    )
    InvoiceRate.objects.bulk_create(
        InvoiceRate(invoice=invoice, rate=rate, net_amount=net, tax_amount=tax)
        for invoice, draft in zip(made, drafts, strict=True)
        for rate, (net, tax) in draft.rates.items()
    )
    _post_advances(entity, list(zip(made, drafts, strict=True)), today, actor)
    for invoice in made:
        note(invoice, "issued", actor=actor, number=invoice.number)
    return list(made)


def _post_advances(entity: Entity, made: Sequence[tuple[Invoice, Draft]], today: dt.date, actor: Actor) -> None:
    """Tax of the advances taken off is no longer due beside that of the supply, in the month of the supply."""
    moves = [
        TaxMove(
            source=USE,
            invoice=invoice,
            tax=-sum((one.sums.tax for one in draft.parts), ZERO),
            on=today if draft.corrects else day_of(entity.pk, draft.notice.entry.booked_on, today),
            parts=draft.parts,
        )
        for invoice, draft in made
        if draft.parts
    ]
    if moves:
        post_uses(entity.pk, moves, today, actor=actor)


def _buyer(draft: Draft) -> str:
    """The tax number of the buyer; a correction keeps that of its invoice."""
    return draft.corrects.buyer_tax_number if draft.corrects else draft.notice.account.payer.tax_number
