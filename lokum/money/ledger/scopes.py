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
    rows = Account.objects.order_by().values_list("pk", flat=True)
    together = rows.filter(co_payers__party_id__in=parties, co_payers__valid__contains=today)
    split = PayerSplit.objects.filter(agreement_id=OuterRef("agreement_id"), valid__contains=today)
    held = rows.filter(agreement__title__holders__party_id__in=parties, agreement__title__valid__contains=today)
    # Each kind by its own index; one condition with OR would read all accounts.
    accounts = frozenset(rows.filter(payer_id__in=parties).union(together, held.filter(~Q(Exists(split)))))
    paid = Agreement.objects.filter(valid__contains=today, premises__isnull=False).filter(
        Q(payer_splits__valid__contains=today, payer_splits__shares__account__payer_id__in=parties)
        | Q(accounts__co_payers__party_id__in=parties, accounts__co_payers__valid__contains=today)
    )
    return Reach(accounts=accounts, premises=frozenset(paid.values_list("premises_id", flat=True)))


def register() -> None:
    register_party_reach(accounts_of_resident)
