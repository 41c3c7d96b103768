"""History, walls and append-only guard of allowances; the proof that what is open is what the ledger says."""

from django.db import migrations

from lokum.core.access.sql import of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = "EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"
POSTED = ("claim", "claimline", "bodypayment", "bodypaymentline")
GUARDS = "".join(f"SELECT ledger_make_append_only('allowances_{name}');\n" for name in POSTED)
UNGUARDS = "".join(f"DROP TRIGGER append_only ON allowances_{name};\n" for name in POSTED)

# Opening items taken over from other books may lie on the account; they are no claims of ours.
PROOF = """
CREATE VIEW proof_a1 AS
WITH parts AS (
  SELECT line_id, sum(amount) AS amount FROM allowances_bodypaymentline GROUP BY line_id
), open AS (
  SELECT c.entity_id, sum(l.amount - coalesce(p.amount, 0)) AS amount
  FROM allowances_claimline l JOIN allowances_claim c ON c.id = l.claim_id LEFT JOIN parts p ON p.line_id = l.id
  GROUP BY c.entity_id
), booked AS (
  SELECT l.ledger_account_id, sum(l.debit_amount - l.credit_amount) AS amount
  FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id AND e.kind <> 'opening'
  WHERE l.ledger_account_id IN (SELECT id FROM ledger_ledgeraccount WHERE purpose = 'allowance')
  GROUP BY l.ledger_account_id
)
SELECT 'organisation.entity'::text AS object_label, g.entity_id AS object_id,
       format('claims are open with %s, the ledger says %s', coalesce(o.amount, 0), coalesce(b.amount, 0)) AS detail
FROM ledger_ledgeraccount g LEFT JOIN open o ON o.entity_id = g.entity_id
LEFT JOIN booked b ON b.ledger_account_id = g.id
WHERE g.purpose = 'allowance' AND coalesce(o.amount, 0) <> coalesce(b.amount, 0)
UNION ALL
SELECT 'allowances.claimline', l.id, format('the entry says %s on account %s', e.amount, e.account_id)
FROM allowances_claimline l LEFT JOIN ledger_entry e ON e.id = l.entry_id
WHERE e.id IS NULL OR e.amount <> -l.amount OR e.account_id IS DISTINCT FROM l.account_id OR e.kind <> 'allowance'
UNION ALL
SELECT 'allowances.claimline', l.id, format('%s came for %s', p.amount, l.amount)
FROM allowances_claimline l JOIN parts p ON p.line_id = l.id
WHERE abs(p.amount) > abs(l.amount) OR p.amount * l.amount < 0
UNION ALL
SELECT 'allowances.claim', c.id, format('the lines add up to %s', sum(l.amount))
FROM allowances_claim c LEFT JOIN allowances_claimline l ON l.claim_id = c.id
GROUP BY c.id HAVING c.total_amount <> coalesce(sum(l.amount), 0) OR c.line_count <> count(l.id)
UNION ALL
SELECT 'allowances.bodypayment', p.id, format('the parts add up to %s', sum(l.amount))
FROM allowances_bodypayment p LEFT JOIN allowances_bodypaymentline l ON l.payment_id = p.id
GROUP BY p.id HAVING p.amount <> coalesce(sum(l.amount), 0)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("allowances", "0001_first"),
        ("audit", "0002_trigger"),
        ("ledger", "0014_sub_accounts_guarded"),
    ]
    operations = [
        migrations.RunSQL(GUARDS, UNGUARDS),
        *audit_triggers("allowances_allowance", "allowances_allowancebreak"),
        row_policy("allowances_allowance", OF_ACCOUNT),
        row_policy(
            "allowances_allowancebreak", "EXISTS (SELECT FROM allowances_allowance a WHERE a.id = allowance_id)"
        ),
        row_policy("allowances_claim", of_entity("entity_id")),
        row_policy("allowances_claimline", OF_ACCOUNT),
        row_policy("allowances_bodypayment", "EXISTS (SELECT FROM allowances_claim c WHERE c.id = claim_id)"),
        row_policy(
            "allowances_bodypaymentline", "EXISTS (SELECT FROM allowances_claimline l WHERE l.id = line_id)"
        ),
        migrations.RunSQL(PROOF, "DROP VIEW proof_a1"),
    ]
