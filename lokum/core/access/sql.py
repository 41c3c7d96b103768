"""Row policies: the second wall, in the database itself.

A policy lets a row through when the transaction's reach is everything, or when its condition holds for the ids
announced by `lokum.core.base.context`. Without settings nothing passes. FORCE puts the owner of the tables under
the same rule: a data migration calls `SELECT set_config('lokum.reach', 'all', true)` first.

The ids are unpacked in a sub-select without reference to the row, so the server computes them once per query and
can use them with an index; the test for "all" is a sub-select too and spares a mass insert the rest.
"""

from django.db import migrations

REACH_ALL = "(SELECT current_setting('lokum.reach', true)) = 'all'"


def ids(kind: str) -> str:
    """SQL array of the announced ids of a kind: nodes, buildings, premises, parties, accounts."""
    return f"(ARRAY(SELECT unnest(nullif(current_setting('lokum.{kind}', true), '')::bigint[])))"


NODES, BUILDINGS, PREMISES, PARTIES, ACCOUNTS = (
    ids(kind) for kind in ("nodes", "buildings", "premises", "parties", "accounts")
)


def of_entity(column: str) -> str:
    """The row belongs to an entity that hangs in one of the nodes reached."""
    return f"{column} = ANY (ARRAY(SELECT e.id FROM organisation_entity e WHERE e.node_id = ANY {NODES}))"  # noqa: S608


# Staff with any place at all; for rows that belong to no place (files waiting to be read, remarks).
STAFF = f"(SELECT cardinality({NODES}) + cardinality({BUILDINGS}) > 0)"


def row_policy(table: str, using_sql: str) -> migrations.RunSQL:
    """Migration operation: force row security on `table`; `using_sql` is a condition on its columns.

    A sub-select on another guarded table sees only what its own policy shows, so "the premises is visible" is
    `EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)`. Policies must not refer to each other in
    a circle.
    """
    return migrations.RunSQL(
        f"""
        ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;
        ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY;
        CREATE POLICY lokum_reach ON "{table}" USING ({REACH_ALL} OR ({using_sql}));
        """,
        f"""
        DROP POLICY lokum_reach ON "{table}";
        ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY;
        """,
    )
