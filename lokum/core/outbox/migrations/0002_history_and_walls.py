"""History of webhooks; their signing secret is never written down twice."""

from django.db import migrations

from lokum.core.audit.sql import audit_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0001_first"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        audit_trigger("outbox_webhook", secret=["secret"]),
    ]
