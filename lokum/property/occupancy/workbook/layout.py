"""The sheets of an estate's workbook and their columns. Headings are known by name and in every language."""

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from lokum.property.estates.models import PLACE_FACTS, PLACE_KINDS, FactKind
from lokum.property.occupancy.models import TitleKind
from lokum.property.parties.models import Party


@dataclass(frozen=True)
class Column:
    """kind: text, whole, number, date, yesno or choice; `size`: the longest text; `choices`: the enumeration."""

    name: str
    label: Any
    kind: str = "text"
    required: bool = False
    size: int = 200
    choices: Any = None

    @property
    def sql_type(self) -> str:
        return {"whole": "bigint", "number": "numeric", "date": "date", "yesno": "boolean"}.get(self.kind, "text")


@dataclass(frozen=True)
class Sheet:
    """`key`: the columns that name a row; a key stands once in a sheet."""

    name: str
    label: Any
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def table(self) -> str:
        return f"stage_{self.name}"

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)


BUILDINGS = Sheet(
    "buildings",
    _("Buildings"),
    (
        Column("estate_code", _("estate code"), required=True, size=20),
        Column("code", _("building code"), required=True, size=20),
        Column("street", _("street"), required=True, size=120),
        Column("house_number", _("house number"), required=True, size=20),
        Column("name", _("name"), size=150),
        Column("postal_code", _("postal code"), size=12),
        Column("city", _("town"), size=100),
        Column("territory_code", _("territory code (TERYT)"), size=20),
        Column("register_number", _("land register number"), size=40),
        Column("built_year", _("year built"), "whole"),
    ),
    ("code",),
)
ENTRANCES = Sheet(
    "entrances",
    _("Entrances"),
    (
        Column("building_code", _("building code"), required=True, size=20),
        Column("code", _("entrance code"), required=True, size=10),
        Column("address", _("address"), size=150),
    ),
    ("building_code", "code"),
)
STOREYS = Sheet(
    "storeys",
    _("Storeys"),
    (
        Column("building_code", _("building code"), required=True, size=20),
        Column("level", _("level"), "whole", required=True),
        Column("name", _("name"), size=40),
    ),
    ("building_code", "level"),
)


class PlaceKind:
    """Kinds of premises a workbook may bring: supply points are no part of an estate's workbook."""

    choices = PLACE_KINDS
    values = tuple(value for value, _label in choices)


PREMISES = Sheet(
    "premises",
    _("Premises"),
    (
        Column("code", _("premises code"), size=40),
        Column("building_code", _("building code"), required=True, size=20),
        Column("number", _("number"), required=True, size=20),
        Column("kind", _("kind"), "choice", required=True, choices=PlaceKind),
        Column("entrance_code", _("entrance code"), size=10),
        Column("level", _("level"), "whole"),
        Column("register_number", _("land register number"), size=40),
        *(Column(kind.value, kind.label, "number") for kind in FactKind if kind.value in PLACE_FACTS),
    ),
    ("code",),
)
SHARES = Sheet(
    "shares",
    _("Shares"),
    (
        Column("premises_code", _("premises code"), required=True, size=40),
        Column("numerator", _("numerator"), "whole", required=True),
        Column("denominator", _("denominator"), "whole", required=True),
    ),
    ("premises_code",),
)
OWNERS = Sheet(
    "owners",
    _("Owners"),
    (
        Column("premises_code", _("premises code"), required=True, size=40),
        Column("title_kind", _("title"), "choice", required=True, choices=TitleKind),
        Column("valid_from", _("from"), "date", required=True),
        Column("party_code", _("number of the person"), required=True, size=20),
        Column("party_kind", _("kind of party"), "choice", choices=Party.Kind),
        Column("last_name", _("last name or company name"), required=True, size=200),
        Column("first_name", _("first name"), size=100),
        Column("personal_number", _("personal number"), size=20),
        Column("tax_number", _("tax number"), size=20),
        Column("phone", _("phone"), size=40),
        Column("email", _("e-mail"), size=254),
        Column("numerator", _("numerator"), "whole"),
        Column("denominator", _("denominator"), "whole"),
        Column("member", _("held by a member"), "yesno"),
        Column("document", _("source document"), size=200),
    ),
    ("premises_code", "title_kind", "valid_from", "party_code"),
)
SHEETS = (BUILDINGS, ENTRANCES, STOREYS, PREMISES, SHARES, OWNERS)
FACT_COLUMNS = PLACE_FACTS


@functools.cache
def _words(sheet_name: str) -> dict[str, str]:
    """Heading in any language, folded -> column of a sheet; "" gives the sheets themselves."""
    parts: Any = SHEETS if not sheet_name else next(one for one in SHEETS if one.name == sheet_name).columns
    known: dict[str, str] = {}
    for code, _label in settings.LANGUAGES:
        with override(code):
            for part in parts:
                known.setdefault(str(part.label).casefold(), part.name)
    for part in parts:
        known[part.name.casefold()] = part.name
    return known


def sheet_named(title: str) -> Sheet | None:
    name = _words("").get(title.strip().casefold())
    return next((one for one in SHEETS if one.name == name), None)


def column_named(sheet: Sheet, heading: str) -> Column | None:
    name = _words(sheet.name).get(heading.strip().casefold())
    return sheet.column(name) if name else None


@functools.cache
def choice_words(choices: Any) -> dict[str, str]:
    """A choice by its code or its label in any language, folded -> code."""
    known: dict[str, str] = {}
    for code, _label in settings.LANGUAGES:
        with override(code):
            for value, label in choices.choices:
                known.setdefault(str(label).casefold(), value)
    for value in choices.values:
        known[value.casefold()] = value
    return known
