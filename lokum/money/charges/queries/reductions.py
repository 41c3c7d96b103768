"""What was credited by reductions: by kind, approver and estate, from the living credit lines themselves."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from lokum.money.charges.models import name_field

# The line names its reduction: src:reduction:<id>:<month>[/repeat].
CREDITED = """
SELECT coalesce(nullif(to_jsonb(k) ->> %(name_field)s, ''), k.name), r.decided_by_label, coalesce(e.code, ''),
       coalesce(e.name, ''), count(DISTINCT r.id), count(*), sum(l.net_amount), sum(l.tax_amount), sum(l.amount)
FROM charges_chargeline l
JOIN charges_reduction r ON r.id = split_part(l.reason, ':', 3)::bigint
JOIN charges_reductiontype k ON k.id = r.reduction_type_id
JOIN charges_notice n ON n.entry_id = l.notice_id
JOIN ledger_account a ON a.id = n.account_id AND a.entity_id = %(entity)s
JOIN occupancy_agreement g ON g.id = l.agreement_id
LEFT JOIN estates_premises p ON p.id = g.premises_id
LEFT JOIN estates_building b ON b.id = p.building_id
LEFT JOIN estates_estate e ON e.id = b.estate_id
WHERE l.reason LIKE 'src:reduction:%%' AND l.period BETWEEN %(start)s AND %(end)s
  AND NOT EXISTS (SELECT FROM ledger_entry v WHERE v.corrects_id = n.entry_id AND v.source_kind = 'reversal')
GROUP BY k.id, r.decided_by_label, e.id, e.code, e.name
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Credited:
    """Credits of one kind, approver and estate; amounts are negative, as on the lines."""

    kind: str
    approver: str
    estate_code: str
    estate: str
    reduction_count: int
    line_count: int
    net_amount: Decimal
    tax_amount: Decimal
    amount: Decimal


def credited(entity_id: int, start: dt.date, end: dt.date) -> list[Credited]:
    """Credits in documents of the months between two days, both included."""
    values: dict[str, Any] = {
        "entity": entity_id, "start": start, "end": end, "name_field": name_field(get_language()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CREDITED, values)
        return [Credited(*row) for row in cursor.fetchall()]
