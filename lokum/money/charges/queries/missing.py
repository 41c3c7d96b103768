"""What may have been forgotten in a month (CHG-06): nothing here changes anything.

A component is expected on premises when more than half of the paying premises of the same kind in the same building
carry it (at least two of them); the other rules need no comparison.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.money.charges.models import name_field
from lokum.money.charges.queries.bench import problem_text

KINDS = {
    "component": _("expected component is not attached"),
    "nothing": _("pays, but nothing is attached"),
    "payer": _("components attached, but nobody pays"),
    "title": _("a title is held, but nothing is attached and nobody pays"),
    "base": _("charge without a valid base"),
    "document": _("expected notice was not issued"),
}

# Placeholders: %(entity)s, %(day)s (first of the month), %(name_field)s.
MISSING = """
WITH paying AS MATERIALIZED (
  SELECT g.id AS agreement_id, g.code AS agreement, g.payer_id, p.id AS premises_id, p.code, p.building_id, p.kind,
         p.resource, p.sort_number
  FROM occupancy_agreement g JOIN estates_premises p ON p.id = g.premises_id
  WHERE g.entity_id = %(entity)s AND g.valid @> %(day)s::date
), carried AS MATERIALIZED (
  SELECT s.premises_id, s.component_id
  FROM charges_componentassignment s
  JOIN charges_component c ON c.id = s.component_id AND c.entity_id = %(entity)s AND c.valid @> %(day)s::date
  WHERE s.valid @> %(day)s::date AND c.rhythm <> 'one_off'
), peers AS (
  -- Supply points of one network are alike only where the same is supplied.
  SELECT building_id, kind, resource, count(DISTINCT premises_id) AS members FROM paying
  GROUP BY building_id, kind, resource
), usual AS (
  SELECT p.building_id, p.kind, p.resource, c.component_id
  FROM (SELECT DISTINCT premises_id, building_id, kind, resource FROM paying) p
  JOIN carried c ON c.premises_id = p.premises_id
  JOIN peers e ON e.building_id = p.building_id AND e.kind = p.kind AND e.resource = p.resource
  GROUP BY p.building_id, p.kind, p.resource, c.component_id, e.members
  HAVING count(*) >= 2 AND count(*) * 2 > e.members
), posted AS (
  SELECT EXISTS (SELECT FROM charges_chargerun r WHERE r.entity_id = %(entity)s AND r.period = %(day)s
                 AND r.kind = 'month' AND r.state = 'posted') AS yes
), found AS (
  SELECT 'component' AS rule, p.premises_id, p.code, p.building_id, p.sort_number, p.agreement, u.component_id,
         ''::text AS detail
  FROM paying p JOIN usual u ON u.building_id = p.building_id AND u.kind = p.kind AND u.resource = p.resource
  WHERE EXISTS (SELECT FROM carried c WHERE c.premises_id = p.premises_id)
    AND NOT EXISTS (SELECT FROM carried c WHERE c.premises_id = p.premises_id AND c.component_id = u.component_id)
  UNION ALL
  SELECT 'nothing', p.premises_id, p.code, p.building_id, p.sort_number, p.agreement, NULL, ''
  FROM paying p WHERE NOT EXISTS (SELECT FROM carried c WHERE c.premises_id = p.premises_id)
  UNION ALL
  SELECT 'payer', p.id, p.code, p.building_id, p.sort_number, '', NULL, ''
  FROM estates_premises p
  WHERE p.closed_on IS NULL AND EXISTS (SELECT FROM carried c WHERE c.premises_id = p.id)
    AND NOT EXISTS (SELECT FROM paying y WHERE y.premises_id = p.id)
  UNION ALL
  SELECT DISTINCT 'title', p.id, p.code, p.building_id, p.sort_number, '', NULL::bigint, ''
  FROM occupancy_title t JOIN estates_premises p ON p.id = t.premises_id
  JOIN estates_premisesentity o ON o.premises_id = p.id AND o.entity_id = %(entity)s AND o.valid @> %(day)s::date
  WHERE t.valid @> %(day)s::date AND coalesce(p.closed_on > %(day)s::date, true)
    AND NOT EXISTS (SELECT FROM carried c WHERE c.premises_id = p.id)
    AND NOT EXISTS (SELECT FROM paying y WHERE y.premises_id = p.id)
  UNION ALL
  SELECT 'base', d.premises_id, p.code, p.building_id, p.sort_number, g.code, d.component_id,
         concat_ws(':', d.problem, nullif(d.detail, ''))
  FROM charges_draftline d
  JOIN charges_chargerun r ON r.id = d.run_id AND r.entity_id = %(entity)s AND r.period = %(day)s
  JOIN estates_premises p ON p.id = d.premises_id
  JOIN occupancy_agreement g ON g.id = d.agreement_id
  WHERE d.problem <> ''
  UNION ALL
  SELECT 'document', p.premises_id, p.code, p.building_id, p.sort_number, p.agreement, NULL, ''
  FROM paying p CROSS JOIN posted
  WHERE posted.yes AND EXISTS (SELECT FROM carried c WHERE c.premises_id = p.premises_id)
    AND NOT EXISTS (
      SELECT FROM charges_notice n JOIN ledger_account a ON a.id = n.account_id AND a.agreement_id = p.agreement_id
      WHERE n.period = %(day)s AND NOT EXISTS (
        SELECT FROM ledger_entry v WHERE v.corrects_id = n.entry_id AND v.source_kind = 'reversal'))
)
"""
LISTED = """
SELECT f.rule, f.premises_id, f.code, f.agreement, f.detail,
       coalesce(nullif(to_jsonb(c) ->> %(name_field)s, ''), c.name, '')
FROM found f
JOIN estates_building b ON b.id = f.building_id
LEFT JOIN charges_component c ON c.id = f.component_id
WHERE (%(rule)s = '' OR f.rule = %(rule)s) AND (%(building)s::bigint IS NULL OR f.building_id = %(building)s)
ORDER BY b.sort_code, f.sort_number, f.premises_id, f.rule, c.position, c.code
LIMIT %(limit)s
"""

COUNTED = MISSING + "SELECT count(*) FROM found"  # noqa: S608 - built from constants


@dataclass(frozen=True)
class Missing:
    """One line of the control: what is missing where."""

    rule: str
    premises_id: int
    premises: str
    agreement: str
    component: str
    detail: str

    @property
    def label(self) -> Any:
        return KINDS[self.rule]

    @property
    def explained(self) -> Any:
        problem, _colon, detail = self.detail.partition(":")
        return problem_text(problem, detail)


def missing_charges(
    entity_id: int, month: dt.date, *, rule: str = "", building_id: int | None = None, limit: int = 100_000
) -> list[Missing]:
    """What may have been forgotten in the month whose first day is given, in the order of the premises."""
    values: dict[str, Any] = {
        "entity": entity_id, "day": month, "rule": rule, "building": building_id, "limit": limit,
        "name_field": name_field(get_language()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MISSING + LISTED, values)
        rows = cursor.fetchall()
    return [Missing(rule, pk, code, agreement, name, detail) for rule, pk, code, agreement, detail, name in rows]


def missing_count(entity_id: int, month: dt.date) -> int:
    """How many charges may be missing in the month (its first day) by all rules of the control."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"entity": entity_id, "day": month})
        return int(cursor.fetchone()[0])
