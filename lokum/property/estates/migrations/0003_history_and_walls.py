"""History trigger, and row policies as the second wall behind the application's filter."""

from django.db import migrations

from lokum.core.access.sql import BUILDINGS, PREMISES, row_policy
from lokum.core.audit.sql import audit_triggers

OF_PREMISES = "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("estates", "0002_natural_order_and_origin"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers(
            "estates_estate",
            "estates_building",
            "estates_entrance",
            "estates_storey",
            "estates_premises",
            "estates_premisesentity",
            "estates_premisesfact",
            "estates_ownershipshare",
            "estates_declaredtotal",
        ),
        row_policy("estates_premises", f"building_id = ANY {BUILDINGS} OR id = ANY {PREMISES}"),
        *(row_policy(table, OF_PREMISES) for table in ("estates_premisesentity", "estates_premisesfact", "estates_ownershipshare")),
    ]
