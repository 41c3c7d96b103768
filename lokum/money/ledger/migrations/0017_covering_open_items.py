"""Ageing reads open items from one index; entries out of turn and matches across a day from block ranges."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0016_reopenings_guarded")]

    operations = [
        migrations.RemoveIndex(model_name="entry", name="entry_booked_brin"),
        migrations.RemoveIndex(model_name="openitem", name="open_item_account"),
        migrations.AddIndex(
            model_name="allocation",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["credit", "debit"], name="allocation_sides_brin"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["booked_on", "id"], name="entry_days_brin"),
        ),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("open_amount__gt", 0)),
                fields=["account", "due_on"],
                include=("entry", "side", "amount", "open_amount"),
                name="open_item_open",
            ),
        ),
    ]
