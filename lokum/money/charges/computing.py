"""Pricing a month: from agreements, facts and tariffs to priced lines, in a handful of statements.

`price_month` fills the temporary table `charge_priced`; the month run makes its draft of it, corrections compare it
with what is posted. Placeholders of all statements: %(entity)s, %(day)s (first of the month: the state of that day
counts for the whole month, the policy "from the next month"), %(premises)s (bigint[], NULL: all of the entity),
%(every)s (components of cycles and chosen months as if they were due).
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.money.charges.formulas.facts import OF_PAYER, known_facts
from lokum.money.charges.parts import price_parts, priced_components
from lokum.money.charges.segments import DUE
from lokum.money.charges.winning import winning_sql

# Price x basis with the state of the first of the month; everything else is worked out by `parts`.
PLAIN = "c.formula = '' AND c.proration = 'next_month' AND c.billing_start = 'handover'"

# Who is charged with what: active agreements x the components attached to their premises that are due this month.
BASE = f"""
CREATE TEMP TABLE charge_base ON COMMIT DROP AS
SELECT g.id AS agreement_id, g.premises_id, p.building_id, g.payer_id AS party_id,
       coalesce(t.kind, '') AS title_kind, tm.title_id IS NOT NULL AS member, c.id AS component_id
FROM occupancy_agreement g
JOIN estates_premises p ON p.id = g.premises_id
LEFT JOIN occupancy_title t ON t.id = g.title_id
LEFT JOIN (SELECT DISTINCT m.title_id FROM title_membership m
           WHERE m.entity_id = %(entity)s AND m.valid @> %(day)s::date) tm ON tm.title_id = g.title_id
JOIN charges_componentassignment s ON s.premises_id = g.premises_id AND s.valid @> %(day)s::date
  AND s.component_id = ANY (ARRAY(SELECT own.id FROM charges_component own WHERE own.entity_id = %(entity)s))
JOIN charges_component c ON c.id = s.component_id AND c.entity_id = g.entity_id AND c.valid @> %(day)s::date
WHERE g.entity_id = %(entity)s AND g.valid @> %(day)s::date
  AND (%(premises)s::bigint[] IS NULL OR g.premises_id = ANY (%(premises)s::bigint[]))
  AND {DUE} AND {PLAIN}
"""  # noqa: S608 - built from constants

RATED = f"""
CREATE TEMP TABLE charge_rated ON COMMIT DROP AS
WITH {winning_sql("charge_base")}
SELECT agreement_id, premises_id, party_id, component_id, tariff_id FROM winning
"""  # noqa: S608 - built from constants

PRICED = """
CREATE TEMP TABLE charge_priced ON COMMIT DROP AS
WITH components AS MATERIALIZED (
  SELECT c.id, c.basis, c.decimals::int AS decimals, c.rounding,
         charges_vat_percent(c.entity_id, c.vat_kind, %(day)s::date) AS percent
  FROM charges_component c WHERE c.entity_id = %(entity)s
), tariffs AS MATERIALIZED (
  SELECT t.id, t.price FROM charges_tariff t WHERE t.id IN (SELECT DISTINCT tariff_id FROM charge_rated)
), crowded AS MATERIALIZED (
  SELECT premises_id FROM (SELECT DISTINCT premises_id, agreement_id FROM charge_rated) pairs
  GROUP BY premises_id HAVING count(*) > 1
), facts AS MATERIALIZED (
  -- Read in one pass and hashed: behind the row policies a look-up per line falls back on the exclusion index.
  SELECT f.id, f.premises_id, f.kind, f.value, f.valid, f.source FROM estates_premisesfact f
  WHERE f.valid @> %(day)s::date AND upper_inf(f.recorded)
    AND f.kind IN (SELECT basis FROM components)
    AND f.premises_id = ANY (ARRAY(SELECT DISTINCT premises_id FROM charge_rated))
), shares AS MATERIALIZED (
  SELECT s.id, s.premises_id, s.numerator, s.denominator, s.valid, 'share'::text AS basis
  FROM estates_ownershipshare s
  WHERE s.valid @> %(day)s::date AND s.premises_id = ANY (ARRAY(SELECT DISTINCT premises_id FROM charge_rated))
), quantities AS (
  SELECT b.agreement_id, b.premises_id, b.component_id, t.id AS tariff_id, a.id AS account_id,
         c.basis, c.decimals, c.rounding, c.percent, t.price, f.id AS fact_key, s.id AS share_key,
         CASE WHEN c.basis IN ('unit', 'amount') THEN 1::numeric
              WHEN c.basis = 'share' THEN round(s.numerator::numeric / s.denominator, 4)
              ELSE f.value END AS quantity,
         CASE WHEN c.basis IN ('unit', 'amount') THEN t.price
              WHEN c.basis = 'share' THEN t.price * s.numerator / s.denominator
              ELSE t.price * f.value END AS exact,
         CASE WHEN w.premises_id IS NOT NULL THEN 'two_payers' WHEN a.id IS NULL THEN 'no_account'
              WHEN t.id IS NULL THEN 'no_tariff'
              WHEN c.basis = 'share' AND s.id IS NULL THEN 'no_share'
              WHEN c.basis NOT IN ('unit', 'amount', 'share') AND f.id IS NULL THEN 'no_fact'
              WHEN c.percent IS NULL THEN 'no_vat_rate'
              ELSE '' END AS problem
  FROM charge_rated b
  JOIN components c ON c.id = b.component_id
  LEFT JOIN tariffs t ON t.id = b.tariff_id
  LEFT JOIN ledger_account a ON a.agreement_id = b.agreement_id AND a.payer_id = b.party_id
  LEFT JOIN facts f ON f.premises_id = b.premises_id AND f.kind = c.basis
  LEFT JOIN shares s ON s.premises_id = b.premises_id AND s.basis = c.basis
  LEFT JOIN crowded w ON w.premises_id = b.premises_id
), rounded AS (
  SELECT q.*, CASE WHEN problem = '' THEN charges_round(exact, decimals, rounding) END AS net FROM quantities q
), taxed AS (
  SELECT r.*, CASE WHEN percent = 0 THEN net * 0 ELSE round(net * percent / 100, 2) END AS tax FROM rounded r
)
SELECT agreement_id, account_id, component_id, premises_id, tariff_id, quantity, price, net, tax, net + tax AS amount,
       fact_key, share_key, problem, CASE problem WHEN 'no_fact' THEN basis ELSE '' END::text AS detail,
       NULL::jsonb AS parts, NULL::text AS mark
