"""History trigger, and row policies as the second wall behind the application's filter."""

from django.db import migrations

from lokum.core.access.sql import BUILDINGS, NODES, PARTIES, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("occupancy", "0003_attribute_names"),
        ("parties", "0003_history_and_walls"),
        ("estates", "0003_history_and_walls"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers(
            "occupancy_title", "occupancy_titleholder", "occupancy_agreement", "occupancy_agreementattribute"
        ),
        row_policy("occupancy_title", "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"),
        row_policy(
            "occupancy_titleholder",
            f"party_id = ANY {PARTIES} OR EXISTS (SELECT FROM occupancy_title t JOIN estates_premises p"
            f" ON p.id = t.premises_id WHERE t.id = title_id AND p.building_id = ANY {BUILDINGS})",
        ),
        row_policy(
            "occupancy_agreement",
            f"payer_id = ANY {PARTIES} OR {of_entity('entity_id')} OR EXISTS (SELECT FROM estates_premises p"
            f" WHERE p.id = premises_id AND p.building_id = ANY {BUILDINGS})",
        ),
        row_policy(
            "occupancy_agreementattribute", "EXISTS (SELECT FROM occupancy_agreement a WHERE a.id = agreement_id)"
        ),
        row_policy(
            "parties_party",
            f"id = ANY {PARTIES} OR home_node_id = ANY {NODES}"
            " OR EXISTS (SELECT FROM occupancy_titleholder h JOIN occupancy_title t ON t.id = h.title_id"
            " JOIN estates_premises p ON p.id = t.premises_id"
            f" WHERE h.party_id = parties_party.id AND p.building_id = ANY {BUILDINGS})"
            " OR EXISTS (SELECT FROM occupancy_agreement a JOIN estates_premises p ON p.id = a.premises_id"
            f" WHERE a.payer_id = parties_party.id AND p.building_id = ANY {BUILDINGS})",
        ),
        *(
            row_policy(table, "EXISTS (SELECT FROM parties_party p WHERE p.id = party_id)")
            for table in ("parties_partycontact", "parties_partyaddress", "parties_consent")
        ),
        row_policy("parties_partymerge", "EXISTS (SELECT FROM parties_party p WHERE p.id = kept_id)"),
    ]
