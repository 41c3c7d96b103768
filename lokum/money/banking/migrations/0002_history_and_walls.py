"""History trigger, and row policies as the second wall behind the application's filter."""

from django.db import migrations

from lokum.core.access.sql import NODES, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

OF_BANK_ACCOUNT = (
    "bank_account_id = ANY (ARRAY(SELECT b.id FROM organisation_entitybankaccount b"
    f" JOIN organisation_entity e ON e.id = b.entity_id WHERE e.node_id = ANY {NODES}))"
)


class Migration(migrations.Migration):
    dependencies = [
        ("banking", "0001_first"),
        ("payments", "0002_history_and_walls"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers(
            "banking_bankfile", "banking_bankstatement", "banking_clearingitem", "banking_clearingmove"
        ),
        row_policy("banking_bankstatement", OF_BANK_ACCOUNT),
        row_policy(
            "banking_bankfile", "EXISTS (SELECT FROM banking_bankstatement s WHERE s.file_id = banking_bankfile.id)"
        ),
        row_policy(
            "banking_bankentry",
            f"{OF_BANK_ACCOUNT} OR EXISTS (SELECT FROM payments_payment p WHERE p.id = payment_id)",
        ),
        row_policy("banking_clearingitem", of_entity("entity_id")),
        row_policy("banking_clearingmove", "EXISTS (SELECT FROM banking_clearingitem i WHERE i.id = item_id)"),
    ]
