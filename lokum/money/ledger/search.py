"""The balance as a condition of the search for premises."""

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.desk.desk import Filter
from lokum.money.ledger.models import Account
from lokum.property.estates.seams import add_premises_filter


def _by_balance(bound: str, premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Premises whose accounts in the user's sight together owe at least or at most this much."""
    try:
        amount = Decimal(values[-1].replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise ValueError(_now("This is not a number."))
    if not amount.is_finite():
        raise ValueError(_now("This is not a number."))
    totals = (
        policy.allowed(Account.objects.all(), user, "view")
        .filter(agreement__premises__isnull=False)
        .order_by()
        .values("agreement__premises")
        .annotate(total=Sum("balance__amount"))
        .filter(**{f"total__{bound}": amount})
    )
    return premises.filter(pk__in=totals.values("agreement__premises"))


def register() -> None:
    add_premises_filter(Filter("balance_from", _("balance from"), partial(_by_balance, "gte")))
    add_premises_filter(Filter("balance_to", _("balance to"), partial(_by_balance, "lte")))
