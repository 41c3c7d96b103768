"""Books kept before these purposes existed get the accounts for them; nothing existing is changed.

Frozen here on purpose: what an entity gets by an upgrade does not move with later charts. Reversed by nothing: an
account without postings may be deleted by hand.
"""

from django.db import migrations

# purpose: (kind, number and name in Poland, number and name elsewhere)
ACCOUNTS = {
    "interest": ("income", ("750", "Odsetki za zwłokę"), ("750", "Late interest")),
    "deposits": ("liability", ("240", "Kaucje wpłacone"), ("250", "Deposits of payers")),
    "write_off": ("expense", ("761", "Należności umorzone"), ("760", "Written-off claims")),
    "allowance": ("asset", ("247", "Dodatki mieszkaniowe do rozliczenia"), ("210", "Shares claimed from third parties")),
    "rounding": ("expense", ("765", "Różnice zaokrągleń"), ("765", "Rounding differences")),
    "result": ("equity", ("860", "Wynik finansowy"), ("860", "Result of the year")),
    "transit": ("liability", ("249", "Przeksięgowania między kontami"), ("245", "Transfers between accounts")),
}


def add_missing(apps, schema_editor):
    Account = apps.get_model("ledger", "LedgerAccount")
    Entity = apps.get_model("organisation", "Entity")
    kept = Account.objects.values_list("entity_id", flat=True).distinct()
    for entity in Entity.objects.filter(pk__in=list(kept)).order_by("pk"):
        known = Account.objects.filter(entity=entity)
        codes = set(known.values_list("code", flat=True))
        purposes = set(known.values_list("purpose", flat=True))
        for purpose, (kind, polish, plain) in ACCOUNTS.items():
            if purpose in purposes:
                continue
            code, name = polish if entity.country_pack == "pl" else plain
            free = code
            place = 0
            while free in codes:
                place += 1
                free = f"{code}-{place}"
            codes.add(free)
            english = plain[1] if entity.country_pack == "pl" else ""
            Account.objects.create(entity=entity, code=free, name=name, name_en=english, kind=kind, purpose=purpose)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_purposes"), ("organisation", "0001_first")]
    operations = [migrations.RunPython(add_missing, migrations.RunPython.noop)]
