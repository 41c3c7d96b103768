"""Row by row: fee detail, reliefs and write-offs, and the progress of collection are the ledger (RPT-07, RPT-11).

`proof` compares totals, in which two wrong rows may cancel each other. Here each row of a report stands beside what the
lines of the ledger give for the same notice, posting or premises, unfiltered and under each filter of place; a finding
names the row. The comparison is one statement a month, whatever the number of rows.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import WHOLE, statement
from lokum.money.arrears.proof import NOTHING, days_asked
from lokum.money.arrears.queries.items import place_sql
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import Finding, register_check
from lokum.property.estates.models import Building, Premises

FOUND = 1000
FULL = """
SELECT coalesce(s.key, b.key), s.shown, b.booked FROM ({shown}) s FULL JOIN ({booked}) b ON b.key = s.key
WHERE s.shown IS DISTINCT FROM b.booked ORDER BY 1 LIMIT {most}
"""
# Entries of one document: its own and those of its other sub-accounts.
NOTICE = """
SELECT * FROM (SELECT n.entry_id AS key, jsonb_build_array({net}, {tax}, {net} + {tax})::text AS booked
FROM charges_notice n JOIN place p ON p.account_id = n.account_id
JOIN ledger_entry m ON m.id = n.entry_id
JOIN ledger_entry e ON e.batch_id = m.batch_id AND e.source_id = m.source_id
  AND split_part(e.source_kind, '/', 1) = split_part(m.source_kind, '/', 1)
JOIN ledger_line l ON l.entry_id = e.id AND l.component_key IS NOT NULL {component}
JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id
WHERE n.period BETWEEN %(start)s AND %(end)s GROUP BY n.entry_id) notices WHERE booked <> '[0.00, 0.00, 0.00]'
"""
NET = "coalesce(sum(l.credit_amount - l.debit_amount) FILTER (WHERE g.purpose <> 'vat'), 0.00)"
TAX = "coalesce(sum(l.credit_amount - l.debit_amount) FILTER (WHERE g.purpose = 'vat'), 0.00)"
LINES = """
SELECT * FROM (
  SELECT entry_id AS key, jsonb_build_array(sum(net_amount), sum(tax_amount), sum(amount))::text AS shown
  FROM ({report}) report GROUP BY entry_id) notices WHERE shown <> '[0.00, 0.00, 0.00]'
"""
# Each posting that took from a debt; what a person approved beside what it took.
RELIEF = """
SELECT e.id AS key, jsonb_build_array(coalesce(r.amount, x.amount), x.amount)::text AS booked
FROM (SELECT l.entry_id, sum(l.debit_amount - l.credit_amount) AS amount
      FROM ledger_line l JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose = 'write_off'
      WHERE l.booked_on BETWEEN %(start)s AND %(end)s GROUP BY l.entry_id) x
JOIN ledger_entry e ON e.id = x.entry_id JOIN place p ON p.account_id = e.account_id
LEFT JOIN arrears_relief r ON r.entry_id = e.id
"""
POSTINGS = """
SELECT entry_id AS key, jsonb_build_array(sum(amount), sum(amount))::text AS shown FROM ({report}) report
GROUP BY entry_id
"""
# What is open of debts on the last day, from entries and matches alone: booked, less what was matched by then.
OWED = """
SELECT p.premises_id AS key, round(sum(d.amount - coalesce(d.matched, 0)), 2)::text AS booked
FROM place p JOIN (
  SELECT n.account_id, n.amount, (
    SELECT sum(a.amount) FROM ledger_allocation a JOIN ledger_entry c ON c.id = a.credit_id AND c.booked_on <= %(end)s
    WHERE a.debit_id = n.id AND a.undone_at IS NULL) AS matched
  FROM ledger_entry n WHERE n.amount > 0 AND n.booked_on <= %(end)s) d ON d.account_id = p.account_id
