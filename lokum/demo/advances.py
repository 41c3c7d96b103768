"""One firm pays a part of the coming month ahead: its money, its advance invoice; the month's invoice takes it off."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from lokum.core.base.context import Actor, acting
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeLine, Component
from lokum.money.documents.services import issue_advance
from lokum.money.ledger.models import Account
from lokum.money.payments.models import Payment
from lokum.property.parties.models import Party

TITLE = "Zaliczka na eksploatację"
BUYER = "9990001114"  # given to nobody
SUPPLIES = ("LUZ-EKS", "GARAZ")  # taxed, and not only when invoiced


@dataclass(frozen=True)
class Ahead:
    account_id: int
    code: str
    name: str
    premises: str
    component_id: int
    amount: Decimal  # about half of a month
    balance: Decimal
    sent: Decimal = Decimal(0)


def who_pays_ahead(entity: Entity, month: dt.date) -> Ahead | None:
    """The payer with the largest taxed line of the month."""
    rows = ChargeLine.objects.filter(notice__account__entity=entity, notice__period=month)
    line = (
        rows.filter(component__code__in=SUPPLIES, amount__gt=2)
        .select_related("notice__account__payer", "notice__account__balance", "notice__account__agreement__premises")
        .order_by("-amount", "pk")
        .first()
    )
    if line is None:
        return None
    account = line.notice.account
    premises = account.agreement.premises
    name = f"{account.payer.first_name} {account.payer.last_name}".strip()
    amount = Decimal(int(line.amount / 2))
    return Ahead(
        account.pk,
        account.code,
        name,
        premises.code if premises else "",
        line.component_id,
        amount,
        account.balance.amount,
    )


def invoice_ahead(ahead: Ahead, *, actor: Actor) -> None:
    """The advance invoice of what came ahead, before the next month's notice uses the money."""
    with acting(actor):
        payment = Payment.objects.filter(account_id=ahead.account_id, amount=ahead.sent).latest("pk")
        payer_id = Account.objects.get(pk=ahead.account_id).payer_id
        Party.objects.filter(pk=payer_id, tax_number="").update(tax_number=BUYER)
        component = Component.objects.get(pk=ahead.component_id)
        issue_advance(
            payment=payment, component=component, amount=ahead.amount, order_amount=2 * ahead.amount, actor=actor
        )
