"""Numbers and contacts of a workbook in their normal form, by the rules of the entity's country."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ValidationError

from lokum.core.base import identifiers
from lokum.property.occupancy.workbook.layout import BUILDINGS, OWNERS, PREMISES, Sheet
from lokum.property.occupancy.workbook.reading import Problem, Read
from lokum.property.parties.identifiers import check_email, check_phone

_KINDS = (
    (BUILDINGS, "postal_code", identifiers.POSTAL_CODE),
    (BUILDINGS, "territory_code", identifiers.TERRITORY),
    (BUILDINGS, "register_number", identifiers.LAND_REGISTER),
    (PREMISES, "register_number", identifiers.LAND_REGISTER),
    (OWNERS, "personal_number", identifiers.PERSONAL),
    (OWNERS, "tax_number", identifiers.TAX),
)


def normalise(read: Read, country: str) -> None:
    """Replace numbers by their normal form; a wrong one takes its row out and stands among the problems."""
    rules: list[tuple[Sheet, str, Callable[[str], str]]] = [
        (sheet, name, lambda text, kind=kind: identifiers.check(kind, text, country))  # type: ignore[misc]
        for sheet, name, kind in _KINDS
        if identifiers.has_rule(kind, country)
    ]
    rules += [(OWNERS, "phone", lambda text: check_phone(text, country)), (OWNERS, "email", check_email)]
    for sheet, name, rule in rules:
        rows = read.rows.get(sheet.name)
        if rows:
            read.rows[sheet.name] = list(_checked(rows, sheet, name, rule, read))


def _checked(
    rows: list[tuple[Any, ...]], sheet: Sheet, name: str, rule: Callable[[str], str], read: Read
) -> Iterator[tuple[Any, ...]]:
    place = [column.name for column in sheet.columns].index(name) + 1
    for row in rows:
        if row[place] is None:
            yield row
            continue
        try:
            text = rule(row[place])
        except ValidationError as wrong:
            label = str(sheet.column(name).label)
            read.problems.append(Problem(str(sheet.label), row[0], label, str(wrong.messages[0])))
            if sheet is OWNERS:
                read.torn.append((row[1], row[2], row[3]))
            continue
        yield row if text == row[place] else (*row[:place], text, *row[place + 1 :])
