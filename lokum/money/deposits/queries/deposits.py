"""Deposits of accounts with their moves; the monthly rent that a valorised deposit is measured by."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base.errors import Missing
from lokum.money.deposits.models import Deposit, DepositMove, DepositPaper

# The rent of the last month charged by the day: lines of components of class rent, corrections included, tax too.
RENT = """
SELECT sum(l.amount) FROM charges_chargeline l JOIN charges_component c ON c.id = l.component_id
JOIN charges_notice n ON n.entry_id = l.notice_id
WHERE n.account_id = %(account)s AND c.component_class = 'rent'
  AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = n.entry_id AND r.source_kind = 'reversal')
  AND l.period = (
    SELECT max(x.period) FROM charges_chargeline x JOIN charges_component k ON k.id = x.component_id
    JOIN charges_notice m ON m.entry_id = x.notice_id
    WHERE m.account_id = %(account)s AND k.component_class = 'rent' AND x.period <= %(day)s
      AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = m.entry_id AND r.source_kind = 'reversal'))
"""


def monthly_rent(account_id: int, day: dt.date) -> Decimal | None:
    """The rent charged for the last month that began by `day`; None where no rent is charged."""
    with connection.cursor() as cursor:
        cursor.execute(RENT, {"account": account_id, "day": day})
        found: Decimal | None = cursor.fetchone()[0]
    return found or None


def locked_deposit(pk: int) -> Deposit:
    """The deposit, held until the end of the transaction. Raises Missing."""
    rows = Deposit.objects.select_for_update(of=("self",)).select_related("account__entity", "account__payer", "kind")
    deposit = rows.filter(pk=pk).first()
    if deposit is None:
        raise Missing("deposit.missing", _("There is no such deposit."))
    return deposit


def moves_of(deposit_ids: Collection[int]) -> dict[int, list[DepositMove]]:
    """Moves by deposit, oldest first."""
    found: dict[int, list[DepositMove]] = {pk: [] for pk in deposit_ids}
    rows = DepositMove.objects.filter(deposit_id__in=deposit_ids).select_related("undone_by", "entry")
    for move in rows.order_by("on", "pk"):
        found[move.deposit_id].append(move)
    return found


@dataclass(frozen=True)
class DepositView:
    """A deposit as its payer sees it."""

    deposit: Deposit
    moves: list[DepositMove]
    papers: list[DepositPaper]


def deposits_of_accounts(account_ids: Collection[int]) -> list[DepositView]:
    """Deposits of these accounts, newest first, with everything that happened to them. Three queries."""
    rows = list(
        Deposit.objects.filter(account_id__in=account_ids).select_related("kind", "account__entity").order_by("-pk")
    )
    moves = moves_of([one.pk for one in rows])
    papers: dict[int, list[DepositPaper]] = {}
    for paper in DepositPaper.objects.filter(deposit__in=rows).select_related("document"):
        papers.setdefault(paper.deposit_id, []).append(paper)
    return [DepositView(one, moves[one.pk], papers.get(one.pk, [])) for one in rows]
