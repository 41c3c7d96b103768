"""Co-holders of a title reach the agreement under it, though another one pays."""

from django.db import migrations

from lokum.core.access.sql import BUILDINGS, PARTIES, REACH_ALL, of_entity

BEFORE = (
    f"payer_id = ANY {PARTIES} OR {of_entity('entity_id')} OR EXISTS (SELECT FROM estates_premises p"
    f" WHERE p.id = premises_id AND p.building_id = ANY {BUILDINGS})"
)
AFTER = (
    f"{BEFORE} OR EXISTS (SELECT FROM occupancy_titleholder h"
    f" WHERE h.title_id = occupancy_agreement.title_id AND h.party_id = ANY {PARTIES})"
)


class Migration(migrations.Migration):
    dependencies = [("occupancy", "0004_history_and_walls")]
    operations = [
        migrations.RunSQL(
            f"ALTER POLICY lokum_reach ON occupancy_agreement USING ({REACH_ALL} OR {AFTER})",
            f"ALTER POLICY lokum_reach ON occupancy_agreement USING ({REACH_ALL} OR {BEFORE})",
        )
    ]
