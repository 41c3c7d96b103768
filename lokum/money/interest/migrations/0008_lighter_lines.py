"""Lines of notes have no index by policy: it was read only when a policy is changed or deleted, and written for every line.

A policy that governs most debts has most lines, so the index spared that rare question little.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interest", "0007_drafts_checked_by_statement")]
    operations = [
        migrations.RunSQL(
            "DROP INDEX interest_line_policy", "CREATE INDEX interest_line_policy ON interest_interestline (policy_id)"
        )
    ]
