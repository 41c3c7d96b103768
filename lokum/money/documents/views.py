"""Papers made on the spot: payment forms and single statements."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lokum.core.base.context import current_actor, system_actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.desk import registry
from lokum.core.desk.forms import add_refusal
from lokum.core.desk.records import record_of
from lokum.core.desk.routes import needs
from lokum.money.documents.actions import write_advance, write_invoice
from lokum.money.documents.forms import AdvanceForm, RangeForm, RequestForm, component_field
from lokum.money.documents.payment_forms import payment_form, read_month
from lokum.money.documents.services import issue_statement
from lokum.money.documents.services.advances import free_of


@needs("ledger.account:view")
def form_pdf(request: HttpRequest, pk: int, month: str) -> HttpResponse:
    """The payment form of an account for a month."""
    account = record_of(registry.desks["ledger.account"], pk, request.user)
    first = read_month(month)
    if first is None:
        raise Missing("payment_form.month", _("There is no such month."))
    headers = {
        "Content-Disposition": f'inline; filename="form-{account.pk}-{month}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(payment_form(account, first), content_type="application/pdf", headers=headers)


@needs("documents.deliverybatch:order")
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the range of one statement and issue it."""
    account = record_of(registry.desks["ledger.account"], pk, request.user)
    form = RangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = issue_statement(account.pk, actor=current_actor() or system_actor("documents"), **form.cleaned_data)
            return redirect(reverse("desk:detail", args=["documents", "accountstatement", made.pk]))
        except Refusal as refusal:
            add_refusal(form, refusal)
    title = _("Statement of account %(code)s") % {"code": account.code}
    return render(request, "documents/statement.html", {"title": title, "form": form, "account": account})


@needs("documents.invoice:issue")
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the invoice of a notice, or the correction that is due."""
    notice = record_of(registry.desks["charges.notice"], pk, request.user)
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = write_invoice(notice=notice, actor=current_actor() or system_actor("documents"), **form.cleaned_data)
            return redirect(reverse("desk:detail", args=["documents", "invoice", made.pk]))
        except Refusal as refusal:
            add_refusal(form, refusal)
    title = _("Invoice of notice %(number)s") % {"number": notice.number}
    return render(request, "documents/invoice.html", {"title": title, "form": form, "notice": notice})


@needs("documents.advance:issue")
def advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the advance invoice of a payment's free money."""
    payment = record_of(registry.desks["payments.payment"], pk, request.user)
    form = AdvanceForm(request.POST or None)
    form.fields["component"] = component_field(payment.entity_id, request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actor = current_actor() or system_actor("documents")
            made = write_advance(payment=payment, actor=actor, **form.cleaned_data)
            return redirect(reverse("desk:detail", args=["documents", "advance", made.pk]))
        except Refusal as refusal:
            add_refusal(form, refusal)
    title = _("Advance invoice of a payment")
    values = {"title": title, "form": form, "payment": payment, "free": free_of(payment)}
    return render(request, "documents/advance.html", values)
