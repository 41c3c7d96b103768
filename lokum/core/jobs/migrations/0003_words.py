"""Titles, steps, log lines and problems of long work are kept in every language; older ones stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_worker_beat"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="words",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="jobline",
            name="words",
            field=models.JSONField(default=dict, editable=False),
        ),
    ]
