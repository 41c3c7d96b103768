"""Which column of a sheet is which field: guessed from the headings in any language, corrected by people."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.base.errors import Refusal
from lokum.core.desk.columns import Column, column
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.own_fields import input_names
from lokum.core.desk.services import writable_fields


def import_columns(desk: ModelDesk, user: Any) -> list[Column]:
    """The fields a sheet can bring, key first: what the user may write, without lists of records and free JSON."""
    writable = writable_fields(desk, user)
    known = dict.fromkeys([*desk.import_key, *desk.fields, *input_names(desk.model)])
    names = [name for name in known if name in writable]
    names += [one.name for one in desk.sheet_extras]
    return [one for one in (column(desk, name) for name in names) if one.kind not in ("many", "json", "moment")]


def _known_headings(desk: ModelDesk, columns: Sequence[Column]) -> dict[str, str]:
    """Heading (folded) -> field, in every language and by the field's own name."""
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            for one in columns:
                label = capfirst(str(desk.labels.get(one.path) or getattr(one.field, "verbose_name", one.path)))
                found.setdefault(label.casefold(), one.path)
                found.setdefault(f"{label} ({one.path})".casefold(), one.path)
    for one in columns:
        found[one.path.casefold()] = one.path
    return found


def guess_mapping(desk: ModelDesk, user: Any, headings: Sequence[str]) -> dict[str, str]:
    """Position of the column (as text) -> field; a column nobody knows is left out."""
    known = _known_headings(desk, import_columns(desk, user))
    mapping: dict[str, str] = {}
    for position, heading in enumerate(headings):
        name = known.get(heading.casefold())
        if name and name not in mapping.values():
            mapping[str(position)] = name
    return mapping


def check_mapping(desk: ModelDesk, user: Any, mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping without ignored columns; the key must be there and no field twice."""
    allowed = {one.path for one in import_columns(desk, user)}
    chosen = {position: name for position, name in mapping.items() if name}
    unknown = [name for name in chosen.values() if name not in allowed]
    if unknown:
        raise Refusal("import.unknown_field", _("This field cannot be imported: %(name)s") % {"name": unknown[0]})
    if len(set(chosen.values())) != len(chosen):
        raise Refusal("import.double_field", _("Two columns are mapped to the same field."))
    missing = [column(desk, name).label for name in desk.import_key if name not in chosen.values()]
    if missing:
        text = _("The key must be mapped; missing: %(names)s.") % {"names": ", ".join(missing)}
        raise Refusal("import.key_missing", text)
    return chosen