FROM taxed
"""

# The explanation kept with every line: what all lines of one price share is built once; the expression stands over
# draft line `d`, price `t`, fact `f` and share `s`.
SNAPSHOT_PARTS = """
priced AS MATERIALIZED (
  SELECT t.id, %(units)s::jsonb ->> c.basis::text AS unit, jsonb_build_object(
           'basis', c.basis, 'unit', %(units)s::jsonb ->> c.basis::text, 'rounding', c.rounding,
           'decimals', c.decimals, 'vat_kind', c.vat_kind,
           'vat_percent', charges_vat_percent(c.entity_id, c.vat_kind, %(day)s::date)::text,
           'formula', CASE c.basis WHEN 'share' THEN 'price * numerator / denominator' ELSE 'price * quantity' END,
           'day', %(day)s::date, 'price', t.price::text, 'tariff', jsonb_build_object(
             'id', t.id, 'level', t.level, 'price', t.price::text, 'valid_from', lower(t.valid),
             'title_kind', t.title_kind, 'membership', t.membership, 'source', t.source)) AS part
  FROM charges_tariff t JOIN charges_component c ON c.id = t.component_id
  WHERE c.entity_id = %(entity)s AND t.valid @> %(day)s::date
)
"""

SNAPSHOT = """
t.part || CASE
  WHEN f.id IS NOT NULL THEN jsonb_build_object('quantity', d.quantity::text, 'inputs', jsonb_build_array(
    jsonb_build_object('name', f.kind, 'value', f.value::text, 'unit', t.unit, 'valid_from', lower(f.valid),
      'source', f.source, 'fact_id', f.id)))
  WHEN s.id IS NOT NULL THEN jsonb_build_object('quantity', d.quantity::text, 'inputs', jsonb_build_array(
    jsonb_build_object('name', 'numerator', 'value', s.numerator::text, 'unit', '', 'valid_from', lower(s.valid),
      'source', '', 'fact_id', s.id),
    jsonb_build_object('name', 'denominator', 'value', s.denominator::text, 'unit', '', 'valid_from',
      lower(s.valid), 'source', '', 'fact_id', s.id)))
  ELSE jsonb_build_object('quantity', d.quantity::text, 'inputs', '[]'::jsonb) END
