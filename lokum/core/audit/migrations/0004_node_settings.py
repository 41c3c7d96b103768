"""History of the settings of nodes, which lie below this layer."""

from django.db import migrations

from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_sign_in_tables"),
        ("organisation", "0002_node_settings"),
    ]
    operations = [*audit_triggers("organisation_nodesetting")]
