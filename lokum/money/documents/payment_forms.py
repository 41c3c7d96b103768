"""The filled payment form of a month: what was charged, what was matched with it, and a transfer of the rest (CHG-14).

Made anew from the books whenever it is asked for; undoing a match brings the amount back.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.transfer_codes import transfer_code_text
from lokum.core.papers.letters import LetterTable, issuer_of, letterhead_of
from lokum.core.papers.rendering import PaymentFormPaper, PostalAddress, TransferDetails, render_payment_form, texts
from lokum.core.papers.rendering.process import RenderProblem
from lokum.money.charges.models import Notice
from lokum.money.ledger.addressees import addressee_among
from lokum.money.ledger.models import Account, Allocation, Entry, OpenItem
from lokum.money.ledger.seams import payment_target

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Matched:
    """Money or a correction used for a document of the month."""

    document: str
    on: dt.date
    kind: str
    amount: Decimal


@dataclass(frozen=True)
class Charged:
    number: str
    due_on: dt.date
    amount: Decimal
    open_amount: Decimal
    matched: list[Matched]


@dataclass(frozen=True)
class MonthToPay:
    """A month of one account: its documents, and what is left to pay of them."""

    account: Account
    month: dt.date
    charged: list[Charged]

    @property
    def left(self) -> Decimal:
        return sum((one.open_amount for one in self.charged), ZERO)

    @property
    def due_on(self) -> dt.date:
        return min(one.due_on for one in self.charged)


def month_to_pay(account: Account, month: dt.date) -> MonthToPay:
    """Notices of a month that still stand, with the documents matched with them. Raises Missing without any."""
    reversed_ones = Entry.objects.filter(source_kind="reversal", account=account).values("corrects_id")
    notices = list(
        Notice.objects.filter(account=account, period=month)
        .exclude(entry_id__in=reversed_ones)
        .exclude(corrects_id__in=reversed_ones)  # a reversed notice takes its corrections along
        .select_related("entry")
        .order_by("due_on", "pk")
    )
    if not any(one.total_amount > 0 for one in notices):
        text = _("Nothing was charged on account %(code)s for %(month)s.")
        told = {"code": account.code, "month": date_format(month, "YEAR_MONTH_FORMAT")}
        raise Missing("payment_form.nothing", text % told)
    document_of = _documents_of(account, notices)
    left: dict[int, Decimal] = {}
    for entry_id, amount in OpenItem.objects.filter(entry_id__in=document_of, side="debit").values_list(
        "entry_id", "open_amount"
    ):
        left[document_of[entry_id]] = left.get(document_of[entry_id], ZERO) + amount
    matched: dict[int, list[Matched]] = {}
    rows = Allocation.objects.filter(debit_id__in=document_of, undone_at=None).select_related("credit")
    for row in rows.order_by("value_on", "pk"):
        credit = row.credit
        label = credit.document_number or credit.description or str(credit.get_kind_display())
        one = Matched(label, credit.booked_on, str(credit.get_kind_display()), row.amount)
        matched.setdefault(document_of[row.debit_id], []).append(one)
    charged = [
        Charged(
            one.number, one.due_on, one.total_amount, left.get(one.document_id, ZERO), matched.get(one.document_id, [])
        )
        for one in notices
        if one.total_amount > 0 or left.get(one.document_id)  # a credit may raise one sub-account and lower another
    ]
    return MonthToPay(account, month, charged)


def _documents_of(account: Account, notices: Sequence[Notice]) -> dict[int, int]:
    """The document of each entry. A notice, or the supplement of one, stands in the books as one entry for each of the
    sub-accounts its components belong to; they share batch and source."""

    def key(entry: Entry) -> tuple[int, str, int]:
        return entry.batch_id, entry.source_kind.partition("/")[0], entry.source_id

    documents = {key(one.entry): one.document_id for one in notices}
    batches, sources = {one[0] for one in documents}, {one[2] for one in documents}
    parts = Entry.objects.filter(account=account, batch_id__in=batches, source_id__in=sources)
    return {entry.pk: documents[key(entry)] for entry in parts if key(entry) in documents}


def months_to_pay(account: Account, count: int = 24) -> list[dt.date]:
    """The latest months with a notice, newest first."""
    rows = Notice.objects.filter(account=account, total_amount__gt=0).order_by("-period")
    return list(rows.values_list("period", flat=True).distinct()[:count])


def _tables(found: MonthToPay, language: str) -> list[dict[str, Any]]:
    currency = found.account.currency
    sign = texts.currency_sign(currency)

    def money(value: Decimal) -> str:
        return texts.figure(value, language, currency)

    total = [_("Total"), "", money(sum((one.amount for one in found.charged), ZERO)), money(found.left)]
    rows = [
        [one.number, texts.short_day(one.due_on, language), money(one.amount), money(one.open_amount)]
        for one in found.charged
    ]
    amount, left = _("Amount"), _("Left to pay")
    headings = [_("Document"), _("Due on"), f"{amount} ({sign})", f"{left} ({sign})"]
    tables = [LetterTable(headings, rows, [False, True, True, True], [total], _("Documents of the month")).as_data()]
    used = [
        [one.number, each.kind, each.document, texts.short_day(each.on, language), money(each.amount)]
        for one in found.charged
        for each in one.matched
    ]
    if used:
        headings = [_("Document"), _("Kind"), _("Matched with"), _("Booked on"), f"{amount} ({sign})"]
        flags = [False, False, False, True, True]
        tables.append(LetterTable(headings, used, flags, (), _("Already matched"), 2).as_data())
    return tables


def payment_form(account: Account, month: dt.date, party_ids: Collection[int] = ()) -> bytes:
    """PDF in the active language, written to the one of these people who pays, else to the payer.

    A fully paid month says so and carries no transfer.
    """
    found, language = month_to_pay(account, month), get_language() or "en"
    entity, today = account.entity, clock.today(account.entity.time_zone)
    one = addressee_among(account.pk, party_ids)
    issuer = issuer_of(entity, today)
    transfer = None
    if found.left > 0:
        values = {"month": f"{month:%m/%Y}", "account": account.code}
        title = pgettext("reference of a bank transfer, plain letters", "CHARGES %(month)s %(account)s") % values
        number, payee = payment_target([account.pk]).get(account.pk, ""), issuer["short_name"] or issuer["name"]
        code = transfer_code_text(entity.country_pack, number=number, amount=found.left, payee=payee, title=title,
                                  tax_number=issuer["tax_number"])  # fmt: skip
        transfer = TransferDetails(payee, number, title, found.left, code)
    month_text = texts.month(month, language)
    paper = PaymentFormPaper(
        title=_("Payment form"),
        subject=[month_text, one.premises_address, _("Account %(code)s") % {"code": account.code}],
        issued_on=today,
        language=language,
        currency=account.currency,
        letterhead=letterhead_of(issuer),
        address=PostalAddress(one.name, one.street, one.postal_code, one.city),
        left=found.left,
        until=_("by %(day)s") % {"day": texts.day(found.due_on, language)},
        tables=_tables(found, language),
        transfer=transfer,
        notes=[_("As the books stand on %(day)s.") % {"day": texts.day(today, language)}],
    )
    try:
        return render_payment_form(paper)
    except RenderProblem as problem:
        raise Refusal("document.render", _("The document could not be printed.")) from problem


def read_month(text: str) -> dt.date | None:
    """A month from an address ("2026-03"); None when it is none."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date().replace(day=1)  # noqa: DTZ007 - a calendar month
    except ValueError:
        return None
