"""History of people and companies; the numbers that identify a person are never written into it.

Their row policies stand in `occupancy`, whose tables they rest on.
"""

from django.db import migrations

from lokum.core.audit.sql import audit_trigger, audit_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0002_doubles"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        audit_trigger("parties_party", secret=["personal_number", "other_document"]),
        *audit_triggers(
            "parties_partycontact", "parties_partyaddress", "parties_consent", "parties_partymerge"
        ),
    ]
