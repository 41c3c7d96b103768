"""Allowances of the demonstration: decisions of a made-up town, two months claimed, the first of them paid."""

import datetime as dt
from decimal import Decimal

from django.utils import translation

from lokum.core.base import clock
from lokum.core.base.context import acting
from lokum.core.organisation.models import Entity
from lokum.demo.desk_work import staff
from lokum.money.allowances.services import claim_due, grant_allowance, receive_payment, suspend_allowance
from lokum.money.ledger.models import Account
from lokum.property.parties.models import Party, PartyAddress

AMOUNTS = ("214.60", "187.35", "305.00", "96.18")


def grant_some_allowances(entity: Entity, today: dt.date) -> None:
    """Four households; one of them is in arrears, so its allowance is suspended from the coming month on."""
    accountant, month = staff("ksiegowa"), clock.first_of_month(today)
    with acting(accountant), translation.override("pl"):
        town = Party.objects.create(
            code="P-GMINA", kind=Party.Kind.COMPANY, last_name="Gmina Lipogóra – Wydział Spraw Społecznych",
            country="PL", language="pl", home_node=entity.node,
        )  # fmt: skip
        PartyAddress.objects.create(
            party=town, street="ul. Ratuszowa 1", postal_code="99-900", city="Lipogóra", country="PL",
            valid=(dt.date(2015, 1, 1), None),
        )  # fmt: skip
        homes = Account.objects.filter(entity=entity, agreement__valid__endswith=None)
        homes = homes.filter(agreement__premises__kind="dwelling").order_by("code")
        first, made = clock.add_months(month, -1), []
        for number, account in enumerate(homes[: len(AMOUNTS)]):
            one = grant_allowance(
                account=account, kind="energy" if number == 3 else "housing", body=town,
                decision_number=f"DM.8211.{number + 41}.{first.year}", decided_on=first - dt.timedelta(days=9),
                first_month=first, last_month=clock.add_months(first, 5), monthly_amount=Decimal(AMOUNTS[number]),
                actor=accountant,
            )  # fmt: skip
            made.append(one)
        paid, _waiting = (claim_due(entity, one, actor=accountant)[0] for one in (first, month))
        receive_payment(
            paid.pk, amount=paid.total_amount, received_on=max(first, min(first.replace(day=10), today)),
            reference=f"Dodatki mieszkaniowe {first:%m/%Y}", actor=accountant,
        )  # fmt: skip
        suspend_allowance(
            made[2].pk, first_month=clock.add_months(month, 1), reason="Zaległość za pełne dwa miesiące",
            actor=accountant,
        )  # fmt: skip
