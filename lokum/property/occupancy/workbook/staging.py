"""Rows of a workbook in temporary tables, checked against each other and the register."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.property.occupancy.workbook.checks import CHECKS
from lokum.property.occupancy.workbook.layout import OWNERS, PREMISES, SHEETS, Sheet
from lokum.property.occupancy.workbook.reading import Problem, Read

Progress = Callable[[int, int, str], None]
_INDEXES = {
    "buildings": "(code)",
    "entrances": "(building_code, code)",
    "storeys": "(building_code, level)",
    "premises": "(code)",
    "shares": "(premises_code)",
    "owners": "(premises_code, title_kind, valid_from)",
}


def stage(read: Read) -> None:
    """Copy every sheet into its temporary table, which lives until the end of the transaction."""
    with connection.cursor() as cursor:
        for sheet in SHEETS:
            columns = ", ".join(f"{one.name} {one.sql_type}" for one in sheet.columns)
            cursor.execute(f"DROP TABLE IF EXISTS {sheet.table}")
            cursor.execute(
                f"CREATE TEMP TABLE {sheet.table} (row int PRIMARY KEY, {columns}, bad boolean NOT NULL DEFAULT false)"
                " ON COMMIT DROP"
            )
            _copy(cursor, sheet, read.rows.get(sheet.name, []))
            cursor.execute(f"CREATE INDEX ON {sheet.table} {_INDEXES[sheet.name]}")
        cursor.execute(
            f"UPDATE {PREMISES.table} SET code = building_code || '/' || number WHERE code IS NULL"  # noqa: S608
        )
        cursor.execute(
            f"UPDATE {OWNERS.table} SET numerator = coalesce(numerator, 1), denominator = coalesce(denominator, 1),"  # noqa: S608
            " party_kind = coalesce(party_kind, 'person'), member = coalesce(member, false)"
        )
        cursor.execute(f"CREATE INDEX ON {OWNERS.table} (party_code)")
        cursor.execute(f"CREATE INDEX ON {PREMISES.table} (building_code, number)")
        for sheet in SHEETS:
            cursor.execute(f"ANALYZE {sheet.table}")


def _copy(cursor: Any, sheet: Sheet, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    names = ", ".join(["row", *(one.name for one in sheet.columns)])
    types = {"bigint": "int8", "numeric": "numeric", "date": "date", "boolean": "bool", "text": "text"}
    with cursor.copy(f"COPY {sheet.table} ({names}) FROM STDIN") as copy:
        copy.set_types(["int4", *(types[one.sql_type] for one in sheet.columns)])
        for row in rows:
            copy.write_row(row)


def check(read: Read, *, estates: Sequence[int], parties: Sequence[int], progress: Progress | None = None) -> None:
    """Run every rule; rows that break one are marked bad and stand among the problems."""
    given = {"estates": list(estates), "parties": list(parties)}
    with connection.cursor() as cursor:
        _mark_torn_titles(cursor, read)
        for place, rule in enumerate(CHECKS):
            if not read.rows.get(rule.sheet.name):
                continue
            cursor.execute(rule.sql, given)
            broken = cursor.fetchall()
            if broken:
                cursor.execute(
                    f"UPDATE {rule.sheet.table} SET bad = true WHERE row = ANY(%s)",  # noqa: S608
                    [[row for row, _why in broken]],
                )
            column = str(rule.sheet.column(rule.column).label) if rule.column else ""
            read.problems += [
                Problem(str(rule.sheet.label), row, column, str(rule.text) % {"detail": detail})
                for row, detail in broken
            ]
            if progress is not None:
                progress(place + 1, len(CHECKS), str(rule.sheet.label))
    read.problems.sort(key=lambda one: (one.sheet, one.row))


def _mark_torn_titles(cursor: Any, read: Read) -> None:
    """A holder whose row could not be read takes the other holders of the title along; nobody gets a torn title."""
    if not read.torn:
        return
    cursor.execute(
        f"""UPDATE {OWNERS.table} s SET bad = true FROM unnest(%s::text[], %s::text[], %s::date[]) AS
            t(premises_code, title_kind, valid_from)
            WHERE (s.premises_code, s.title_kind, s.valid_from) = (t.premises_code, t.title_kind, t.valid_from)
        RETURNING s.row""",  # noqa: S608
        [list(part) for part in zip(*read.torn, strict=True)],
    )
    text = _("Another holder of this title is wrong, so the title cannot be opened.")
    read.problems += [Problem(str(OWNERS.label), row, "", text) for (row,) in cursor.fetchall()]