WHERE p.premises_id IS NOT NULL GROUP BY p.premises_id HAVING sum(d.amount - coalesce(d.matched, 0)) <> 0
"""
HOUSES = """
SELECT premises_id AS key, round(sum(current_owed + history_owed), 2)::text AS shown FROM ({report}) report
GROUP BY premises_id HAVING sum(current_owed + history_owed) <> 0
"""


def differing_rows(
    code: str, shown: str, booked: str, values: Mapping[str, Any], label: str, told: str
) -> Iterable[Finding]:
    """Rows of a report (`shown`, over {report}) that are not what the ledger gives (`booked`, over `place`)."""
    report = report_named(code)
    assert report is not None
    filters = {one.name for one in report.filters}
    given = report.prepare({name: value for name, value in {**NOTHING, **values}.items() if name in filters})
    sql, params = statement(report, given, Account.objects.all())
    ledger = WHOLE.sub("true", f"WITH {place_sql({**NOTHING, **given})} {booked}")
    query = FULL.format(shown=shown.format(report=sql), booked=ledger, most=FOUND)
    with connection.cursor() as cursor:
        cursor.execute(query, {**NOTHING, **params})
        for key, one, other in cursor.fetchall():
            yield Finding(label, key, f"report {code}{told}: {one}, ledger {other}")


def months_asked() -> list[dt.date]:
    """The present month and the last closed ones that the reports are asked for."""
    return sorted({clock.first_of_month(day) for day in days_asked()}, reverse=True)


def narrowed() -> list[tuple[str, dict[str, Any]]]:
    """Unfiltered, and one filter of each kind: the busiest building with its estate and entity, stocks and kinds."""
    found: list[tuple[str, dict[str, Any]]] = [("", {})]
    found += [(f" of {one} stock", {"stock": one}) for one in ("residential", "commercial")]
    kinds = Premises.objects.filter(agreements__accounts__isnull=False).values_list("kind", flat=True)
    found += [(f" of {one}", {"premises_kind": one}) for one in sorted(set(kinds))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT building_key, entity_id FROM ledger_account WHERE building_key IS NOT NULL "
                       "GROUP BY 1, 2 ORDER BY count(*) DESC, 1 LIMIT 1")  # fmt: skip
        busiest = cursor.fetchone()
    if busiest:
        building = Building.objects.get(pk=busiest[0])
        found += [
            (f" of building {building.code}", {"building": building.pk}),
            (f" of estate {building.estate.code}", {"estate": building.estate_id}),
            (f" of entity {busiest[1]}", {"entity": busiest[1]}),
        ]
    return found


def fee_rows() -> Iterable[Finding]:
    """The lines of each notice are its posting: net, tax and total, and so for each component alone."""
    for told, values in _asked(_components()):
        component = "AND l.component_key = %(component)s" if values.get("component") else ""
        booked = NOTICE.format(net=NET, tax=TAX, component=component)
        yield from differing_rows("fees", LINES, booked, values, "charges.notice", told)


def relief_rows() -> Iterable[Finding]:
    """Each relief and write-off took from the debt what was approved, and stands on the account of write-offs."""
    for told, values in _asked():
        yield from differing_rows("waivers", POSTINGS, RELIEF, values, "ledger.entry", told)


def progress_rows() -> Iterable[Finding]:
    """What each premises owes in the picture is what its debts leave open in the ledger."""
    for told, values in _asked():
        yield from differing_rows("progress", HOUSES, OWED, values, "estates.premises", told)


def _asked(more: Iterable[tuple[str, dict[str, Any]]] = ()) -> Iterable[tuple[str, dict[str, Any]]]:
    """Months whole; the present and the last month also under each filter."""
    months = months_asked()
    for place, month in enumerate(months):
        chosen = [*narrowed(), *more] if place < 2 else [("", {})]
        for told, values in chosen:
            yield f" {month:%Y-%m}{told}", {"start": month, "end": month, **values}


def _components() -> list[tuple[str, dict[str, Any]]]:
    """The component with the most lines in the newest notices."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT component_id FROM (SELECT component_id FROM charges_chargeline ORDER BY id DESC "
                       "LIMIT 10000) l GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")  # fmt: skip
        row = cursor.fetchone()
    return [(f" of component {row[0]}", {"component": row[0]})] if row else []


def register() -> None:
    register_check("R5", _("Fee detail equals the posting of each notice, filtered too"), fee_rows)
    register_check("R6", _("Reliefs and write-offs equal their postings, filtered too"), relief_rows)
    register_check("R7", _("Progress of collection equals what each premises owes, filtered too"), progress_rows)
