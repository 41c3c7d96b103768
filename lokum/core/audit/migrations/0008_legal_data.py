"""History of the legal data of entities, which lie below this layer."""

from django.db import migrations

from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0007_months"),
        ("organisation", "0004_legal_data"),
    ]
    operations = [*audit_triggers("organisation_legaldata")]
