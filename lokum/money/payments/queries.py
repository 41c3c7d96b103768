"""Numbers to pay to, and payments received."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from lokum.money.payments.models import Payment, VirtualAccountPool
from lokum.money.payments.services import capacity_left

# The number each payer pays to today: one that leads to a bank account open today comes first, then the newest. While
# the bank account after an ended one has no numbers yet, payers keep the old ones; money sent there is recognised.
NUMBERS_OF_TODAY = """
SELECT DISTINCT ON (n.account_id) n.account_id, n.number
FROM payments_virtualaccount n
JOIN payments_virtualaccountpool p ON p.id = n.pool_id
JOIN organisation_entitybankaccount b ON b.id = p.bank_account_id
JOIN organisation_entity e ON e.id = b.entity_id
WHERE n.retired_on IS NULL
ORDER BY n.account_id,
  NOT ((now() AT TIME ZONE e.time_zone)::date BETWEEN b.opened_on AND coalesce(b.closed_on, 'infinity')), n.id DESC
"""


@dataclass(frozen=True)
class PoolState:
    pool: VirtualAccountPool
    issued_count: int
    left_count: int

    @property
    def low(self) -> bool:
        return self.left_count < self.pool.warn_below


def pool_states(pools: QuerySet[VirtualAccountPool]) -> list[PoolState]:
    """How far each pool is used up, to warn in time."""
    rows = pools.select_related("bank_account__entity")
    return [PoolState(pool, pool.next_identifier - 1, capacity_left(pool)) for pool in rows]


def payments_of(account_ids: Collection[int], count: int = 5) -> list[Payment]:
    """Last payments booked to the accounts, newest first."""
    return list(Payment.objects.filter(account_id__in=account_ids).order_by("-booked_on", "-pk")[:count])
