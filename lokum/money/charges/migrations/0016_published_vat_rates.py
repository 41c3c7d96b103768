"""Published VAT rates as rows, the function that finds one, and the kinds of components instead of percentages.

`manage.py load_vat_rates` adds newer published ones after an upgrade.
"""

from django.db import migrations

from lokum.core.audit.sql import audit_triggers
from lokum.money.charges.seams import published_vat_rates

PERCENT = """
CREATE FUNCTION charges_vat_percent(entity bigint, vat_kind text, day date) RETURNS numeric LANGUAGE sql STABLE AS $$
  -- Without trailing zeros: 23, not 23.00. NULL: no rate of this kind holds yet.
  SELECT CASE WHEN vat_kind IN ('exempt', 'outside') THEN 0 ELSE (
    SELECT trim_scale(r.percent) FROM charges_vatrate r JOIN organisation_entity e ON e.country_pack = r.country_pack
    WHERE e.id = entity AND r.kind = vat_kind AND r.valid_from <= day ORDER BY r.valid_from DESC LIMIT 1) END
$$;
"""
# 5 % is the lower reduced rate of Poland and the standard one of Taiwan.
KINDS = """
SELECT set_config('lokum.reach', 'all', true);
UPDATE charges_component c SET vat_kind = CASE
    WHEN c.vat_kind = '0' THEN 'zero' WHEN c.vat_kind = '23' THEN 'standard' WHEN c.vat_kind = '8' THEN 'reduced'
    WHEN e.country_pack = 'tw' THEN 'standard' ELSE 'super_reduced' END
FROM organisation_entity e WHERE e.id = c.entity_id AND c.vat_kind IN ('23', '8', '5', '0');
"""
FORMER_KINDS = """
SELECT set_config('lokum.reach', 'all', true);
UPDATE charges_component SET vat_kind = CASE vat_kind WHEN 'standard' THEN '23' WHEN 'reduced' THEN '8'
    WHEN 'super_reduced' THEN '5' WHEN 'zero' THEN '0' ELSE 'exempt' END
WHERE vat_kind <> 'exempt';
"""


def load(apps, schema_editor):
    Rate = apps.get_model("charges", "VatRate")
    Rate.objects.bulk_create(
        Rate(country_pack=pack, kind=one.kind, valid_from=one.valid_from, percent=one.percent, act=one.act)
        for pack, one in published_vat_rates()
    )


class Migration(migrations.Migration):
    dependencies = [("charges", "0015_vat_rates"), ("organisation", "0002_node_settings")]
    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunSQL(PERCENT, "DROP FUNCTION charges_vat_percent(bigint, text, date);"),
        migrations.RunSQL(KINDS, FORMER_KINDS),
        *audit_triggers("charges_vatrate"),
    ]
