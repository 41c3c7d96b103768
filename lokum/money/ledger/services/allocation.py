"""Which credit covers which debt: explicit rows, made set-wise by the entity's rule, undone one by one."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.ledger.models import Allocation, AllocationRule, OpenItem
from lokum.money.ledger.seams import claimants, side_dues
from lokum.money.ledger.services import allocation_sql as sql
from lokum.money.ledger.services.posting import lock_accounts, posting

# Allocations that belong to a posting and are not undone by hand.
FIXED_RULES = ("reversal", "correction", "deposit", "refund")
NOTHING_USED = (0, Decimal(0))


def allocate_by_rule(
    entity_id: int, account_ids: Collection[int] | None = None, *, actor: Actor, rule: str = ""
) -> tuple[int, Decimal]:
    """Use free money for open debts by the entity's rule; returns (pairs made, amount used). Repeating adds nothing.

    What the payer designated comes first, then the entity's order; each payment is used in the order of value dates.
    account_ids: only these accounts; None: every account of the entity with free money and a debt. rule: the word kept
    with the allocations instead of the name of the order (the occasion of a posting).
    """
    setting = AllocationRule.objects.filter(entity_id=entity_id).first() or AllocationRule(entity_id=entity_id)
    return _allocate(entity_id, account_ids, setting, actor, rule)


def allocate_oldest_first(
    entity_id: int, account_ids: Collection[int] | None = None, *, actor: Actor, rule: str = "oldest_first"
) -> tuple[int, Decimal]:
    """Use free money for open documents by their due dates, whatever the entity's rule and the payer say."""
    setting = AllocationRule(
        entity_id=entity_id, order=AllocationRule.Order.OLDEST_FIRST, designation=AllocationRule.Designation.NONE
    )
    return _allocate(entity_id, account_ids, setting, actor, rule)


@dataclass(frozen=True)
class _Pass:
    """The statements of one allocation, filled with the entity's order."""

    sides: str
    order: str
    named: str
    values: dict[str, Any]


def _allocate(
    entity_id: int, account_ids: Collection[int] | None, setting: AllocationRule, actor: Actor, rule: str
) -> tuple[int, Decimal]:
    with posting(actor) as whole, connection.cursor() as cursor:
        chosen = None if account_ids is None else sorted(set(account_ids))
        claims = [(one, one.accounts(entity_id, chosen)) for one in claimants()]
        claimed = {account for _one, found in claims for account in found}
        accounts = _both_sides_open(cursor, entity_id, chosen)
        if claimed:
            lock_accounts(claimed | set(accounts))
            for one, found in claims:
                one.claim(entity_id, found, whole)
            accounts = _both_sides_open(cursor, entity_id, chosen)
        if not accounts:
            return NOTHING_USED
        lock_accounts(accounts)
        values = {
            "accounts": accounts,
            "rule": rule or str(setting.order),
            "named_rule": rule or "designated",
            "now": clock.now(),
            "actor": whole.user_id,
        }
        one_pass = _statements(cursor, setting, values)
        special = _special_accounts(cursor, setting, values, bool(one_pass.sides))
        plain = sorted(set(accounts) - special)
        used = _at_once(cursor, one_pass, plain) if plain else NOTHING_USED
        for count, amount in _rounds(cursor, entity_id, setting, one_pass, sorted(special), whole):
            used = used[0] + count, used[1] + amount
        return used


def _both_sides_open(cursor: Any, entity_id: int, chosen: list[int] | None) -> list[int]:
    cursor.execute(sql.BOTH_SIDES_OPEN, {"entity": entity_id, "accounts": chosen})
    return [row[0] for row in cursor.fetchall()]


def _statements(cursor: Any, setting: AllocationRule, values: dict[str, Any]) -> _Pass:
    """Interest items matter only where there are some: the plain order spares the join."""
    cursor.execute(f"SELECT EXISTS (SELECT FROM ({side_dues().sql}) s)")  # noqa: S608 - own SQL
    if not cursor.fetchone()[0] and not setting.notes_interest:
        return _Pass("", sql.PLAIN_ORDER, "o.entry_id", values)
    sides = sql.SIDES.format(sides=side_dues().sql)
    return _Pass(sides, sql.ORDERS[str(setting.order)], "o.entry_id, s.debt_id", values)


def _special_accounts(cursor: Any, setting: AllocationRule, values: dict[str, Any], with_interest: bool) -> set[int]:
    """Accounts whose payments go one after the other: a debt is named, interest is noted with the payment, or arose
    after it.
    """
    cursor.execute("DROP TABLE IF EXISTS pg_temp.allocation_named")
    if setting.designation == AllocationRule.Designation.NONE:
        cursor.execute(sql.NOTHING_NAMED)
    else:
        with_month = setting.designation == AllocationRule.Designation.MONTH
        cursor.execute(sql.NAMED.format(months=sql.MONTHS if with_month else ""), values)
    if setting.notes_interest and setting.order == AllocationRule.Order.LEGAL:
        return set(values["accounts"])
    cursor.execute(
        "SELECT DISTINCT o.account_id FROM allocation_named n JOIN ledger_openitem o ON o.entry_id = n.credit_id"
    )
    found = {row[0] for row in cursor.fetchall()}
    if with_interest and setting.order == AllocationRule.Order.LEGAL:
        cursor.execute(sql.LATE_INTEREST.format(sides=side_dues().sql), values)
        found |= {row[0] for row in cursor.fetchall()}
    return found


