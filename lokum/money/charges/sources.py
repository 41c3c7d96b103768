"""What the registered charge sources say is due in a month, as SQL: into the draft, and as one hash.

Placeholders: %(entity)s, %(day)s (first of the month), %(run)s (the draft).
"""

from collections.abc import Sequence

from lokum.money.charges.seams import ChargeSource, charge_sources

# A line is left out while it stands on a living notice; after an undone posting it comes again as ".../2".
CANDIDATES = """
due AS MATERIALIZED (
  {due}
), candidates AS MATERIALIZED (
  SELECT d.*, CASE WHEN coalesce(p.known, 0) = 0 THEN d.stem ELSE d.stem || '/' || (p.known + 1) END AS reason
  FROM due d
  LEFT JOIN LATERAL (
    SELECT count(*) AS known, bool_or(NOT EXISTS (
             SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')) AS alive
    FROM charges_chargeline l
    WHERE l.agreement_id = d.agreement_id AND l.component_id = d.component_id
      AND split_part(l.reason, '/', 1) = d.stem
  ) p ON true
  WHERE NOT coalesce(p.alive, false) AND d.quantity <> 0
)
"""

ONE = """
  SELECT 'src:{name}:' || s.source_key AS stem, '{name}'::text AS source, s.source_key, s.account_id, s.agreement_id,
         s.component_id, s.quantity::numeric(14,4) AS quantity, s.price::numeric(14,4) AS price, s.due_on, s.snapshot
  FROM ({sql}) s"""

INSERT_DUE = """
WITH {candidates}, taxes AS MATERIALIZED (
  SELECT c.id AS component_id, charges_vat_percent(c.entity_id, c.vat_kind, %(day)s::date) AS percent
  FROM charges_component c WHERE c.entity_id = %(entity)s
), valued AS (
  SELECT x.*, c.decimals::int AS decimals, c.rounding, c.vat_kind, c.basis, g.premises_id,
         t.percent, a.id AS payer_account,
         CASE WHEN a.id IS NULL THEN 'no_account' WHEN NOT c.valid @> %(day)s::date THEN 'component_ended'
              WHEN t.percent IS NULL THEN 'no_vat_rate' ELSE '' END AS problem
  FROM candidates x
  JOIN charges_component c ON c.id = x.component_id AND c.entity_id = %(entity)s
  JOIN taxes t ON t.component_id = c.id
  JOIN occupancy_agreement g ON g.id = x.agreement_id AND g.entity_id = %(entity)s
  LEFT JOIN ledger_account a ON a.agreement_id = g.id
    AND CASE WHEN x.account_id IS NULL THEN a.payer_id = g.payer_id ELSE a.id = x.account_id END
), rounded AS (
  SELECT v.*, CASE WHEN problem = '' THEN charges_round(quantity * price, decimals, rounding) END AS net FROM valued v
), taxed AS (
  SELECT r.*, CASE WHEN percent = 0 THEN net * 0 ELSE round(net * percent / 100, 2) END AS tax FROM rounded r
)
INSERT INTO charges_draftline (run_id, agreement_id, account_id, component_id, premises_id, quantity, price,
                               net_amount, tax_amount, amount, problem, reason, due_on, snapshot)
SELECT %(run)s, agreement_id, payer_account, component_id, premises_id, quantity, price, net, tax, net + tax, problem,
       reason, due_on, jsonb_build_object(
         'basis', 'amount', 'unit', '', 'rounding', rounding, 'decimals', decimals, 'vat_kind', vat_kind,
         'vat_percent', percent::text, 'formula', 'price * quantity', 'day', %(day)s::date, 'price', price::text,
         'quantity', quantity::text, 'tariff', '{{}}'::jsonb, 'inputs', '[]'::jsonb)
       || snapshot || jsonb_build_object('source', jsonb_build_object('name', source, 'key', source_key))
FROM taxed ORDER BY agreement_id, component_id, reason
"""

HASH_DUE = """
WITH {candidates}
SELECT count(*), coalesce(bit_xor(hashtextextended(concat_ws('|', stem, account_id, agreement_id, component_id,
         quantity, price, due_on, snapshot), 0)), 0)
FROM candidates
"""


def _candidates(sources: Sequence[ChargeSource]) -> str:
    due = "\n  UNION ALL".join(ONE.format(name=one.name, sql=one.sql) for one in sources)
    return CANDIDATES.format(due=due)


def insert_due_sql(sources: Sequence[ChargeSource] | None = None) -> str:
    """Puts what the sources (default: all) say is due into the draft."""
    return INSERT_DUE.format(candidates=_candidates(charge_sources() if sources is None else sources))


def hash_due_sql() -> str:
    """(rows, hash) of what all sources say is due now and not charged yet."""
    return HASH_DUE.format(candidates=_candidates(charge_sources()))


ONE_OFF = """
SELECT o.account_id, o.agreement_id, o.component_id, o.id::text AS source_key, o.quantity, o.price, b.due_on,
       jsonb_build_object('title', o.reason, 'document', b.reason) AS snapshot
FROM charges_oneoffcharge o JOIN charges_chargebatch b ON b.id = o.batch_id
WHERE b.entity_id = %(entity)s AND b.state = 'active' AND {which}
"""
ON_NEXT_NOTICE = ONE_OFF.format(which="b.delivery = 'next_notice' AND b.period <= %(day)s")
OF_OWN_RUN = ONE_OFF.format(which="b.run_id = %(run)s")
