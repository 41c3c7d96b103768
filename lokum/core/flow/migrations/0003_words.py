"""What of a request is put in words by the program is kept in every language. Older requests keep their words: what was
proposed never changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('flow', '0002_history_and_walls'),
    ]

    operations = [
        migrations.AddField(
            model_name='approvalrequest',
            name='words',
            field=models.JSONField(default=dict, editable=False),
        ),
    ]
