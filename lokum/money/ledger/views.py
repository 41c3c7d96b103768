"""Pages of the ledger beside its registers: account sheet, trial balance, proof."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.desk import registry
from lokum.core.desk.forms import add_refusal
from lokum.core.desk.records import record_of
from lokum.core.desk.routes import needs
from lokum.core.desk.sheets import MEDIA_TYPES
from lokum.money.ledger import pages
from lokum.money.ledger.forms import LineAmountsForm
from lokum.money.ledger.matching import MatchForm, matched
from lokum.money.ledger.queries import Cursor, sheet
from lokum.money.ledger.services import correct_lines


@needs("ledger.account:view")
def account_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of one account between two days; `?format=xlsx` gives the same rows as a workbook."""
    account = record_of(registry.desks["ledger.account"], pk, request.user)
    form, start, end, oldest = pages.sheet_range(request.GET)
    if request.GET.get("format") == "xlsx":
        return _workbook(
            pages.sheet_workbook(account, start, end, oldest, pages.chosen_sub(form)), f"account-{account.pk}"
        )
    cursor = Cursor.parse(request.GET.get("after", ""))
    sub = pages.chosen_sub(form)
    page = sheet(account.pk, start, end, newest_first=not oldest, cursor=cursor, sub_account=sub)
    today = clock.today(account.entity.time_zone)
    context = {
        "title": _("Account %(code)s — %(payer)s") % {"code": account.code, "payer": account.payer},
        "account": account, "form": form, "page": page, "ranged": bool(start or end),
        **pages.sheet_balances(account, min(end, today) if end else today, sub), "ranges": pages.ready_ranges(today),
        "next_url": pages.next_url(request.GET, page.next),
    }  # fmt: skip
    return render(request, "ledger/sheet.html", context)


@needs("ledger.account:match")
def match(request: HttpRequest, pk: int) -> HttpResponse:
    """Matching by hand: one credit of an account, and amounts beside the debts it shall cover."""
    account = record_of(registry.desks["ledger.account"], pk, request.user, "match")
    form = MatchForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid() and matched(form, actor=current_actor()):
        messages.success(request, _("Matched. It can be undone on the page of the account."))
        return redirect(registry.desks["ledger.account"].path("detail", account.pk) + "?tab=matching")
    title = _("Match money of account %(code)s") % {"code": account.code}
    return render(request, "ledger/match.html", {"title": title, "account": account, "form": form})


@needs("ledger.ledgeraccount:view")
def trial_balance_page(request: HttpRequest) -> HttpResponse:
    """Opening, turnover and closing of every ledger account, of one entity or all in the user's scope."""
    form, parts = pages.trial_parts(request.GET, request.user)
    if request.GET.get("format") == "xlsx":
        return _workbook(pages.trial_workbook(parts), "trial-balance")
    return render(request, "ledger/trial_balance.html", {"title": _("Trial balance"), "form": form, "parts": parts})


@needs("ledger.period:view")
def years_page(request: HttpRequest) -> HttpResponse:
    """Fiscal years of the entities in the user's scope: months closed, closing, result."""
    context = {"title": _("Year end"), "years": pages.years_of(request.user)}
    if policy.may(request.user, "ledger.period:close_year"):
        context |= {
            "primary_url": registry.desks["ledger.period"].path("collection", "close_year"),
            "primary_label": _("Close a year"),
            "primary_icon": "calendar",
        }
    return render(request, "ledger/years.html", context)


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


@needs("ledger.entry:correct")
def correct_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a document line by line: the amounts that shall stand, and why."""
    desk = registry.desks["ledger.entry"]
    entry = record_of(desk, pk, request.user, "correct")
    parts = pages.correction_parts(entry)
    fields = [(one["line"], one["label"], one["left"]) for one in parts]
    form = LineAmountsForm(fields, request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        actor: Any = current_actor()
        try:
            made = correct_lines(entry.pk, amounts=form.amounts(), reason=form.cleaned_data["reason"], actor=actor)
            messages.success(request, _("The correction was posted."))
            return redirect(desk.path("detail", made.pk))
        except Refusal as refusal:
            add_refusal(form, refusal)
            status = refusal.status
    rows = [one | {"field": form[f"line_{one['line']}"]} for one in parts]
    title = _("Correct %(document)s") % {"document": entry}
    context = {"title": title, "entry": entry, "currency": desk.currency_of(entry), "form": form, "rows": rows}
    return render(request, "ledger/correct.html", context, status=status)


def _workbook(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(data, content_type=MEDIA_TYPES["xlsx"], headers=headers)