def _at_once(cursor: Any, one_pass: _Pass, accounts: list[int]) -> tuple[int, Decimal]:
    query = sql.AT_ONCE.format(
        sides=one_pass.sides, order=one_pass.order.format(arisen="s.debt_id IS NULL"), write=sql.WRITE
    )
    cursor.execute(query, one_pass.values | {"accounts": accounts})
    count, amount = cursor.fetchone()
    return int(count), amount


def _rounds(
    cursor: Any, entity_id: int, setting: AllocationRule, one_pass: _Pass, accounts: list[int], actor: Actor
) -> list[tuple[int, Decimal]]:
    """The first payment of every account, then the second one, until money or debts are used up."""
    order = one_pass.order.format(arisen=sql.ARISEN)
    query = sql.ROUND.format(sides=one_pass.sides, order=order, named=one_pass.named, write=sql.WRITE)
    reach = sql.REACH.format(sides=one_pass.sides or sql.SIDES.format(sides=side_dues().sql))
    notes_interest = setting.notes_interest and setting.order == AllocationRule.Order.LEGAL
    made = []
    while accounts:
        values = one_pass.values | {"accounts": accounts}
        if notes_interest:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.allocation_reach")
            cursor.execute(reach, values)
            side_dues().note_reached(entity_id, actor)
            values["now"] = clock.now()
        cursor.execute(query, values)
        count, amount = cursor.fetchone()
        made.append((int(count), amount))
        if not count:
            break
        cursor.execute(sql.BOTH_SIDES_OPEN, {"entity": entity_id, "accounts": accounts})
        accounts = [row[0] for row in cursor.fetchall()]
    return made


def allocate_pairs(
    pairs: Sequence[tuple[int, int, Decimal]], *, rule: str, actor: Actor, value_on: dt.date | None = None
) -> list[Allocation]:
    """Use credits for debits as named: (credit entry, debit entry, amount). More than is open is refused."""
    with posting(actor) as whole:
        entry_ids = {entry for credit, debit, _amount in pairs for entry in (credit, debit)}
        accounts = OpenItem.objects.filter(entry_id__in=entry_ids).values_list("account_id", flat=True)
        lock_accounts(list(accounts))
        items = {one.entry_id: one for one in OpenItem.objects.filter(entry_id__in=entry_ids).select_related("entry")}
        made = []
        for credit_id, debit_id, amount in pairs:
            for entry_id, side in ((credit_id, "credit"), (debit_id, "debit")):
                item = items.get(entry_id)
                if item is None or item.side != side or amount <= 0 or item.open_amount < amount:
                    raise Refusal("ledger.not_open", _("Not that much is open any more."), details={"entry": entry_id})
                item.open_amount -= amount
            credit = items[credit_id]
            made.append(
                Allocation(
                    account_id=credit.account_id,
                    credit_id=credit_id,
                    debit_id=debit_id,
                    amount=amount,
                    rule=rule,
                    value_on=value_on or credit.entry.effective_on,
                    made_at=clock.now(),
                    actor_id=whole.user_id,
                )
            )
        Allocation.objects.bulk_create(made)
        OpenItem.objects.bulk_update(items.values(), ["open_amount"])
        return made


def match_by_hand(
    account_id: int, credit_id: int, parts: Sequence[tuple[int, Decimal]], *, actor: Actor
) -> list[Allocation]:
    """A person says which debts of an account a credit covers: [(debt entry, amount), ...]."""
    entries = {credit_id, *(debt for debt, _amount in parts)}
    if OpenItem.objects.filter(entry_id__in=entries, account_id=account_id).count() != len(entries):
        raise Refusal("ledger.other_account", _("Money of one account covers debts of the same account only."))
    return allocate_pairs([(credit_id, debt, amount) for debt, amount in parts], rule="by_hand", actor=actor)


def undo_allocation(allocation_id: int, reason: str, *, actor: Actor) -> Allocation:
    """Take an allocation back: the money is free again and the debt open again, and bears interest again from its due
    date on. The row stays, marked.
    """
    if not reason.strip():
        raise Refusal("ledger.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    with posting(actor):
        known = Allocation.objects.filter(pk=allocation_id).first()
        if known is None:
            raise Missing("ledger.no_allocation", _("There is no such allocation."))
        if known.rule in FIXED_RULES:
            raise Refusal("ledger.fixed_allocation", _("This match belongs to a posting. Reverse the posting instead."))
        lock_accounts([known.account_id])
        if not undo_where("id = ANY(%(ids)s)", {"ids": [allocation_id]}, reason[:250]):
            raise Refusal("ledger.undone_already", _("This allocation was undone already."), status=409)
        known.refresh_from_db()
        return known


def undo_where(condition: str, values: dict[str, Any], reason: str) -> int:
    """Undo the live allocations that match and open both their sides again; accounts are locked by the caller."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH undone AS (
                  UPDATE ledger_allocation SET undone_at = %(now)s, undone_reason = %(reason)s
                  WHERE undone_at IS NULL AND {condition} RETURNING credit_id, debit_id, amount
                ), freed AS (
                  SELECT entry_id, sum(amount) AS amount
                  FROM (SELECT credit_id AS entry_id, amount FROM undone
                        UNION ALL SELECT debit_id, amount FROM undone) both_sides GROUP BY entry_id
                ), kept AS (
                  UPDATE ledger_openitem o SET open_amount = o.open_amount + f.amount
                  FROM freed f WHERE o.entry_id = f.entry_id
                ) SELECT count(*) FROM undone""",  # noqa: S608 - the condition is one of this package's own
            {"now": clock.now(), "reason": reason, **values},
        )
        return int(cursor.fetchone()[0])
