"""Which payer accounts belong to a signed-in resident."""

from django.db.models import Q

from lokum.core.access.models import User
from lokum.core.access.reach import register_party_reach
from lokum.core.access.scopes import operator_today
from lokum.core.base.context import Reach
from lokum.money.ledger.models import Account
from lokum.property.occupancy.scopes import parties_of_user


def accounts_of_resident(user: User) -> Reach:
    """Accounts the user pays or paid by (own debts stay one's own), and those of premises held together today."""
    parties = parties_of_user(user)
    own = Q(payer_id__in=parties)
    shared = Q(agreement__title__holders__party_id__in=parties, agreement__title__valid__contains=operator_today())
    accounts = Account.objects.filter(own | shared).values_list("pk", flat=True)
    return Reach(accounts=frozenset(accounts))


def register() -> None:
    register_party_reach(accounts_of_resident)
