"""Pages of a signed-in resident. Each asks queries that take the user; a foreign id is not found."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from lokum.core.base import clock
from lokum.core.base.context import current_actor
from lokum.core.desk.routes import resident
from lokum.core.papers.services import large_pdf_of, pdf_of
from lokum.money.deposits.queries import deposits_of_accounts
from lokum.money.ledger.addressees import E_DOCUMENTS
from lokum.money.ledger.queries import Cursor, sub_accounts_of_account, trail_of
from lokum.portal import queries
from lokum.portal.files import download, sheet_pdf, sheet_xlsx
from lokum.portal.forms import SheetFilter
from lokum.portal.frame import page
from lokum.property.occupancy.queries import agreement_histories
from lokum.property.parties.services import give_consent, withdraw_consent

YEAR = 365 * 24 * 3600  # seconds
CONSENT_TEXT = "portal/1"  # version of the words beside the button


@resident
def home(request: HttpRequest) -> HttpResponse:
    places = queries.places_of(request.user)
    context = {
        "places": places,
        "totals": queries.totals_of(places),
        "payments": queries.last_payments(request.user),
        "documents": queries.documents_of(request.user)[:3],
    }
    return page(request, "portal/home.html", "home", context)


@resident
def money(request: HttpRequest) -> HttpResponse:
    accounts = queries.accounts_of(request.user)
    chosen = SheetFilter(request.GET or None, accounts=accounts)
    context = {"accounts": accounts, "filter": chosen}
    if accounts and (account := chosen.account()) is not None:
        start, end = chosen.range()
        cursor = Cursor.parse(request.GET.get("after", ""))
        order, sub = chosen.newest_first(), chosen.sub_account()
        context["sheet"] = queries.sheet_of(account, start, end, newest_first=order, cursor=cursor, sub_account=sub)
        today = clock.today(account.entity.time_zone)
        context |= {"chosen": sub, "sub_accounts": sub_accounts_of_account(account.pk, account.entity_id, today)}
        context["account"] = account
        context["interest"] = queries.interest_today(account)
        context["deposits"] = deposits_of_accounts([account.pk])
        context["part"] = queries.shares_of_account(account)
    elif accounts:
        raise Http404
    return page(request, "portal/money.html", "money", context)


@resident
def sheet_file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The sheet of an own account as xlsx or PDF, for the range that is shown."""
    account = queries.own_account(request.user, pk)
    if account is None or form not in ("xlsx", "pdf"):
        raise Http404
    chosen = SheetFilter(request.GET or None, accounts=[account])
    start, end = chosen.range()
    if form == "xlsx":
        return sheet_xlsx(account, start, end, chosen.sub_account())
    return sheet_pdf(account, start, end, chosen.sub_account(), queries.reader_of(request.user, account))


@resident
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.own_entry(request.user, pk)
    if found is None:
        raise Http404
    context = {
        "entry": found,
        "trail": trail_of(found),
        "notice": queries.notice_of(found),
        "payment": queries.payment_of(found),
        "interest": queries.interest_of(found),
        "part": queries.own_part_of(found),
    }
    return page(request, "portal/entry.html", "money", context)


@resident
def interest(request: HttpRequest, pk: int) -> HttpResponse:
    """Interest of an own account accrued to today, with every span it is counted by."""
    account = queries.own_account(request.user, pk)
    if account is None:
        raise Http404
    context = {
        "account": account,
        "interest": queries.interest_today(account),
        "sheets": queries.interest_sheets(account),
    }
    return page(request, "portal/interest.html", "money", context)


@resident
def line(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.own_line(request.user, pk)
    if found is None:
        raise Http404
    return page(request, "portal/line.html", "money", {"view": found, "line": found.line})


@resident
def documents(request: HttpRequest) -> HttpResponse:
    context = {
        "documents": queries.documents_of(request.user)[:60],
        "waiting": queries.waiting_invoices(request.user),
        "consent": queries.electronic_consent(request.user),
    }
    return page(request, "portal/documents.html", "documents", context)


@resident
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Agree to electronic documents, or withdraw; an invoice is electronic only where its buyer accepts that."""
    actor, party = current_actor(), queries.party_of(request.user)
    if actor is None or party is None:
        raise Http404
    living = queries.electronic_consent(request.user)
    if request.POST.get("agree") == "yes":
        give_consent(party.pk, E_DOCUMENTS, CONSENT_TEXT, actor=actor)
    elif living is not None:
        withdraw_consent(living.pk, actor=actor)
    return redirect("portal:documents")


@resident
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF of an own document, always the same bytes; in large print for who reads the portal in large print."""
    found = queries.own_document(request.user, pk)
    if found is None:
        raise Http404
    actor = current_actor()
    assert actor is not None
    if request.COOKIES.get("print") == "large":
        return download(large_pdf_of(found), f"{found.number.replace('/', '-')}-large.pdf", "application/pdf")
    return download(pdf_of(found, actor=actor), f"{found.number.replace('/', '-')}.pdf", "application/pdf")


@resident
def me(request: HttpRequest) -> HttpResponse:
    agreements = list(queries.agreements_of(request.user))
    histories = agreement_histories([agreement.pk for agreement in agreements], portal=True)
    context = {
        "party": queries.party_of(request.user),
        "declaring": queries.declaring_places(request.user),
        "norms": queries.declarable_norms(request.user, clock.add_months(clock.first_of_month(clock.today()), 1)),
        "histories": [(agreement, histories[agreement.pk]) for agreement in agreements],
    }
    return page(request, "portal/me.html", "more", context)


@resident
def more(request: HttpRequest) -> HttpResponse:
    return page(request, "portal/more.html", "more", {"party": queries.party_of(request.user)})


@resident
@require_POST
def print_size(request: HttpRequest) -> HttpResponse:
    """Large or normal print on every page; kept on the device, because eyes and screens differ."""
    answer = redirect("portal:more")
    if request.POST.get("size") == "large":
        answer.set_cookie("print", "large", max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    else:
        answer.delete_cookie("print", samesite="Lax")
    return answer
