"""The account sheet as files: a workbook with typed cells, and a tagged PDF."""

import datetime as dt
import io
from decimal import Decimal

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.money import places_of
from lokum.core.organisation.queries import issuer_of
from lokum.core.papers.letters import letterhead_of
from lokum.core.papers.rendering import PostalAddress, StatementPaper, StatementRow, render_statement
from lokum.money.ledger.addressees import Addressee, addressee_among
from lokum.money.ledger.queries import Account, SheetRow, sheet, sheet_rows
from lokum.portal.words import row_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(data: bytes, name: str, media_type: str) -> HttpResponse:
    """A private file: shown by no cache, guessed at by no browser."""
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def sheet_xlsx(account: Account, start: dt.date | None, end: dt.date | None, sub: int | None = None) -> HttpResponse:
    """Rows and totals of the sheet; dates are dates, amounts are numbers, text never becomes a formula."""
    buffer = io.BytesIO()
    places = ("." + "0" * places_of(account.currency)).rstrip(".")
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": f"#,##0{places}"})
        bold = book.add_format({"bold": True})
        page = book.add_worksheet(account.code[:31].replace("/", "-"))
        titles = (_("Date"), _("What"), _("Document"), _("Charge"), _("Correction"), _("Payment"), _("Balance"))
        page.write_row(0, 0, [str(title) for title in titles], bold)
        page.set_column(1, 2, 30)
        page.freeze_panes(1, 0)
        for number, row in enumerate(sheet_rows(account.pk, start, end, sub_account=sub), 1):
            page.write_datetime(number, 0, dt.datetime.combine(row.booked_on, dt.time()), day)
            page.write_string(number, 1, row_text(row))
            page.write_string(number, 2, row.document_number)
            for column, value in enumerate((row.charge, row.correction, row.payment, row.balance), 3):
                if value is not None:
                    page.write_number(number, column, value, money)
    return download(buffer.getvalue(), f"{account.code.replace('/', '-')}.xlsx", XLSX)


def _statement_row(row: SheetRow) -> StatementRow:
    payment = -row.payment if row.payment is not None else None
    return StatementRow(row.booked_on, row_text(row), row.charge, row.correction, payment, row.balance)


def sheet_pdf(
    account: Account,
    start: dt.date | None,
    end: dt.date | None,
    sub: int | None = None,
    reader: Addressee | None = None,
) -> HttpResponse:
    """The sheet as of today, written to `reader`, else to the payer."""
    today = clock.today(account.entity.time_zone)
    issuer = issuer_of(account.entity, today)
    rows = tuple(_statement_row(row) for row in sheet_rows(account.pk, start, end, sub_account=sub))
    opening = sheet(account.pk, start, end, size=1, sub_account=sub).opening if start else Decimal("0.00")
    one = reader or addressee_among(account.pk, ())
    paper = StatementPaper(
        number=account.code,
        proof="",
        issued_on=today,
        language=get_language() or "en",
        currency=account.currency,
        letterhead=letterhead_of(issuer),
        address=PostalAddress(one.name, one.street, one.postal_code, one.city),
        account=_("Account %(code)s") % {"code": account.code},
        from_on=start or (rows[0].on if rows else None),
        to_on=end or today,
        opening=opening,
        rows=rows,
    )
    return download(render_statement(paper), f"{account.code.replace('/', '-')}.pdf", "application/pdf")
