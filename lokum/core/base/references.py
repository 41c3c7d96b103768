"""Who refers to given records: what stands in the way of taking them back. Set-based: one statement per relation."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection, models

Rows = Mapping[type[models.Model], Sequence[int]]


def references(
    model: type[models.Model], ids: Sequence[int], *, known: Rows | None = None, ignored: Collection[Any] = ()
) -> dict[int, Any]:
    """Of these records, the ones that other rows name: id -> plural name of a register that holds such rows.

    known: rows that do not count, by model (they go with the records); ignored: models that do not count at all.
    Models that say `follows` are made and deleted with the record, so they do not count either.
    Relations the database does not guard (`db_constraint=False`) are asked like all others.
    """
    found: dict[int, Any] = {}
    known = known or {}
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.concrete or not (relation.one_to_many or relation.one_to_one):
            continue  # many-to-many relations are met as the rows of the table between
        related: Any = relation.related_model
        if related in ignored or related._meta.proxy or not related._meta.managed or getattr(related, "follows", False):
            continue
        field: Any = relation.field  # type: ignore[union-attr]
        table, column, key = related._meta.db_table, field.column, related._meta.pk.column
        with connection.cursor() as cursor:
            cursor.execute(
                f'''SELECT DISTINCT t."{column}" FROM "{table}" t WHERE t."{column}" = ANY(%s)
                     AND NOT EXISTS (SELECT FROM unnest(%s::bigint[]) AS k(id) WHERE k.id = t."{key}")''',  # noqa: S608
                [list(ids), list(known.get(related, ()))],
            )
            for (pk,) in cursor.fetchall():
                found.setdefault(pk, related._meta.verbose_name_plural)
    return found
