"""Reads about packages: what they hold, where they are, and where places differ from them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count

from lokum.money.charges.models import BulkAttachment, Component, Package

# 'missing': the package holds a component in a time in which the place carries the package but not the component;
# `valid` is the time to attach. 'surplus': a component came with the package, which holds it no longer; `valid` is
# what remains of it (empty: nothing). Placeholder: %(package)s.
DIFFERENCES = """
SELECT 'missing' AS kind, a.premises_id, c.component_id, NULL::bigint AS assignment_id, a.valid * c.valid AS valid
FROM charges_packageassignment a
JOIN charges_packagecomponent c ON c.package_id = a.package_id AND c.valid && a.valid
JOIN estates_premises o ON o.id = a.premises_id AND coalesce(o.closed_on >= lower(a.valid * c.valid), true)
WHERE a.package_id = %(package)s AND NOT EXISTS (
  SELECT FROM charges_componentassignment s
  WHERE s.premises_id = a.premises_id AND s.component_id = c.component_id AND s.valid && a.valid * c.valid)
UNION ALL
SELECT 'surplus', s.premises_id, s.component_id, s.id, coalesce(k.valid, 'empty')
FROM charges_componentassignment s
LEFT JOIN LATERAL (
  -- What the package holds of it, within what is attached: the earliest stretch.
  SELECT s.valid * c.valid AS valid FROM charges_packagecomponent c
  WHERE c.package_id = s.package_id AND c.component_id = s.component_id AND c.valid && s.valid
  ORDER BY lower(c.valid) LIMIT 1) k ON true
WHERE s.package_id = %(package)s AND k.valid IS DISTINCT FROM s.valid
"""

LISTED = f"""
WITH difference AS MATERIALIZED ({DIFFERENCES})
SELECT d.kind, p.code, d.component_id, d.premises_id, lower(d.valid), upper(d.valid) - 1, isempty(d.valid)
FROM difference d JOIN estates_premises p ON p.id = d.premises_id
ORDER BY p.building_id, p.sort_number, p.id, d.component_id LIMIT %(limit)s
"""  # noqa: S608 - built from constants


@dataclass(frozen=True)
class Difference:
    """A place differs from a package it carries: a component to attach, or one to end (`last_on` None: to remove)."""

    kind: str
    premises: str
    premises_id: int
    component: Component
    first_on: dt.date | None
    last_on: dt.date | None
    gone: bool


def package_differences(package: Package, limit: int = 200) -> list[Difference]:
    """Where places differ from the package they carry, at most `limit` rows."""
    with connection.cursor() as cursor:
        cursor.execute(LISTED, {"package": package.pk, "limit": limit})
        rows = cursor.fetchall()
    known = Component.objects.in_bulk({row[2] for row in rows})
    return [
        Difference(kind, code, premises_id, known[component], first, last, gone)
        for kind, code, component, premises_id, first, last, gone in rows
    ]


def difference_count(package: Package) -> int:
    """How many such differences there are in all."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({DIFFERENCES}) d", {"package": package.pk})  # noqa: S608 - constant
        return int(cursor.fetchone()[0])


def outcomes(bulk: BulkAttachment) -> dict[str, Any]:
    """How many lines of an act ended in which way, in words."""
    counts = dict(bulk.lines.order_by().values_list("outcome").annotate(Count("pk")))
    words = dict(bulk.lines.model.Outcome.choices)
    return {"outcomes": [(str(words[name]), counts[name], name) for name in words if name in counts]}
