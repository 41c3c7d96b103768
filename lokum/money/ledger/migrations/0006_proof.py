"""The invariants of the books as views that must return no rows (object_label, object_id, detail).

Sealed rows only: what a running transaction has not sealed yet is invisible to others anyway.
"""

from django.db import migrations

VIEWS = {
    "proof_i1": """
SELECT 'ledger.entry'::text AS object_label, e.id AS object_id,
       CASE WHEN l.entry_id IS NULL THEN 'entry without lines'
            WHEN l.debit <> l.credit THEN format('debit %s, credit %s', l.debit, l.credit)
            WHEN l.foreign_lines > 0 THEN 'lines of another entity or day'
            ELSE format('account moves by %s, entry says %s', l.effect, e.amount) END AS detail
FROM ledger_entry e LEFT JOIN (
  SELECT l.entry_id, sum(l.debit_amount) AS debit, sum(l.credit_amount) AS credit,
         count(*) FILTER (WHERE l.entity_id <> x.entity_id OR l.booked_on <> x.booked_on
                          OR g.entity_id IS DISTINCT FROM x.entity_id
                          OR (l.account_id IS NOT NULL AND l.account_id IS DISTINCT FROM x.account_id)) AS foreign_lines,
         coalesce(sum(l.debit_amount - l.credit_amount) FILTER (WHERE l.account_id IS NOT NULL), 0) AS effect
  FROM ledger_line l JOIN ledger_entry x ON x.id = l.entry_id
  LEFT JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id
  GROUP BY l.entry_id) l ON l.entry_id = e.id
WHERE l.entry_id IS NULL OR l.debit <> l.credit OR l.foreign_lines > 0
   OR (e.account_id IS NOT NULL AND l.effect <> e.amount)
UNION ALL
SELECT 'ledger.line', l.id, 'line without entry' FROM ledger_line l
WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = l.entry_id)
""",
    "proof_i2": """
SELECT 'ledger.account'::text AS object_label, coalesce(b.account_id, e.account_id) AS object_id,
       format('balance %s, entries %s', coalesce(b.amount::text, 'none'), coalesce(e.amount, 0)) AS detail
FROM ledger_accountbalance b
FULL JOIN (SELECT account_id, sum(amount) AS amount FROM ledger_entry WHERE account_id IS NOT NULL
           GROUP BY account_id) e ON e.account_id = b.account_id
WHERE coalesce(b.amount, 0) <> coalesce(e.amount, 0)
""",
    "proof_i4": """
SELECT 'ledger.entry'::text AS object_label, c.id AS object_id,
       CASE WHEN o.id IS NULL THEN format('corrects %s, which is absent', c.corrects_id)
            ELSE format('corrects %s of another account or entity', c.corrects_id) END AS detail
FROM ledger_entry c LEFT JOIN ledger_entry o ON o.id = c.corrects_id
WHERE c.corrects_id IS NOT NULL
  AND (o.id IS NULL OR o.entity_id <> c.entity_id OR o.account_id IS DISTINCT FROM c.account_id)
UNION ALL
SELECT 'ledger.entry', o.id, format('amount %s, corrected by %s', o.amount, c.amount)
FROM ledger_entry o JOIN (
  SELECT corrects_id, sum(amount) AS amount FROM ledger_entry WHERE corrects_id IS NOT NULL GROUP BY corrects_id
) c ON c.corrects_id = o.id
WHERE abs(o.amount + c.amount) > abs(o.amount) OR sign(o.amount + c.amount) = -sign(o.amount) AND o.amount <> 0
UNION ALL
SELECT 'ledger.entry', corrects_id, format('reversed %s times', count(*))
FROM ledger_entry WHERE source_kind = 'reversal' GROUP BY corrects_id HAVING count(*) > 1
""",
    "proof_i5": """
SELECT 'ledger.openitem'::text AS object_label, e.id AS object_id,
       CASE WHEN o.entry_id IS NULL THEN 'entry without open item'
            ELSE format('amount %s, open %s, matched %s', o.amount, o.open_amount, coalesce(u.amount, 0)) END AS detail
FROM ledger_entry e
LEFT JOIN ledger_openitem o ON o.entry_id = e.id
LEFT JOIN (
  SELECT entry_id, sum(amount) AS amount FROM (
    SELECT credit_id AS entry_id, amount FROM ledger_allocation WHERE undone_at IS NULL
    UNION ALL SELECT debit_id, amount FROM ledger_allocation WHERE undone_at IS NULL) both_sides
  GROUP BY entry_id) u ON u.entry_id = e.id
WHERE e.account_id IS NOT NULL AND e.amount <> 0
  AND (o.entry_id IS NULL OR o.account_id <> e.account_id OR o.amount <> abs(e.amount)
       OR o.side <> CASE WHEN e.amount > 0 THEN 'debit' ELSE 'credit' END
       OR o.amount <> o.open_amount + coalesce(u.amount, 0))
UNION ALL
SELECT 'ledger.openitem', o.entry_id, 'open item without entry' FROM ledger_openitem o
WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.id = o.entry_id)
UNION ALL
SELECT 'ledger.allocation', a.id, 'joins entries of another account'
FROM ledger_allocation a
LEFT JOIN ledger_entry c ON c.id = a.credit_id LEFT JOIN ledger_entry d ON d.id = a.debit_id
WHERE c.account_id IS DISTINCT FROM a.account_id OR d.account_id IS DISTINCT FROM a.account_id
   OR c.amount >= 0 OR d.amount <= 0
""",
    "proof_i8": """
SELECT 'ledger.entry'::text AS object_label, e.id AS object_id,
       format('booked on %s after the period was closed', e.booked_on) AS detail
FROM ledger_period p
JOIN ledger_entry e ON e.entity_id = p.entity_id AND e.booked_on >= p.starts_on
  AND e.booked_on < p.starts_on + interval '1 month'
JOIN ledger_batch b ON b.id = e.batch_id
WHERE p.closed_at IS NOT NULL AND b.posted_at > p.closed_at
""",
    "proof_i9": """
SELECT 'ledger.batch'::text AS object_label, b.id AS object_id,
       CASE WHEN b.hash = '' THEN 'batch without seal'
            WHEN b.previous_hash <> coalesce(p.hash, '') OR b.chain_number <> coalesce(p.chain_number, 0) + 1
              THEN format('link %s does not follow link %s', b.chain_number, coalesce(p.chain_number, 0))
            ELSE 'rows of the batch do not give its hash' END AS detail
FROM (SELECT *, lag(id) OVER (PARTITION BY entity_id ORDER BY chain_number) AS former FROM ledger_batch) b
JOIN ledger_batch own ON own.id = b.id
LEFT JOIN ledger_batch p ON p.id = b.former
WHERE b.hash = '' OR b.previous_hash <> coalesce(p.hash, '') OR b.chain_number <> coalesce(p.chain_number, 0) + 1
   OR b.hash <> ledger_batch_hash(own)
UNION ALL
SELECT 'ledger.chainhead', h.entity_id, 'the head is not the last link'
FROM ledger_chainhead h
LEFT JOIN LATERAL (
  SELECT b.chain_number, b.hash FROM ledger_batch b WHERE b.entity_id = h.entity_id
  ORDER BY b.chain_number DESC NULLS LAST LIMIT 1) l ON true
WHERE l.chain_number IS DISTINCT FROM h.last_number OR l.hash IS DISTINCT FROM h.last_hash
UNION ALL
SELECT 'ledger.entry', e.id, 'entry without batch' FROM ledger_entry e
WHERE NOT EXISTS (SELECT FROM ledger_batch b WHERE b.id = e.batch_id AND b.entity_id = e.entity_id)
UNION ALL
SELECT 'ledger.batch', b.id, 'counts or turnover differ' FROM ledger_batch b JOIN (
  SELECT batch_id, count(*) AS lines, sum(debit_amount) AS debit FROM ledger_line GROUP BY batch_id
) l ON l.batch_id = b.id WHERE l.lines <> b.line_count OR l.debit <> b.turnover_amount
""",
    # How old a clearing account's balance may be: setting lokum.clearing_days, 30 days by default.
    "proof_i10": """
SELECT 'ledger.ledgeraccount'::text AS object_label, g.id AS object_id,
       format('%s open since %s', run.balance, run.since) AS detail
FROM ledger_ledgeraccount g
JOIN LATERAL (
  SELECT (array_agg(balance ORDER BY booked_on DESC, id DESC))[1] AS balance,
         min(booked_on) FILTER (WHERE later_zero = 0 AND balance <> 0) AS since
  FROM (
    SELECT id, booked_on, balance,
           sum(CASE WHEN balance = 0 THEN 1 ELSE 0 END) OVER (ORDER BY booked_on DESC, id DESC) AS later_zero
    FROM (SELECT id, booked_on, sum(debit_amount - credit_amount) OVER (ORDER BY booked_on, id) AS balance
          FROM ledger_line WHERE ledger_account_id = g.id) running
  ) marked
) run ON run.balance <> 0
WHERE g.purpose = 'clearing'
  AND run.since < current_date - coalesce(nullif(current_setting('lokum.clearing_days', true), '')::int, 30)
""",
    "proof_i13": """
SELECT 'organisation.entity'::text AS object_label, coalesce(s.entity_id, g.entity_id) AS object_id,
       format('%s: accounts %s, general ledger %s', coalesce(s.booked_on, g.booked_on), coalesce(s.amount, 0),
              coalesce(g.amount, 0)) AS detail
FROM (SELECT entity_id, booked_on, sum(amount) AS amount FROM ledger_entry WHERE account_id IS NOT NULL
      GROUP BY entity_id, booked_on) s
FULL JOIN (
  SELECT l.entity_id, l.booked_on, sum(l.debit_amount - l.credit_amount) AS amount
  FROM ledger_line l JOIN ledger_ledgeraccount a ON a.id = l.ledger_account_id AND a.purpose = 'receivable'
  GROUP BY l.entity_id, l.booked_on) g ON g.entity_id = s.entity_id AND g.booked_on = s.booked_on
WHERE coalesce(s.amount, 0) <> coalesce(g.amount, 0)
""",
}


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_lighter_indexes")]
    operations = [
        migrations.RunSQL(f"CREATE VIEW {name} AS {body.strip()}", f"DROP VIEW {name}") for name, body in VIEWS.items()
    ]
