"""The rates that country packs publish, as rows; `manage.py load_interest_rates` adds newer ones after an upgrade."""

from django.db import migrations

from lokum.money.interest.seams import published_regimes


def load(apps, schema_editor):
    Regime = apps.get_model("interest", "InterestRegime")
    Rate = apps.get_model("interest", "InterestRate")
    made = {}
    for one in published_regimes():
        made[one.code] = Regime.objects.create(
            code=one.code, name=one.name, name_pl=one.names.get("pl", ""), name_zh_hant=one.names.get("zh-hant", ""),
            name_zh_hans=one.names.get("zh-hans", ""), kind=one.kind, unit=one.unit, country=one.country,
            basis=one.basis,
        )  # fmt: skip
    for one in published_regimes():
        if one.limit:
            Regime.objects.filter(code=one.code).update(limit=made[one.limit])
        Rate.objects.bulk_create(
            Rate(regime=made[one.code], valid_from=rate.valid_from, rate=rate.rate, act=rate.act) for rate in one.rates
        )


class Migration(migrations.Migration):
    dependencies = [("interest", "0002_guards")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
