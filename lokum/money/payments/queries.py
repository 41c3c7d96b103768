"""Numbers to pay to, and payments received."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from lokum.money.payments.models import Payment, VirtualAccount, VirtualAccountPool
from lokum.money.payments.services import capacity_left


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


def numbers_of(account_ids: Collection[int]) -> dict[int, str]:
    """The current number of each account, by account id."""
    current = VirtualAccount.objects.filter(account_id__in=account_ids, retired_on=None)
    return dict(current.order_by("-pk").values_list("account_id", "number"))


def payments_of(account_ids: Collection[int], count: int = 5) -> list[Payment]:
    """Last payments booked to the accounts, newest first."""
    return list(Payment.objects.filter(account_id__in=account_ids).order_by("-booked_on", "-pk")[:count])
