"""What workbooks changed is kept, so that an import can be undone; imports of before have kept nothing."""

import django.db.models.deletion
from django.db import migrations, models

from lokum.core.access.sql import row_policy


class Migration(migrations.Migration):
    dependencies = [("occupancy", "0009_states_of_use"), ("access", "0001_first")]
    operations = [
        migrations.AddField(
            model_name="estateimport", name="kept", field=models.BooleanField(default=False, editable=False)
        ),
        migrations.AlterField(
            model_name="estateimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "received"),
                    ("checked", "checked"),
                    ("done", "brought in"),
                    ("undone", "undone"),
                ],
                default="received",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.CreateModel(
            name="EstateImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("register", models.CharField(max_length=12)),
                ("row", models.PositiveIntegerField()),
                ("object_id", models.BigIntegerField()),
                ("created", models.BooleanField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("before", models.JSONField(null=True)),
                (
                    "workbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="occupancy.estateimport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workbook", "register", "object_id"), name="estate_import_row_once"
                    )
                ]
            },
        ),
        row_policy(
            "occupancy_estateimportrow", "EXISTS (SELECT FROM occupancy_estateimport w WHERE w.id = workbook_id)"
        ),
    ]
