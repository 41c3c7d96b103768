"""New fees of one building from the month after next, one of every month and one of a quarter, with their letters."""

import datetime as dt
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.context import acting
from lokum.demo.desk_work import staff
from lokum.demo.organisation import Books
from lokum.money.charges.models import Component, ComponentAssignment
from lokum.money.charges.services import approve_tariff, propose_tariff
from lokum.money.documents.models import FeeChange
from lokum.money.documents.services import issue_fee_change
from lokum.money.ledger.models import Account
from lokum.property.estates.models import Premises

REASON = "Uchwała Zarządu 31: nowa umowa na konserwację domofonów, ubezpieczenie części wspólnych"


def tell_of_new_fees(books: Books, today: dt.date) -> None:
    """In the building of the resident who signs in, so that the letter stands in the portal too."""
    accountant, deputy = staff("ksiegowa"), staff("zastepca")
    since = clock.add_months(clock.first_of_month(today), 2)
    with acting(accountant), translation.override("pl"):
        user = User.objects.get(username="mieszkaniec")
        home = Account.objects.filter(entity=books.entity, payer__user=user).order_by("pk")[0].agreement.premises
        assert home is not None  # a resident's account
        homes = Premises.objects.filter(building_id=home.building_id, kind="dwelling", closed_on=None)
        intercom = Component.objects.get(entity=books.entity, code="DOMOFON")
        insurance = Component.objects.create(
            entity=books.entity, code="UBEZP", name="Insurance of shared parts",
            name_pl="Ubezpieczenie części wspólnych", name_zh_hant="公共區域保險", name_zh_hans="公共区域保险",
            component_class="service", basis="unit", cycle_months=3, fund=books.funds["running"],
            income_account=books.chart["income"], position=890, valid=DateRange(since, None),
        )  # fmt: skip
        ComponentAssignment.objects.bulk_create(
            ComponentAssignment(component=insurance, premises=one, valid=DateRange(since, None)) for one in homes
        )
        proposed = [
            propose_tariff(
                component.pk, price, (since, None), level="building", building_id=home.building_id, source="Uchwała 31",
                actor=accountant,
            )
            for component, price in ((intercom, Decimal("1.80")), (insurance, Decimal("9.00")))
        ]  # fmt: skip
        with acting(deputy):
            for one in proposed:
                approve_tariff(one.pk, actor=deputy)
        issue_fee_change(
            entity=books.entity, effective_on=since, costs=FeeChange.Costs.INDEPENDENT, reason=REASON, actor=accountant
        )
