"""Statistics of the tables after a bulk load; without them the planner believes in empty tables."""

from django.db import connection, connections

TABLES = """
    charges_componentassignment charges_chargerun charges_draftline charges_notice charges_chargeline charges_tariff
    estates_premises estates_premisesfact estates_premisesentity occupancy_agreement occupancy_agreementattribute
    occupancy_title occupancy_titleholder parties_party ledger_account ledger_accountbalance ledger_entry ledger_line
    ledger_openitem ledger_allocation papers_issueddocument payments_payment payments_virtualaccount banking_bankentry
    banking_bankstatement banking_clearingitem
"""


def refresh_statistics() -> None:
    """Let the planner see what was written; only the owner of the tables may."""
    owner = connections["owner"]
    if connection.settings_dict["NAME"] == owner.settings_dict["NAME"]:
        with owner.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(TABLES.split())}")
        owner.close()
