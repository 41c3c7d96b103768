"""History trigger, and row policies as the second wall behind the application's filter."""

from django.db import migrations

from lokum.core.access.sql import ACCOUNTS, BUILDINGS, PARTIES, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("papers", "0001_first"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers("papers_numberseries", "papers_voidnumber"),
        row_policy(
            "papers_issueddocument",
            f"{of_entity('entity_id')} OR building_key = ANY {BUILDINGS} OR account_key = ANY {ACCOUNTS}"
            f" OR party_key = ANY {PARTIES}",
        ),
        row_policy(
            "papers_documentfile", "EXISTS (SELECT FROM papers_issueddocument d WHERE d.id = document_id)"
        ),
    ]
