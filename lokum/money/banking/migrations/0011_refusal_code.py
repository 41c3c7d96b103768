from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0010_bank_books'),
    ]

    operations = [
        migrations.AddField(
            model_name='bankfile',
            name='refusal_code',
            field=models.CharField(blank=True, max_length=60, verbose_name='code of the refusal'),
        ),
    ]
