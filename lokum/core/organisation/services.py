"""Changes of the organisation that have consequences: moving nodes, switching functions, importing rules."""

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk import journal
from lokum.core.organisation.models import ModuleSwitch, Node, NodePlacement, PackRule
from lokum.core.organisation.queries import ancestors_of, forget_switches, parents_on
from lokum.core.organisation.rule_forms import check_rule

TREE_LOCK = 7_210_001  # one change of the tree at a time: a cycle needs two moves that do not see each other
RULE_FILE_LIMIT = 2 * 1024 * 1024


def _lock_tree() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def _refuse(code: str, text: str, field: str) -> Refusal:
    return Refusal(code, text, fields={field: [text]})


def _check_no_cycle(node: Node, parent: Node, from_on: dt.date) -> None:
    """On no day from `from_on` may the new parent hang below the node."""
    changes = NodePlacement.objects.filter(valid__endswith=None) | NodePlacement.objects.filter(
        valid__endswith__gt=from_on
    )
    days = {from_on} | {p.valid.lower for p in changes if p.valid.lower and p.valid.lower > from_on}
    for day in sorted(days):
        if node.pk == parent.pk or node.pk in ancestors_of(parent.pk, parents_on(day)):
            text = _("“%(parent)s” lies below “%(node)s” itself.") % {"parent": parent, "node": node}
            raise _refuse("node.cycle", text, "parent")


@transaction.atomic
def move_node(pk: int, *, parent: Node, from_on: dt.date, actor: Actor) -> NodePlacement:
    """Hang a node under another parent from a day on; earlier days keep the parent they had.

    A placement planned for later is replaced. Raises Refusal for a cycle, for a day before the present placement
    began, and when the node hangs there already.
    """
    _lock_tree()
    node = Node.objects.select_for_update().filter(pk=pk).first()
    if node is None:
        raise Missing("node.missing", _("There is no such node."))
    _check_no_cycle(node, parent, from_on)
    NodePlacement.objects.filter(node=node, valid__startswith__gt=from_on).delete()
    present = NodePlacement.objects.filter(node=node, valid__contains=from_on).first()
    if present is not None and present.parent_id == parent.pk:
        raise _refuse("node.same_parent", _("It hangs there already."), "parent")
    if present is not None and present.valid.lower == from_on:
        present.delete()
    elif present is not None:
        present.valid = DateRange(present.valid.lower, from_on)
        present.save(update_fields=["valid"])
    placement = NodePlacement.objects.create(node=node, parent=parent, valid=DateRange(from_on, None))
    journal.record_event(
        "moved", actor=actor, table_name="organisation_node", object_id=node.pk,
        details={"parent": parent.code, "from": from_on.isoformat()},
    )  # fmt: skip
    return placement


@transaction.atomic
def place_node(node: Node, parent: Node, *, actor: Actor) -> NodePlacement:
    """The first place of a new node, from the day it is valid."""
    _lock_tree()
    if node.pk == parent.pk:
        raise _refuse("node.cycle", _("A node cannot hang below itself."), "parent")
    return NodePlacement.objects.create(node=node, parent=parent, valid=DateRange(node.opened_on, None))


@transaction.atomic
def switch_function(node: Node, function: str, *, enabled: bool, actor: Actor) -> ModuleSwitch:
    """Switch a module or function on or off at a node and below; data stay."""
    switch, _created = ModuleSwitch.objects.update_or_create(
        node=node, function=function, defaults={"enabled": enabled}
    )
    forget_switches()
    return switch


def _rows_of(data: bytes, name: str) -> list[Mapping[str, Any]]:
    """Rows of a rule file: JSON (a list of objects) or CSV with the columns pack, key, valid_from, value, source."""
    if len(data) > RULE_FILE_LIMIT:
        raise _refuse("rules.too_large", _("The file is too large for rules."), "file")
    try:
        text = data.decode("utf-8-sig")
        if name.lower().endswith(".json"):
            rows = json.loads(text)
        else:
            rows = [
                {**row, "value": json.loads(row.get("value") or "null")} for row in csv.DictReader(io.StringIO(text))
            ]
    except (UnicodeDecodeError, ValueError, csv.Error):
        raise _refuse("rules.unreadable", _("This file cannot be read as a list of rules."), "file")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise _refuse("rules.unreadable", _("This file cannot be read as a list of rules."), "file")
    return rows


def _rule(row: Mapping[str, Any], number: int) -> PackRule:
    try:
        rule = PackRule(
            pack=str(row["pack"]), key=str(row["key"]), valid_from=dt.date.fromisoformat(str(row["valid_from"])),
            value=row["value"], source=str(row.get("source") or ""),
        )  # fmt: skip
        rule.clean_fields(exclude=["value"])
    except (KeyError, ValueError, ValidationError):
        text = _("Row %(number)d: pack, key, valid_from (YYYY-MM-DD) and value are needed.") % {"number": number}
        raise _refuse("rules.row", text, "file")
    if rule.value is None:
        text = _("Row %(number)d has no value.") % {"number": number}
        raise _refuse("rules.row", text, "file")
    check_rule(rule.key, rule.value)
    return rule


@transaction.atomic
def import_rules(*, file: Any, actor: Actor) -> str:
    """Add dated country rules from a file. A rule that is there already must be equal: the past is not rewritten.

    A rule dated before today is refused unless it equals the stored one; results of past periods never change.
    """
    rules = [_rule(row, number) for number, row in enumerate(_rows_of(file.read(), file.name), 1)]
    added = 0
    for number, rule in enumerate(rules, 1):
        known = PackRule.objects.filter(pack=rule.pack, key=rule.key, valid_from=rule.valid_from).first()
        if known is not None and known.value != rule.value:
            text = _("Row %(number)d: this rule is stored with another value for the same day.") % {"number": number}
            raise _refuse("rules.other_value", text, "file")
        if known is None and rule.valid_from < clock.today().replace(day=1):
            text = _("Row %(number)d: a new rule starts in this month or later.") % {"number": number}
            raise _refuse("rules.past", text, "file")
        if known is None:
            rule.save()
            added += 1
    return ngettext("%(count)d rule was added.", "%(count)d rules were added.", added) % {"count": added}
