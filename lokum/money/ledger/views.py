"""Pages of the ledger beside its registers: account sheet, trial balance, proof."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.desk.desk import registry
from lokum.core.desk.records import record_of
from lokum.core.desk.routes import needs
from lokum.core.desk.sheets import MEDIA_TYPES
from lokum.money.ledger import pages
from lokum.money.ledger.queries import Cursor, balance, sheet


@needs("ledger.account:view")
def account_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of one account between two days; `?format=xlsx` gives the same rows as a workbook."""
    account = record_of(registry.desks["ledger.account"], pk, request.user)
    form, start, end, oldest = pages.sheet_range(request.GET)
    if request.GET.get("format") == "xlsx":
        return _workbook(pages.sheet_workbook(account, start, end, oldest), f"account-{account.pk}")
    cursor = Cursor.parse(request.GET.get("after", ""))
    page = sheet(account.pk, start, end, newest_first=not oldest, cursor=cursor)
    today = clock.today(account.entity.time_zone)
    context = {
        "title": _("Account %(code)s — %(payer)s") % {"code": account.code, "payer": account.payer},
        "account": account, "form": form, "page": page, "ranged": bool(start or end),
        "balance": balance(account.pk, min(end, today) if end else today), "ranges": pages.ready_ranges(today),
        "next_url": pages.next_url(request.GET, page.next),
    }  # fmt: skip
    return render(request, "ledger/sheet.html", context)


@needs("ledger.ledgeraccount:view")
def trial_balance_page(request: HttpRequest) -> HttpResponse:
    """Opening, turnover and closing of every ledger account, of one entity or all in the user's scope."""
    form, parts = pages.trial_parts(request.GET, request.user)
    if request.GET.get("format") == "xlsx":
        return _workbook(pages.trial_workbook(parts), "trial-balance")
    return render(request, "ledger/trial_balance.html", {"title": _("Trial balance"), "form": form, "parts": parts})


@needs("ledger.batch:prove")
def proof_page(request: HttpRequest) -> HttpResponse:
    """What the last proof of the books found."""
    context = pages.last_proof() | {
        "title": _("Proof of the books"),
        "primary_url": registry.desks["ledger.batch"].path("collection", "prove"),
        "primary_label": _("Prove now"),
        "primary_icon": "shield-check",
    }
    return render(request, "ledger/proof.html", context)


def _workbook(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(data, content_type=MEDIA_TYPES["xlsx"], headers=headers)
