"""Charges shared among several payers: the priced lines of a month are cut into the shares of a split (LED-07).

`split_priced` works on `charge_priced` after it was filled. A line of an agreement that has a split in force becomes
one line for each share, on its own account; net and tax are each shared by largest remainder, so that the parts add up
to the whole. Entities without a split pay for one question. Lines of the agreement's own payer keep the reason "run",
those of others are "run@<account>": one charge per agreement, component, month and payer stays a unique key.
"""

from typing import Any

from lokum.core.base.money import WHOLE_CURRENCIES
from lokum.money.charges.computing import SNAPSHOT, SNAPSHOT_JOINS, SNAPSHOT_PARTS

IN_FORCE = """
SELECT EXISTS (SELECT FROM ledger_payersplit s JOIN occupancy_agreement g ON g.id = s.agreement_id
               WHERE g.entity_id = %(entity)s AND s.valid @> %(day)s::date)
"""

# A split of the component wins over that of the whole agreement. Whole minor units are shared as integers, the units
# left go to the largest remainders, equal ones to the earlier share: as `split_amount` does.
CUT = f"""
CREATE TEMP TABLE charge_split ON COMMIT DROP AS
WITH {SNAPSHOT_PARTS}, chosen AS MATERIALIZED (
  SELECT DISTINCT ON (p.agreement_id, p.component_id) p.agreement_id, p.component_id, s.id AS split_id, s.denominator
  FROM charge_priced p
  JOIN ledger_payersplit s ON s.agreement_id = p.agreement_id AND s.valid @> %(day)s::date
    AND (s.component_key IS NULL OR s.component_key = p.component_id)
  ORDER BY p.agreement_id, p.component_id, s.component_key NULLS LAST
), whole AS MATERIALIZED (
  SELECT d.agreement_id, d.account_id, d.component_id, d.premises_id, d.tariff_id, d.net, d.tax, d.problem, d.detail,
         c.split_id, c.denominator,
         CASE WHEN d.problem <> '' THEN NULL WHEN d.parts IS NOT NULL THEN d.parts ELSE {SNAPSHOT} END AS whole
  FROM charge_priced d JOIN chosen c ON c.agreement_id = d.agreement_id AND c.component_id = d.component_id
  LEFT {SNAPSHOT_JOINS.strip()}
), shares AS MATERIALIZED (
  SELECT h.split_id, h.account_id, h.numerator, row_number() OVER w - 1 AS place,
         jsonb_agg(h.numerator) OVER (PARTITION BY h.split_id ORDER BY h.id
           ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS weights
  FROM ledger_payershare h WHERE h.split_id IN (SELECT split_id FROM chosen)
  WINDOW w AS (PARTITION BY h.split_id ORDER BY h.id)
), scaled AS (
  SELECT w.*, h.account_id AS share_account, h.numerator, h.place, h.weights,
         CASE WHEN e.currency = ANY (%(whole)s) AND w.net = trunc(w.net) AND w.tax = trunc(w.tax) THEN 1::numeric
              ELSE 100::numeric END AS scale
  FROM whole w JOIN shares h ON h.split_id = w.split_id
  JOIN occupancy_agreement g ON g.id = w.agreement_id JOIN organisation_entity e ON e.id = g.entity_id
), units AS (
  SELECT s.*, trunc(net * scale) AS net_whole, trunc(tax * scale) AS tax_whole FROM scaled s
), floors AS (
  SELECT u.*, div(net_whole * numerator, denominator) AS net_cut, mod(net_whole * numerator, denominator) AS net_rest,
         div(tax_whole * numerator, denominator) AS tax_cut, mod(tax_whole * numerator, denominator) AS tax_rest
  FROM units u
), ranked AS (
  SELECT f.*, net_whole - sum(net_cut) OVER line AS net_left, tax_whole - sum(tax_cut) OVER line AS tax_left,
         row_number() OVER (PARTITION BY agreement_id, component_id ORDER BY net_rest DESC, place) AS net_rank,
         row_number() OVER (PARTITION BY agreement_id, component_id ORDER BY tax_rest DESC, place) AS tax_rank
  FROM floors f WINDOW line AS (PARTITION BY agreement_id, component_id)
)
SELECT r.agreement_id, r.account_id, r.share_account, r.component_id, r.premises_id, r.tariff_id, r.problem, r.detail,
       r.numerator, r.denominator, r.place, CASE WHEN r.scale = 1 THEN 0 ELSE 2 END AS places, r.weights, r.whole,
       r.net AS whole_net,
       round((net_cut + (net_rank <= net_left)::int) / scale, 2) AS net,
       round((tax_cut + (tax_rank <= tax_left)::int) / scale, 2) AS tax
FROM ranked r
"""  # noqa: S608 - built from constants

TAKE_OUT = """
DELETE FROM charge_priced p USING (SELECT DISTINCT agreement_id, component_id FROM charge_split) s
WHERE p.agreement_id = s.agreement_id AND p.component_id = s.component_id
"""

PUT_IN = """
INSERT INTO charge_priced (agreement_id, account_id, component_id, premises_id, tariff_id, quantity, price, net, tax,
                           amount, fact_key, share_key, problem, detail, parts, mark)
SELECT agreement_id, share_account, component_id, premises_id, tariff_id, round(numerator::numeric / denominator, 4),
       whole_net, net, tax, net + tax, NULL, NULL, problem, detail,
       CASE WHEN problem = '' THEN jsonb_build_object(
         'formula', 'share', 'whole', whole, 'numerator', numerator::text, 'denominator', denominator::text,
         'weights', weights, 'place', place, 'places', places, 'basis', 'amount', 'unit', '',
         'rounding', whole -> 'rounding', 'decimals', whole -> 'decimals', 'vat_kind', whole -> 'vat_kind',
         'vat_percent', whole -> 'vat_percent', 'day', %(day)s::date,
         'quantity', round(numerator::numeric / denominator, 4)::text, 'price', whole_net::text,
         'inputs', '[]'::jsonb, 'tariff', '{}'::jsonb) END,
       CASE WHEN share_account IS DISTINCT FROM account_id THEN '@' || share_account END
FROM charge_split
"""


def split_priced(cursor: Any, values: dict[str, Any]) -> bool:
    """Share the lines in `charge_priced` among the payers of each split of the month; False where there is none.

    values: `entity`, `day` (first of the month) and `units`, as for the other statements of a run.
    """
    cursor.execute(IN_FORCE, values)
    if not cursor.fetchone()[0]:
        return False
    cursor.execute("DROP TABLE IF EXISTS pg_temp.charge_split")
    cursor.execute(CUT, values | {"whole": list(WHOLE_CURRENCIES)})
    cursor.execute(TAKE_OUT)
    cursor.execute(PUT_IN, values)
    return True
