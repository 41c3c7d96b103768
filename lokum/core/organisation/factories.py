"""Valid defaults for the organisation. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.organisation.models import (
    LEGAL_FIELDS,
    Entity,
    EntityBankAccount,
    EntityFund,
    LegalData,
    ManagementContract,
    Mandate,
    ModuleSwitch,
    Node,
    NodePlacement,
    NodeSetting,
    OwnFieldDefinition,
    PackRule,
)

_count = itertools.count(1)


def make_node(**over: Any) -> Node:
    number = next(_count)
    values = {
        "code": f"N{number}",
        "name": f"Management office {number}",
        "kind": Node.Kind.OFFICE,
        "opened_on": dt.date(2000, 1, 1),
    } | over
    return Node.objects.create(**values)


def make_entity(**over: Any) -> Entity:
    number = next(_count)
    values = {
        "code": f"SM{number}",
        "name": f"Housing cooperative {number}",
        "short_name": f"SM {number}",
        "legal_name": f"Housing cooperative {number}",
        "kind": Entity.Kind.COOPERATIVE,
        "opened_on": dt.date(2000, 1, 1),
    } | over
    if "node" not in values and "node_id" not in values:
        values["node"] = make_node()
    return Entity.objects.create(**values)


def make_legal_data(**over: Any) -> LegalData:
    """The data of an entity since 2000, as its columns hold them."""
    values: dict[str, Any] = {"valid": DateRange(dt.date(2000, 1, 1), None)} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    return LegalData.objects.create(**({name: getattr(values["entity"], name) for name in LEGAL_FIELDS} | values))


def make_entity_fund(**over: Any) -> EntityFund:
    number = next(_count)
    values = {"code": f"F{number}", "name": f"Fund {number}"} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    return EntityFund.objects.create(**values)


def _account_number(number: int) -> str:
    """A Polish account number with right check digits (ISO 7064)."""
    body = f"10901014{number:016d}"
    return f"{98 - int(body + '252100') % 97:02d}{body}"


def make_entity_bank_account(**over: Any) -> EntityBankAccount:
    number = next(_count)
    values = {"number": _account_number(number), "bank_name": "Bank", "opened_on": dt.date(2000, 1, 1)} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    return EntityBankAccount.objects.create(**values)


def make_mandate(**over: Any) -> Mandate:
    values = {"person_name": f"Anna Nowak {next(_count)}", "body": Mandate.Body.BOARD, "starts_on": dt.date(2024, 1, 1)}
    values |= over
    if "entity" not in values:
        values["entity"] = make_entity()
    return Mandate.objects.create(**values)


def make_management_contract(**over: Any) -> ManagementContract:
    day = dt.date(2020, 1, 1)
    values: dict[str, Any] = {"number": f"M/{next(_count)}", "signed_on": day, "starts_on": day} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    if "manager" not in values:
        values["manager"] = values["entity"].node
    return ManagementContract.objects.create(**values)


def make_module_switch(**over: Any) -> ModuleSwitch:
    values = {"function": "portal.forum", "enabled": True} | over
    if "node" not in values:
        values["node"] = make_node()
    return ModuleSwitch.objects.create(**values)


def make_node_setting(**over: Any) -> NodeSetting:
    values = {"code": "access.first_password_days", "value": "14"} | over
    if "node" not in values:
        values["node"] = make_node()
    return NodeSetting.objects.create(**values)


def make_own_field_definition(**over: Any) -> OwnFieldDefinition:
    number = next(_count)
    values = {"object_label": "estates.premises", "code": f"toy{number}", "label": f"Toy {number}", "type": "text"}
    return OwnFieldDefinition.objects.create(**(values | over))


def make_node_placement(**over: Any) -> NodePlacement:
    values = {"valid": DateRange(dt.date(2000, 1, 1), None)} | over
    for name in ("node", "parent"):
        if name not in values:
            values[name] = make_node()
    return NodePlacement.objects.create(**values)


def make_pack_rule(**over: Any) -> PackRule:
    values = {
        "pack": "pl",
        "key": f"toy.rule{next(_count)}",
        "valid_from": dt.date(2026, 1, 1),
        "value": {"rate": "1.5"},
    }
    return PackRule.objects.create(**(values | over))
