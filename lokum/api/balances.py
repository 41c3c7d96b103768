"""What the API shows as balances, for the proof (LED-04)."""

from collections.abc import Sequence
from decimal import Decimal

from lokum.api.values import shown_value
from lokum.core.desk.columns import column
from lokum.core.desk.desk import registry


def shown_balances(account_ids: Sequence[int]) -> dict[int, Decimal]:
    desk = registry.desks["ledger.account"]
    total = column(desk, "total")
    rows = desk.base_queryset().filter(pk__in=account_ids).select_related("balance")
    return {row.pk: Decimal(shown_value(total, row) or 0) for row in rows}
