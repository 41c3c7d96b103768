"""Giving every payer account its own bank account number."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.references import references
from lokum.core.organisation.models import Entity
from lokum.core.organisation.queries import bank_accounts_on
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import posting
from lokum.money.payments.models import VirtualAccount, VirtualAccountPool
from lokum.money.payments.seams import number_layout

ISSUE = """
INSERT INTO payments_virtualaccount (number, pool_id, account_id, issued_on)
SELECT {number}, p.id, i.account_id, %(today)s
FROM payments_virtualaccountpool p,
     (SELECT account_id, %(first)s + row_number() OVER (ORDER BY account_id) - 1 AS identifier
      FROM unnest(%(accounts)s::bigint[]) account_id) i
WHERE p.id = %(pool)s
ORDER BY i.account_id
RETURNING number
"""


def capacity_left(pool: VirtualAccountPool) -> int:
    """Numbers of the pool that were never given out."""
    layout = number_layout(pool.bank_account.entity.country_pack)
    return int(10 ** (layout.body_length - len(pool.mask))) - pool.next_identifier


def issue_numbers(pool_id: int, account_ids: Collection[int], *, actor: Actor) -> list[str]:
    """Give each account that has no current number of this pool its own one; returns the new numbers.

    Identifiers are taken in order and never twice, also under parallel calls (the pool is locked). Refused as a
    whole when the pool has too few left or an account belongs to another entity.
    """
    with posting(actor), connection.cursor() as cursor:
        pool = (
            VirtualAccountPool.objects.select_for_update(of=("self",))
            .select_related("bank_account__entity")
            .filter(pk=pool_id)
            .first()
        )
        if pool is None:
            raise Missing("pool.missing", _("There is no such pool of account numbers."))
        entity = pool.bank_account.entity
        wanted = Account.objects.filter(pk__in=account_ids)
        if wanted.exclude(entity_id=entity.pk).exists():
            raise Refusal("pool.other_entity", _("The pool belongs to another entity than the account."))
        have = VirtualAccount.objects.filter(pool=pool, retired_on=None).values("account_id")
        missing = list(wanted.exclude(pk__in=have).order_by("pk").values_list("pk", flat=True))
        if not missing:
            return []
        if len(missing) > capacity_left(pool):
            raise Refusal(
                "pool.exhausted",
                _("The pool has %(left)d numbers left, %(wanted)d are needed. Ask the bank for a further pool.")
                % {"left": capacity_left(pool), "wanted": len(missing)},
            )
        cursor.execute(
            ISSUE.format(number=number_layout(entity.country_pack).sql),
            {
                "first": pool.next_identifier,
                "accounts": missing,
                "pool": pool.pk,
                "today": clock.today(entity.time_zone),
            },
        )
        numbers = [row[0] for row in cursor.fetchall()]
        VirtualAccountPool.objects.filter(pk=pool.pk).update(next_identifier=pool.next_identifier + len(missing))
        return numbers


def issue_missing_numbers(pool_id: int, *, actor: Actor) -> int:
    """Give numbers of a pool to all open accounts of its entity that have none; returns how many."""
    with posting(actor) as whole:
        pool = VirtualAccountPool.objects.select_related("bank_account").filter(pk=pool_id).first()
        if pool is None:
            raise Missing("pool.missing", _("There is no such pool of account numbers."))
        accounts = Account.objects.filter(entity_id=pool.bank_account.entity_id, closed_on=None)
        count = len(issue_numbers(pool_id, list(accounts.values_list("pk", flat=True)), actor=whole))
        note(pool, "numbers_issued", actor=actor, count=count)
        return count


def give_numbers_to_new_accounts(agreement_ids: Sequence[int], actor: Actor) -> None:
    """A new payer gets a number at once, from the first pool of the entity's running account (if it has any)."""
    with posting(actor) as whole:
        accounts = Account.objects.filter(agreement_id__in=agreement_ids, closed_on=None)
        by_entity: dict[int, list[int]] = {}
        for account_id, entity_id in accounts.values_list("pk", "entity_id"):
            by_entity.setdefault(entity_id, []).append(account_id)
        for entity_id, account_ids in by_entity.items():
            open_ones = bank_accounts_on(entity_id, clock.today(Entity.objects.get(pk=entity_id).time_zone))
            pool = VirtualAccountPool.objects.filter(bank_account__in=open_ones).order_by("pk").first()
            if pool is not None:
                issue_numbers(pool.pk, account_ids, actor=whole)


def withdraw_numbers(agreement_ids: Sequence[int], actor: Actor) -> dict[int, str]:
    """Take back the numbers of accounts that are taken back; the pool never gives them out again."""
    with posting(actor), connection.cursor() as cursor:
        numbers = dict(
            VirtualAccount.objects.filter(account__agreement_id__in=agreement_ids)
            .order_by("pk")
            .values_list("pk", "account__agreement_id")
        )
        used = references(VirtualAccount, list(numbers))
        if used:
            text = _("The payer's bank account number is in use (%(register)s).")
            return {int(numbers[pk] or 0): text % {"register": name} for pk, name in used.items()}
        cursor.execute("DELETE FROM payments_virtualaccount WHERE id = ANY(%s)", [list(numbers)])
        return {}


def retire_number(pk: int, *, on: dt.date | None = None, actor: Actor) -> VirtualAccount:
    """End a number: it stays bound to its payer, money sent to it later is still booked there with a warning."""
    with posting(actor):
        number = VirtualAccount.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if number is None:
            raise Missing("number.missing", _("There is no such account number."))
        if number.retired_on is not None:
            raise Refusal("number.retired", _("This number was retired already."), status=409)
        number.retired_on = on or clock.today(number.account.entity.time_zone)
        number.save(update_fields=["retired_on"])
        note(number, "retired", actor=actor)
        return number
