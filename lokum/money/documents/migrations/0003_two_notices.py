"""A payer with charges and credits in one run has two notices; a batch holds both."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_history_and_walls")]
    operations = [migrations.RemoveConstraint("deliveryitem", "delivery_item_payer_once")]
