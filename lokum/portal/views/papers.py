"""Papers a resident makes on the spot."""

from django.http import Http404, HttpRequest, HttpResponse

from lokum.core.desk.routes import resident
from lokum.money.documents.payment_forms import payment_form, read_month
from lokum.portal import queries
from lokum.portal.files import download


@resident
def payment_form_file(request: HttpRequest, pk: int, month: str) -> HttpResponse:
    """The payment form of an own account for a month, less what was matched with it already."""
    account, first = queries.own_account(request.user, pk), read_month(month)
    if account is None or first is None:
        raise Http404
    own = queries.own_parties(request.user)
    name = f"{account.code.replace('/', '-')}-{month}.pdf"
    return download(payment_form(account, first, own), name, "application/pdf")
