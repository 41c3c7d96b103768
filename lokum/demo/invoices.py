"""Tax invoices of the demonstration: firms get one every month, a resident asked for one and reads it in the portal."""

import datetime as dt

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.context import acting
from lokum.core.organisation.models import Entity
from lokum.demo.desk_work import staff
from lokum.money.charges.models import ChargeRun, Notice
from lokum.money.documents.services import issue_invoice, issue_run_invoices
from lokum.money.ledger.addressees import E_DOCUMENTS
from lokum.property.parties.models import Consent, Party

BUYERS = ("9990004561", "9990007890", "9990012342")  # given to nobody, as the seller's
PROVISION = "art. 43 ust. 1 pkt 11 ustawy o podatku od towarów i usług"  # dwellings of cooperatives


def issue_some_invoices(entity: Entity, today: dt.date) -> None:
    """Of the last two posted months: buyers with a tax number, and one resident on request."""
    accountant = staff("ksiegowa")
    with acting(accountant):
        runs = list(ChargeRun.objects.filter(entity=entity, kind="month", state="posted").order_by("-period")[:2])
        user = User.objects.get(username="mieszkaniec")
        resident = Party.objects.get(user=user)
        taxed = Notice.objects.filter(run=runs[0], lines__tax_amount__gt=0).exclude(account__payer=resident)
        payers = list(dict.fromkeys(taxed.order_by("-total_amount", "pk").values_list("account__payer_id", flat=True)))
        for payer_id, number in zip(payers, BUYERS, strict=False):
            Party.objects.filter(pk=payer_id).update(tax_number=number)
        Consent.objects.create(
            party=resident, purpose=E_DOCUMENTS, text_version="1", given_at=clock.now() - dt.timedelta(days=200)
        )
        for run in reversed(runs):
            issue_run_invoices(run=run, exempt_reason=PROVISION, actor=accountant)
        notice = Notice.objects.filter(run=runs[0], account__payer=resident).order_by("pk")[0]
        issue_invoice(notice=notice, requested_on=min(notice.due_on, today), exempt_reason=PROVISION, actor=accountant)
