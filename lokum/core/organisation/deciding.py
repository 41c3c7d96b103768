"""Deciding settings at nodes: by the page, and what form, import, bulk edit and API are held to."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base.approvals import ApprovalKind, Change, needs_approval, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk import journal
from lokum.core.organisation.inherited import ALWAYS, read_value, setting_of, settings_at, shown_value, write_value
from lokum.core.organisation.models import Node, NodeSetting

GUARDED = "organisation.setting"


def normalise(record: NodeSetting) -> None:
    """Bring a record typed in a form or sheet into its fixed form; refuse unknown settings and wrong values."""
    one = setting_of(record.code)
    if one.guarded:
        text = _("This setting changes on the page of its node, where a second person approves it.")
        raise Refusal("setting.guarded", text, fields={"code": [text]})
    record.value = write_value(one, read_value(one, record.value))
    if not one.dated or record.starts_on is None:
        record.starts_on = ALWAYS


def check_free(records: Sequence[NodeSetting]) -> None:
    """Refuse values below a node that fixed the setting."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.name FROM unnest(%s::bigint[], %s::text[], %s::date[]) AS s(node_id, code, starts_on) "
            "JOIN organisation_node n ON n.id = lokum_setting_locker(s.node_id, s.code, s.starts_on) LIMIT 1",
            [[one.node_id for one in records], [one.code for one in records], [one.starts_on for one in records]],
        )
        row = cursor.fetchone()
    if row is not None:
        text = _("“%(node)s” has fixed this setting for everything below it.") % {"node": row[0]}
        raise Refusal("setting.locked", text, fields={"value": [text]}, status=409)


def _node(node_id: int) -> Node:
    node = Node.objects.filter(pk=node_id).first()
    if node is None:
        raise Missing("node.missing", _("There is no such node."))
    return node


@transaction.atomic
def set_setting(
    node_id: int, code: str, value: str | None, *, actor: Actor, locked: bool = False,
    starts_on: dt.date | None = None, reason: str = "",
) -> Any:  # fmt: skip
    """Decide a setting at a node (value None: leave it to the nodes above). Guarded ones wait for a second person."""
    node, one = _node(node_id), setting_of(code)
    if value is not None and one.accepts is not None:
        one.accepts(read_value(one, value))
    payload: dict[str, Any] = {
        "node": node_id,
        "code": code,
        "value": None if value is None else write_value(one, read_value(one, value)),
        "locked": locked,
        "starts_on": (starts_on if one.dated and starts_on else ALWAYS).isoformat(),
        "before": settings_at(node_id, codes=[code])[code].shown,
        "after": "" if value is None else shown_value(one, read_value(one, value)),
    }
    check_free([NodeSetting(node_id=node_id, code=code, starts_on=dt.date.fromisoformat(payload["starts_on"]))])
    if one.guarded and needs_approval(GUARDED, actor=actor, node_id=node_id):
        return request_approval(GUARDED, target=node, payload=payload, reason=reason, actor=actor, node_id=node_id)
    return _carry_out(payload, actor)


def _carry_out(payload: Mapping[str, Any], actor: Actor) -> NodeSetting | None:
    starts_on = dt.date.fromisoformat(payload["starts_on"])
    key = {"node_id": payload["node"], "code": payload["code"], "starts_on": starts_on}
    known = NodeSetting.objects.select_for_update().filter(**key).first()
    if payload["value"] is None:
        if known is not None:
            known.delete()
        return None
    record = known or NodeSetting(**key)
    record.version += 0 if known is None else 1
    record.value, record.locked = payload["value"], payload["locked"]
    record.save()
    check_free([record])
    journal.publish_change("organisation.nodesetting", "changed", record)
    return record


def _perform(request: Any, actor: Actor) -> NodeSetting | None:
    return _carry_out(request.payload, actor)


def _describe(request: Any) -> list[Change]:
    payload = request.payload
    after = payload["after"] if payload["value"] is not None else _("as the nodes above decide")
    changes = [Change(setting_of(payload["code"]).label, payload["before"], after)]
    if payload["locked"]:
        changes.append(Change(_("Fixed for everything below"), "", _("yes")))
    return changes


def install() -> None:
    register_kind(
        ApprovalKind(
            GUARDED, gettext_lazy("Setting of a node"), "organisation.nodesetting:approve", _perform, _describe,
            always=False,
        )
    )  # fmt: skip
