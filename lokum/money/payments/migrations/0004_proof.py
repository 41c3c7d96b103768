"""I7: each payment exists once, and is the entry it names."""

from django.db import migrations

VIEW = """
CREATE VIEW proof_i7 AS
SELECT 'payments.payment'::text AS object_label, min(id) AS object_id,
       format('%s %s: %s payments', channel, channel_reference, count(*)) AS detail
FROM payments_payment GROUP BY channel, channel_reference HAVING count(*) > 1
UNION ALL
SELECT 'payments.payment', p.id, format('payment %s, entry %s', p.amount, coalesce(e.amount::text, 'none'))
FROM payments_payment p LEFT JOIN ledger_entry e ON e.id = p.entry_id
WHERE e.id IS NULL OR e.entity_id <> p.entity_id OR (e.account_id IS NOT NULL AND abs(e.amount) <> p.amount)
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_number_tail"), ("ledger", "0006_proof")]
    operations = [migrations.RunSQL(VIEW, "DROP VIEW proof_i7")]
