"""The newest days must not be unknown to the planner.

A month adds one per cent to tables with years behind them: far below the tenth of changed rows after which the server
looks again. Until then it expects no rows of that month, reads them one by one, and a report takes minutes.
"""

from django.db import migrations

TABLES = ("charges_notice", "charges_chargeline")
SET = "ALTER TABLE {} SET (autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000)"
RESET = "ALTER TABLE {} RESET (autovacuum_analyze_scale_factor, autovacuum_analyze_threshold)"


class Migration(migrations.Migration):
    dependencies = [("charges", "0025_days_of_long_tables")]
    operations = [migrations.RunSQL(SET.format(table), RESET.format(table)) for table in TABLES]
