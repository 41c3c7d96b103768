"""Settings that hold at a node and below it: the registry, and the value that counts at a node on a day.

    register_setting("charges.due_rule", _("Due dates on holidays"), "choice", "next", choices=(("next", _("...")),))
    ...
    setting("charges.due_rule", entity.node_id, day)

Every layer declares its settings in `ready()`. A value counts for the node it is set at and everything below, until a
node further down sets its own; a locked value counts below whatever stands there, and nobody below may set another.
Registers of other layers that bring settings by their nature (kinds of approval) are asked through `add_source`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.errors import Refusal

ALWAYS = dt.date(1990, 1, 1)  # first day of a value that holds from the beginning
TYPES = ("integer", "decimal", "yesno", "text", "choice")

Check = Callable[[Any], None]


@dataclass(frozen=True)
class Setting:
    """One thing an operator may decide differently at different nodes.

    type: integer, decimal, yesno, text or choice; default: where nobody decided; check(value): raises Refusal;
    dated: values carry the day they start; guarded: a change needs a second person; accepts(value): refuses what may
    not be decided any more, though values decided earlier still count.
    """

    code: str
    label: Any
    type: str
    default: Any
    check: Check | None = None
    dated: bool = False
    choices: Sequence[tuple[str, Any]] = ()
    help: Any = ""
    guarded: bool = False
    accepts: Check | None = None


_settings: dict[str, Setting] = {}
_sources: list[Callable[[], Iterable[Setting]]] = []


def register_setting(
    code: str,
    label: Any,
    type: str,
    default: Any,
    check: Check | None = None,
    *,
    dated: bool = False,
    choices: Sequence[tuple[str, Any]] = (),
    help: Any = "",
    guarded: bool = False,
) -> Setting:
    """Declare a setting (in an app's `ready()`)."""
    if type not in TYPES:
        raise ValueError(f"no type {type!r}")
    made = Setting(code, label, type, default, check, dated, tuple(choices), help, guarded)
    _settings[code] = made
    return made


def add_source(source: Callable[[], Iterable[Setting]]) -> None:
    if source not in _sources:
        _sources.append(source)


def known_settings() -> dict[str, Setting]:
    """All settings by code."""
    found = dict(_settings)
    for source in _sources:
        found |= {one.code: one for one in source()}
    return found


def setting_of(code: str) -> Setting:
    found = known_settings().get(code)
    if found is None:
        text = _("There is no setting named “%(code)s”.") % {"code": code}
        raise Refusal("setting.unknown", text, fields={"code": [text]})
    return found


def _wrong(text: str) -> Refusal:
    return Refusal("setting.value", text, fields={"value": [text]})


def read_value(one: Setting, text: str) -> Any:
    """A stored or typed text as the value it means; refuses what is none."""
    text = text.strip()
    value: Any = text
    if one.type == "yesno":
        words = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False}
        if text.lower() not in words:
            raise _wrong(_("Write 1 for yes or 0 for no."))
        return words[text.lower()]
    if one.type in ("integer", "decimal"):
        try:
            number = Decimal(text.replace(",", "."))
        except InvalidOperation:
            raise _wrong(_("Write a number."))
        if not number.is_finite() or (one.type == "integer" and number != number.to_integral_value()):
            raise _wrong(_("Write a whole number.") if one.type == "integer" else _("Write a number."))
        value = int(number) if one.type == "integer" else number
    if one.type == "choice" and text not in {code for code, _label in one.choices}:
        raise _wrong(_("Choose one of: %(choices)s.") % {"choices": ", ".join(code for code, _label in one.choices)})
    if one.check is not None:
        one.check(value)
    return value


def write_value(one: Setting, value: Any) -> str:
    """A value as it is stored."""
    if one.type == "yesno":
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def shown_value(one: Setting, value: Any) -> str:
    """A value in words."""
    if one.type == "yesno":
        return _("yes") if value else _("no")
    if one.type == "choice":
        return str(dict(one.choices).get(value, value))
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Holds:
    """What counts at a node: the value, and where it comes from (None: nobody decided, the default counts)."""

    setting: Setting
    value: Any
    node_id: int | None = None
    node_name: str = ""
    locked: bool = False
    starts_on: dt.date | None = None
    record_id: int | None = None

    @property
    def shown(self) -> str:
        return shown_value(self.setting, self.value)


# Of each code the value in force at every node on the way up; a locked one counts before all below it.
_SQL = """
WITH RECURSIVE up(id, depth) AS (
    SELECT coalesce(%(node)s::bigint, (
        SELECT min(n.id) FROM organisation_node n WHERE NOT EXISTS (
            SELECT FROM organisation_nodeplacement p WHERE p.node_id = n.id AND p.valid @> %(day)s::date))), 0
    UNION ALL
    SELECT p.parent_id, up.depth + 1 FROM up
    JOIN organisation_nodeplacement p ON p.node_id = up.id AND p.valid @> %(day)s::date WHERE up.depth < 60
), held AS (
    SELECT DISTINCT ON (s.code, up.depth) s.code, up.depth, s.value, s.locked, s.starts_on, s.id, s.node_id, n.name
    FROM up
    JOIN organisation_nodesetting s ON s.node_id = up.id AND s.starts_on <= %(day)s::date
    JOIN organisation_node n ON n.id = up.id
    WHERE %(codes)s::text[] IS NULL OR s.code = ANY (%(codes)s::text[])
    ORDER BY s.code, up.depth, s.starts_on DESC
)
SELECT DISTINCT ON (code) code, value, node_id, name, locked, starts_on, id FROM held
ORDER BY code, locked DESC, CASE WHEN locked THEN -depth ELSE depth END
"""


def _read(codes: Sequence[str] | None, node_id: int | None, day: dt.date) -> dict[str, Holds]:
    known = known_settings()
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"node": node_id, "day": day, "codes": None if codes is None else list(codes)})
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    found = {}
    for code in known if codes is None else codes:
        one = known[code] if code in known else setting_of(code)
        if code in rows:
            text, *place = rows[code]
            node, name, locked, starts_on, record_id = place
            found[code] = Holds(one, read_value(one, text), node, name, locked, starts_on, record_id)
        else:
            found[code] = Holds(one, one.default)
    return found


def setting(code: str, node_id: int | None, day: dt.date | None = None) -> Any:
    """The value that counts at a node (None: at the top of the tree) on a day (today). One query."""
    return _read([code], node_id, day or clock.today())[code].value


def settings_at(
    node_id: int | None, day: dt.date | None = None, codes: Sequence[str] | None = None
) -> dict[str, Holds]:
    """All (or some) settings as they count at a node, each with the node it comes from. One query."""
    return _read(codes, node_id, day or clock.today())
