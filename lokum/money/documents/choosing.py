"""What the forms of documents offer: only what a service would take. The services check again."""

from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from lokum.money.charges.models import Component, Notice
from lokum.money.charges.vat import UNTAXED
from lokum.money.documents.models import Advance, AdvanceUse, Invoice
from lokum.money.ledger.models import Entry, OpenItem
from lokum.money.payments.models import Payment


def taken_back(column: str) -> Exists:
    """Whether the notice named by a column was taken back."""
    return Exists(Entry.objects.filter(corrects_id=OuterRef(column), source_kind="reversal"))


def _invoiced(**conditions: Any) -> Exists:
    return Exists(Invoice.objects.filter(account_id=OuterRef("account_id"), **conditions))


def notices_to_invoice(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    """Notices of which an invoice, a correction or a correction to zero can be issued now."""
    alive = ~taken_back("pk") & (Q(corrects=None) | ~taken_back("corrects_id"))
    based = _invoiced(kind=Invoice.Kind.INVOICE, notice_id=OuterRef("corrects_id"))
    same_month = _invoiced(kind=Invoice.Kind.INVOICE, notice__period=OuterRef("period"))
    fresh = Q(corrects=None) & (Q(total_amount__gt=0) | same_month) | Q(corrects__isnull=False) & based
    first = (Invoice.Kind.INVOICE, Invoice.Kind.CORRECTION)
    reversed_too = _invoiced(notice_id=OuterRef("pk"), kind=Invoice.Kind.REVERSAL)
    undone = Q(taken_back("pk")) & _invoiced(notice_id=OuterRef("pk"), kind__in=first) & ~reversed_too
    return rows.filter(alive & fresh & ~_invoiced(notice_id=OuterRef("pk")) | undone)


def notices_that_settle(advance: Advance, rows: QuerySet[Notice]) -> QuerySet[Notice]:
    """The payer's own notices without an invoice that hold something of the rate of the advance, the newest first."""
    rows = rows.filter(account_id=advance.account_id, corrects=None, total_amount__gt=0)
    rows = rows.filter(document__data__lines__contains=[{"vat_percent": advance.rate}])
    return rows.exclude(taken_back("pk")).exclude(_invoiced(notice_id=OuterRef("pk"))).order_by("-period", "-number")


def taxed_components(rows: QuerySet[Component]) -> QuerySet[Component]:
    """Components whose advances may be taxed."""
    return rows.exclude(vat_kind__in=(*UNTAXED, Component.VatKind.ZERO))


def _sum(rows: QuerySet[Any], column: str) -> Coalesce:
    kept = rows.order_by().values(column).annotate(total=Sum("total_amount")).values("total")
    return Coalesce(Subquery(kept), Value(Decimal(0)), output_field=DecimalField(max_digits=16, decimal_places=2))


def payments_with_free_money(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments of payers of which more is open than advance invoices name already (`free_of`, for many)."""
    named = _sum(Advance.objects.filter(payment=OuterRef("pk")), "payment")
    uses = AdvanceUse.objects.filter(advance__payment=OuterRef("pk"))
    used = _sum(uses, "advance__payment")
    returned = _sum(uses.filter(invoice__kind=Invoice.Kind.RETURN), "advance__payment")
    credit = OpenItem.objects.filter(pk=OuterRef("entry_id"), side=OpenItem.Side.CREDIT, open_amount__gt=0)
    rows = rows.filter(Exists(credit), account__isnull=False)
    rows = rows.annotate(open_amount=Subquery(credit.values("open_amount")), named=named, used=used, returned=returned)
    return rows.filter(open_amount__gt=F("named") - F("used"), amount__gt=F("named") - F("returned"))
