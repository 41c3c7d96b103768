"""Whose share of a month is how large, what of a claim is open, what an allowance was claimed for."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from lokum.core.base import clock
from lokum.money.allowances.models import Allowance, BodyPaymentLine, ClaimLine
from lokum.money.charges.models import Notice
from lokum.money.ledger.models import Account

ZERO = Decimal("0.00")

# What a month of an allowance is worth, less what was claimed for it: the lines of the next claim.
DUE = """
WITH allowance AS (
  SELECT a.*, c.entity_id FROM allowances_allowance a JOIN ledger_account c ON c.id = a.account_id
  WHERE c.entity_id = %(entity)s AND (%(body)s::bigint IS NULL OR a.body_id = %(body)s)
    AND (%(allowance)s::bigint IS NULL OR a.id = %(allowance)s)
), worth AS (
  SELECT a.id AS allowance_id, m.month::date AS month,
         CASE WHEN EXISTS (SELECT FROM allowances_allowancebreak b WHERE b.allowance_id = a.id AND NOT b.lifted
                             AND m.month::date >= b.first_month
                             AND m.month::date <= coalesce(b.last_month, 'infinity'::date))
              THEN 0 ELSE a.monthly_amount END AS amount
  FROM allowance a
  CROSS JOIN LATERAL generate_series(a.first_month, least(coalesce(a.last_month, %(month)s::date), %(month)s::date),
                                     interval '1 month') m(month)
), claimed AS (
  SELECT l.allowance_id, l.month, sum(l.amount) AS amount FROM allowances_claimline l
  JOIN allowance a ON a.id = l.allowance_id GROUP BY 1, 2
)
SELECT a.id AS allowance_id, a.account_id, a.body_id, coalesce(w.month, c.month) AS month,
       coalesce(w.amount, 0) - coalesce(c.amount, 0) AS amount
FROM worth w FULL JOIN claimed c ON c.allowance_id = w.allowance_id AND c.month = w.month
JOIN allowance a ON a.id = coalesce(w.allowance_id, c.allowance_id)
WHERE coalesce(w.amount, 0) <> coalesce(c.amount, 0)
"""


def bodies_due(entity_id: int, month: dt.date) -> list[int]:
    """Payer bodies from whom something is to be claimed, or who get something back, up to a month."""
    values = {"entity": entity_id, "body": None, "allowance": None, "month": month}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT body_id FROM ({DUE}) due ORDER BY 1", values)  # noqa: S608 - constants
        return [row[0] for row in cursor.fetchall()]


def with_open(lines: QuerySet[ClaimLine]) -> QuerySet[Any]:
    """Claim lines with what was received of them and what is open."""
    parts = BodyPaymentLine.objects.filter(line=OuterRef("pk")).order_by().values("line")
    field = DecimalField(max_digits=16, decimal_places=2)
    received = Subquery(parts.annotate(sum=Sum("amount")).values("sum"), output_field=field)
    found = lines.annotate(received_amount=Coalesce(received, Value(ZERO), output_field=field))
    return found.annotate(open_amount=F("amount") - F("received_amount"))


def claimed_in(allowance_id: int, first: dt.date, last: dt.date | None) -> Decimal:
    """What was claimed for the months of a range and not taken back."""
    rows = ClaimLine.objects.filter(allowance_id=allowance_id, month__gte=first)
    if last is not None:
        rows = rows.filter(month__lte=last)
    return rows.aggregate(sum=Sum("amount"))["sum"] or ZERO


@dataclass(frozen=True)
class Share:
    """The part of a month that a third party pays."""

    allowance: Allowance
    amount: Decimal


@dataclass(frozen=True)
class OwnPart:
    """A month of an account: what was charged, the shares of third parties, and what is left for the payer."""

    month: dt.date
    charged_amount: Decimal
    shares: list[Share]

    @property
    def third_amount(self) -> Decimal:
        return sum((one.amount for one in self.shares), ZERO)

    @property
    def own_amount(self) -> Decimal:
        return self.charged_amount - self.third_amount


def _notices(account: Account) -> QuerySet[Notice]:
    """Notices and corrections that still stand."""
    return Notice.objects.filter(account=account).exclude(entry__corrections__source_kind="reversal")


def own_part(account: Account, month: dt.date) -> OwnPart:
    """Own and third-party part of a month's charges, as claimed."""
    charged = _notices(account).filter(period=month).aggregate(sum=Sum("total_amount"))["sum"] or ZERO
    rows = ClaimLine.objects.filter(account=account, month=month).values("allowance_id").annotate(sum=Sum("amount"))
    sums = {row["allowance_id"]: row["sum"] for row in rows.order_by() if row["sum"]}
    found = Allowance.objects.filter(pk__in=sums).order_by("pk")
    return OwnPart(month, charged, [Share(one, sums[one.pk]) for one in found])


def latest_own_part(account: Account) -> OwnPart | None:
    """The newest charged month with shares of third parties, not older than a year; None without."""
    since = clock.add_months(clock.first_of_month(clock.today(account.entity.time_zone)), -12)
    rows = ClaimLine.objects.filter(account=account, month__gte=since).values("month").annotate(sum=Sum("amount"))
    months = [row["month"] for row in rows.order_by("-month") if row["sum"]]
    charged = _notices(account).filter(period__in=months).order_by("-period").first()
    return own_part(account, charged.period) if charged is not None else None


def allowances_of(account: Account) -> QuerySet[Allowance]:
    return Allowance.objects.filter(account=account).select_related("body").prefetch_related("breaks")


NOTED = """
SELECT l.account_id, a.kind, a.decision_number, a.body_name AS body,
       sum(l.amount)::text AS amount, coalesce(sum(o.open_amount) FILTER (WHERE o.side = 'credit'), 0)::text AS open
FROM allowances_claimline l JOIN allowances_allowance a ON a.id = l.allowance_id
LEFT JOIN ledger_openitem o ON o.entry_id = l.entry_id
WHERE l.month = %(month)s AND l.account_id = ANY(%(accounts)s)
GROUP BY l.account_id, a.id, a.kind, a.decision_number, a.body_name
HAVING sum(l.amount) > 0 ORDER BY l.account_id, a.id
"""


def noted_shares(month: dt.date, account_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """Shares of a month as a notice keeps them: kind, decision, body, amount, and what of it is free money yet."""
    found: dict[int, list[dict[str, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(NOTED, {"month": month, "accounts": list(account_ids)})
        for account_id, kind, decision, body, amount, still in cursor.fetchall():
            found.setdefault(account_id, []).append(
                {"kind": kind, "decision": decision, "body": body, "amount": amount, "open": still}
            )
    return found
