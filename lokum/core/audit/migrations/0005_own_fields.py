"""History of the definitions of own fields, which lie below this layer."""

from django.db import migrations

from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_node_settings"),
        ("organisation", "0003_own_fields"),
    ]
    operations = [*audit_triggers("organisation_ownfielddefinition")]
