"""Books kept before get an account for money in transit; nothing existing is changed.

Frozen here on purpose, as in 0009. Reversed by nothing: an account without postings may be deleted by hand.
"""

from django.db import migrations

# Number and name by country; elsewhere the plain ones.
ACCOUNTS = {
    "pl": ("141", "Środki pieniężne w drodze"),
    "tw": ("1103", "在途款項"),
    "cn": ("1012", "其他货币资金-在途资金"),
    "": ("140", "Money in transit"),
}
NAMES = {
    "name_en": "Money in transit", "name_pl": "Środki pieniężne w drodze", "name_zh_hant": "在途款項",
    "name_zh_hans": "在途资金",
}  # fmt: skip


def add_missing(apps, schema_editor):
    Account = apps.get_model("ledger", "LedgerAccount")
    Entity = apps.get_model("organisation", "Entity")
    kept = Account.objects.filter(purpose="bank").values("entity_id")
    for entity in Entity.objects.filter(pk__in=kept).order_by("pk"):
        known = Account.objects.filter(entity=entity)
        if known.filter(purpose="in_transit").exists():
            continue
        codes = set(known.values_list("code", flat=True))
        code, name = ACCOUNTS.get(entity.country_pack, ACCOUNTS[""])
        free, place = code, 0
        while free in codes:
            place += 1
            free = f"{code}-{place}"
        Account.objects.create(
            entity=entity, code=free, name=name, kind="asset", purpose="in_transit", **NAMES
        )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0026_bank_accounts_apart"), ("organisation", "0006_bank_account_successor")]
    operations = [
        migrations.RunSQL("SELECT set_config('lokum.reach', 'all', true)", migrations.RunSQL.noop),
        migrations.RunPython(add_missing, migrations.RunPython.noop),
    ]
