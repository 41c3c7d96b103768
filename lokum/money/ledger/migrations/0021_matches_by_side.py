"""Live matches are found by either side again.

0003 made these two indexes; 0005, which took the automatic index of both columns away, took them along: Django drops
every index of a column that is no longer indexed by itself. They are declared with the model now.
"""

from django.db import migrations, models

LIVE = models.Q(("undone_at__isnull", True))


class Migration(migrations.Migration):
    dependencies = [("ledger", "0020_payers_guarded")]

    operations = [
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(condition=LIVE, fields=["credit"], name="allocation_credit_live"),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(condition=LIVE, fields=["debit"], name="allocation_debit_live"),
        ),
    ]