"""

SNAPSHOT_JOINS = """
JOIN priced t ON t.id = d.tariff_id
LEFT JOIN estates_premisesfact f ON f.id = d.fact_key
LEFT JOIN estates_ownershipshare s ON s.id = d.share_key
"""


# Lines posted for this month before; alive ones are not charged again, undone ones make this a repeat.
PRIOR = """
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE split_part(l.reason, '/', 1) = 'run' || coalesce(b.mark, '')) AS known,
         bool_or(NOT EXISTS (SELECT FROM ledger_entry r
                             WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')) AS alive
  FROM charges_chargeline l
  WHERE l.agreement_id = b.agreement_id AND l.component_id = b.component_id AND l.period = %(day)s
    AND (l.reason = 'run' OR l.reason LIKE 'run/%%' OR l.reason LIKE 'run@%%' OR l.reason LIKE 'correction/%%')
) prior ON true
"""

DRAFT = """
INSERT INTO charges_draftline (run_id, agreement_id, account_id, component_id, premises_id, tariff_id, quantity,
                               price, net_amount, tax_amount, amount, fact_key, share_key, problem, detail, snapshot,
                               reason)
SELECT %(run)s, b.agreement_id, b.account_id, b.component_id, b.premises_id, b.tariff_id,
       CASE WHEN NOT b.beyond THEN b.quantity END, CASE WHEN NOT b.beyond THEN b.price END,
       CASE WHEN NOT b.beyond THEN b.net END, CASE WHEN NOT b.beyond THEN b.tax END,
       CASE WHEN NOT b.beyond THEN b.amount END, b.fact_key, b.share_key,
       CASE WHEN b.beyond AND b.problem = '' THEN 'too_large' ELSE b.problem END, left(b.detail, 120), b.parts,
       {reason}
FROM (
  -- What the columns cannot hold is a problem of its premises, not of the whole run; sums of lines fit as well.
  SELECT p.*, coalesce(greatest(abs(p.quantity), abs(p.price)), 0) >= 10000000000
              OR coalesce(abs(p.amount), 0) >= 100000000000 AS beyond
  FROM charge_priced p
) b
{prior}
"""

Step = Callable[[Any], None]


def price_month(
    cursor: Any,
    entity_id: int,
    month: dt.date,
    premises_ids: Collection[int] | None = None,
    step: Step = lambda text: None,
    *,
    every: bool = False,
) -> None:
    """Fill the temporary table `charge_priced` with every line that is due in a month, posted before or not.

    month: its first day. premises_ids: only these, else all of the entity. step(text) is told what begins. One row:
    agreement_id, account_id, component_id, premises_id, tariff_id, quantity, price, net, tax, amount (in the
    currency of the entity), fact_key, share_key or parts (what the snapshot is written from), problem (code of
    `DraftLine.Problem`, '' = none; with a problem the amounts are NULL), detail (of what), mark (of a share that
    another payer bears, see `splitting`). Lives until the transaction ends. every: what is billed in cycles or in
    chosen months is priced with the state of this month even when it is not due.
    """
    chosen = None if premises_ids is None else sorted(premises_ids)
    values = {"entity": entity_id, "day": month, "premises": chosen, "every": every}
    cursor.execute("DROP TABLE IF EXISTS pg_temp.charge_base, pg_temp.charge_rated, pg_temp.charge_priced")
    step(_("Reading agreements and components"))
    # Row policies hide the true sizes from the planner; without nested loops no guess can be far off.
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    cursor.execute(BASE, values)
    cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    cursor.execute("ANALYZE charge_base")
    step(_("Finding prices"))
    cursor.execute(RATED, values)
    cursor.execute("ANALYZE charge_rated")
    step(_("Computing amounts"))
    cursor.execute(PRICED, values)
    price_parts(cursor, values)


def draft_sql(*, repeated: bool) -> str:
    """The statement that makes the draft of a run from `charge_priced`. repeated: the month was posted before."""
    if not repeated:
        return DRAFT.format(prior="", reason="'run' || coalesce(b.mark, '')")
    return DRAFT.format(
        prior=PRIOR + "WHERE NOT coalesce(prior.alive, false)",
        reason="'run' || coalesce(b.mark, '') || CASE WHEN prior.known = 0 THEN '' ELSE '/' || (prior.known + 1) END",
    )


# What the draft rests on, as one hash: any row inserted, changed or deleted since gives another value, because a
# changed row has another xmin. It notices changes that do not matter, too; then the month is computed again.
# Part -> (rows that count, as FROM ... WHERE; the table's alias), each summed up where it is read.
SEEN = {
    "component": "charges_component r WHERE r.entity_id = %(entity)s",
    "vat_rate": "charges_vatrate r JOIN organisation_entity e ON e.country_pack = r.country_pack "
    "AND e.id = %(entity)s WHERE r.valid_from <= %(day)s",
    "tariff": "charges_tariff r JOIN charges_component c ON c.id = r.component_id "
    "WHERE c.entity_id = %(entity)s AND r.state = 'approved'",
    "member": "estates_groupmember r WHERE r.group_id IN (SELECT t.group_id FROM charges_tariff t "
    "JOIN charges_component c ON c.id = t.component_id WHERE c.entity_id = %(entity)s AND t.state = 'approved')",
    "assignment": "charges_componentassignment r JOIN charges_component c ON c.id = r.component_id "
    "WHERE c.entity_id = %(entity)s",
    "agreement": "occupancy_agreement r WHERE r.entity_id = %(entity)s",
    "title": "occupancy_title r JOIN occupancy_agreement g ON g.title_id = r.id WHERE g.entity_id = %(entity)s",
    "membership": "occupancy_memberstatus r JOIN occupancy_member m ON m.id = r.member_id "
    "WHERE m.entity_id = %(entity)s",
    "account": "ledger_account r WHERE r.entity_id = %(entity)s",
    "split": "ledger_payersplit r JOIN occupancy_agreement g ON g.id = r.agreement_id WHERE g.entity_id = %(entity)s",
    "payer": "ledger_payershare r JOIN ledger_account a ON a.id = r.account_id WHERE a.entity_id = %(entity)s",
    "fact": "estates_premisesfact r WHERE r.kind IN (SELECT basis FROM charges_component "
    "WHERE entity_id = %(entity)s) "
    "AND r.premises_id IN (SELECT premises_id FROM occupancy_agreement WHERE entity_id = %(entity)s)",
    "share": "estates_ownershipshare r "
    "WHERE r.premises_id IN (SELECT premises_id FROM occupancy_agreement WHERE entity_id = %(entity)s)",
}
SEEN_PART = """SELECT '{part}' AS part, count(*) AS rows,
    bit_xor(hashint8extended(r.id, r.xmin::text::bigint)) AS hash FROM {rows}"""
SEEN_OF_MONTH = """
  UNION ALL SELECT 'notice', count(*), bit_xor(hashint8extended(n.entry_id, n.xmin::text::bigint))
    FROM charges_notice n JOIN ledger_account a ON a.id = n.account_id
    WHERE a.entity_id = %(entity)s AND n.period = %(day)s
  UNION ALL SELECT 'run', count(*), bit_xor(hashint8extended(id, 0)) FROM charges_chargerun
    WHERE entity_id = %(entity)s AND period = %(day)s AND state = 'undone'
"""
FINGERPRINT = """
WITH parts AS (
  {seen}
), draft AS (
  SELECT count(*) AS rows, coalesce(sum(amount), 0) AS amount,
         bit_xor(hashint8extended(id, xmin::text::bigint)) AS hash
  FROM charges_draftline WHERE run_id = %(run)s
)
SELECT encode(sha256(convert_to(
  coalesce((SELECT string_agg(concat_ws(':', part, rows, hash), '|' ORDER BY part) FROM parts WHERE rows > 0), '')
  || '|draft:' || (SELECT concat_ws(':', rows, amount, hash) FROM draft), 'UTF8')), 'hex')
"""

# What formulas read beside the bases: a relation has no xmin of its own, so its figures are hashed.
FACT_SEEN = """UNION ALL SELECT 'fact:{name}', count(*), bit_xor(hashint8extended(f.premises_id,
    hashtextextended(concat_ws('|', f.value::text, f.valid::text, f.fact_id::text), 0)))
  FROM ({relation}) f
  WHERE f.premises_id IN (SELECT premises_id FROM occupancy_agreement WHERE entity_id = %(entity)s)
"""


def fingerprint(cursor: Any, values: Mapping[str, Any]) -> str:
    """The hash of everything the draft of run %(run)s rests on, and of the draft itself."""
    cursor.execute(FINGERPRINT.format(seen=seen_sql(cursor, values)), values)
    return str(cursor.fetchone()[0])


def seen_sql(cursor: Any, values: Mapping[str, Any]) -> str:
    """The statement that selects (part, rows, hash) of everything that the month is computed from."""
    known = known_facts()
    used = sorted(
        {name for one in priced_components(cursor, values) if one.formula for name in one.formula.facts} - {*OF_PAYER}
    )
    more = "".join(FACT_SEEN.format(name=name, relation=known[name].relation_sql) for name in used)
    seen = "\n  UNION ALL ".join(SEEN_PART.format(part=part, rows=rows) for part, rows in SEEN.items())
    return seen + SEEN_OF_MONTH + more
