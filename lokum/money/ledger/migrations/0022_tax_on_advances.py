"""Tax of advances: its ledger account (books kept before get one) and its kind of entries.

Reversed by nothing: an account without postings may be deleted by hand.
"""

from django.db import migrations, models

POLISH = ("223", "Rozliczenie VAT od zaliczek", "Value added tax on advances")
PLAIN = ("225", "Value added tax on advances", "")
PURPOSE = "advance_vat"


def add_missing(apps, schema_editor):
    Account = apps.get_model("ledger", "LedgerAccount")
    Entity = apps.get_model("organisation", "Entity")
    taxed = Account.objects.filter(purpose="vat").values_list("entity_id", flat=True)
    done = Account.objects.filter(purpose=PURPOSE).values_list("entity_id", flat=True)
    for entity in Entity.objects.filter(pk__in=list(taxed)).exclude(pk__in=list(done)).order_by("pk"):
        code, name, english = POLISH if entity.country_pack == "pl" else PLAIN
        codes = set(Account.objects.filter(entity=entity).values_list("code", flat=True))
        free, place = code, 0
        while free in codes:
            place += 1
            free = f"{code}-{place}"
        Account.objects.create(entity=entity, code=free, name=name, name_en=english, kind="asset", purpose=PURPOSE)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0021_matches_by_side"), ("organisation", "0001_first")]
    operations = [
        migrations.AlterField(
            model_name='entry',
            name='kind',
            field=models.CharField(choices=[('charge', 'Charge'), ('correction', 'Correction'), ('payment', 'Payment'), ('refund', 'Refund'), ('opening', 'Opening item'), ('interest', 'Interest'), ('clearing', 'Money to be cleared'), ('transfer', 'Transfer'), ('deposit', 'Deposit'), ('allowance', 'Allowance'), ('advance_tax', 'Tax on an advance'), ('collective', 'Collective posting')], max_length=12, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='purpose',
            field=models.CharField(blank=True, choices=[('receivable', "Payers' receivables"), ('bank', 'Bank'), ('clearing', 'Money to be cleared'), ('income', 'Income of charges'), ('opening', 'Opening items'), ('vat', 'Tax due'), ('advance_vat', 'Tax due on advances'), ('interest', 'Late interest'), ('deposits', 'Deposits of payers'), ('write_off', 'Written-off claims'), ('allowance', 'Shares claimed from third parties'), ('rounding', 'Rounding differences'), ('result', 'Result of the year'), ('transit', 'Transfers between accounts')], max_length=12, verbose_name='purpose'),
        ),
        migrations.RunPython(add_missing, migrations.RunPython.noop),
    ]
