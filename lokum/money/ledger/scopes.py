"""Which payer accounts belong to a signed-in resident."""

from django.db.models import Exists, OuterRef, Q

from lokum.core.access.models import User
from lokum.core.access.reach import register_party_reach
from lokum.core.access.scopes import operator_today
from lokum.core.base.context import Reach
from lokum.money.ledger.models import Account, PayerSplit
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.scopes import parties_of_user


def accounts_of_resident(user: User) -> Reach:
    """Accounts the user pays or paid by (own debts stay one's own), those paid together with others today, and those
    of premises held together today, unless the holders pay shares of their own.
    """
    parties, today = parties_of_user(user), operator_today()
    own = Q(payer_id__in=parties)
    together = Q(co_payers__party_id__in=parties, co_payers__valid__contains=today)
    split = PayerSplit.objects.filter(agreement_id=OuterRef("agreement_id"), valid__contains=today)
    held = Q(agreement__title__holders__party_id__in=parties, agreement__title__valid__contains=today)
    shared = held & ~Q(Exists(split))
    accounts = frozenset(Account.objects.filter(own | together | shared).values_list("pk", flat=True))
    paid = Agreement.objects.filter(valid__contains=today, premises__isnull=False).filter(
        Q(payer_splits__valid__contains=today, payer_splits__shares__account__payer_id__in=parties)
        | Q(accounts__co_payers__party_id__in=parties, accounts__co_payers__valid__contains=today)
    )
    return Reach(accounts=accounts, premises=frozenset(paid.values_list("premises_id", flat=True)))


def register() -> None:
    register_party_reach(accounts_of_resident)
