"""Joint payers and payers of a share reach the agreement behind their account, though another one pays it."""

from django.db import migrations

from lokum.core.access.sql import ACCOUNTS, BUILDINGS, PARTIES, REACH_ALL, of_entity

BEFORE = (
    f"payer_id = ANY {PARTIES} OR {of_entity('entity_id')} OR EXISTS (SELECT FROM estates_premises p"
    f" WHERE p.id = premises_id AND p.building_id = ANY {BUILDINGS})"
    " OR EXISTS (SELECT FROM occupancy_titleholder h"
    f" WHERE h.title_id = occupancy_agreement.title_id AND h.party_id = ANY {PARTIES})"
)
AFTER = f"{BEFORE} OR id IN (SELECT a.agreement_id FROM ledger_account a WHERE a.id = ANY {ACCOUNTS})"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0028_sealed_in_fewer_passes"), ("occupancy", "0005_policy_of_holders")]
    operations = [
        migrations.RunSQL(
            f"ALTER POLICY lokum_reach ON occupancy_agreement USING ({REACH_ALL} OR {AFTER})",
            f"ALTER POLICY lokum_reach ON occupancy_agreement USING ({REACH_ALL} OR {BEFORE})",
        )
    ]
