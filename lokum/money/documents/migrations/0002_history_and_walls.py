"""History trigger and row policies. Residents see their documents in the register of documents, never here."""

from django.db import migrations

from lokum.core.access.sql import STAFF, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = f"{STAFF} AND EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_first"), ("audit", "0002_trigger"), ("ledger", "0007_names")]
    operations = [
        *audit_triggers("documents_deliverybatch", "documents_accountstatement", "documents_feechange"),
        row_policy("documents_deliverybatch", of_entity("entity_id")),
        row_policy("documents_feechange", of_entity("entity_id")),
        row_policy("documents_deliveryitem", OF_ACCOUNT),
        row_policy("documents_accountstatement", OF_ACCOUNT),
        row_policy("documents_feechangeletter", OF_ACCOUNT),
    ]
