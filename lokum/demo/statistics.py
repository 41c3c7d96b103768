"""Statistics of the tables after a bulk load; without them the planner believes in empty tables."""

from django.db import connection, connections


def refresh_statistics() -> None:
    """Let the planner see what was written; only the owner of the tables may."""
    owner = connections["owner"]
    if connection.settings_dict["NAME"] == owner.settings_dict["NAME"]:
        with owner.cursor() as cursor:
            cursor.execute("ANALYZE")
        owner.close()
