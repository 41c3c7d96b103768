"""Role types with ready sets of rights. An operator starts from these and changes them at will."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from lokum.core.access.models import Role

_MONEY_ACTIONS = (
    "ledger.*:*",
    "charges.*:*",
    "payments.*:*",
    "banking.*:*",
    "arrears.*:*",
    "allowances.*:*",
    "documents.*:*",
    "interest.*:*",
    "changeover.*:*",
    "deposits.*:*",
    "rehearsals.*:*",
)
_REGISTERS = (
    "organisation.node:view",
    "organisation.entity:view",
    "organisation.entityfund:view",
    "organisation.entitybankaccount:view",
    "papers.*:view",
    "papers.*:print",
    "annex.*:view",
    "jobs.*:view",
    "flow.approvalrequest:*",
    "flow.deputy:view",
    "flow.deputy:appoint_own",
    "flow.deputy:end",
)


@dataclass(frozen=True)
class ReadyRole:
    code: str
    name: Any
    role_type: str
    rights: tuple[str, ...]
    needs_second_factor: bool = False


READY_ROLES = (
    ReadyRole("administrator", _("Administrator"), Role.RoleType.ADMINISTRATOR, ("*:*",), True),
    ReadyRole(
        "manager",
        _("Property manager"),
        Role.RoleType.MANAGER,
        (
            *_REGISTERS,
            "parties.*:*",
            "estates.*:*",
            "supply.*:*",
            "occupancy.*:*",
            "reshaping.*:*",
            "annex.*:*",
            "charges.*:view",
            "ledger.*:view",
            "payments.*:view",
            "arrears.*:view",
            "allowances.*:view",
            "interest.*:view",
            "rehearsals.*:view",
            "changeover.*:*",
            "deposits.*:view",
            "documents.*:view",
            "documents.deliverybatch:produce",
            "*:export",
        ),
        True,
    ),
    ReadyRole(
        "accountant",
        _("Accountant"),
        Role.RoleType.ACCOUNTANT,
        (
            *_REGISTERS,
            *_MONEY_ACTIONS,
            "organisation.*:view",
            "parties.*:view",
            "estates.*:view",
            "supply.*:*",
            "occupancy.*:view",
            "reshaping.*:view",
            "annex.*:*",
            "papers.*:*",
            "*:export",
        ),
        True,
    ),
    ReadyRole(
        "cashier",
        _("Cashier"),
        Role.RoleType.CASHIER,
        (
            "organisation.entity:view",
            "parties.party:view",
            "estates.premises:view",
            "supply.supplypoint:view",
            "occupancy.agreement:view",
            "ledger.account:view",
            "ledger.entry:view",
            "payments.payment:view",
            "payments.payment:add",
            "papers.issueddocument:view",
            "papers.issueddocument:print",
            "jobs.job:view",
        ),
        True,
    ),
    ReadyRole(
        "viewer",
        _("Viewer"),
        Role.RoleType.VIEWER,
        ("organisation.*:view", "estates.*:view", "supply.*:view", "jobs.*:view"),
    ),
    ReadyRole(
        "board",
        _("Board member"),
        Role.RoleType.BOARD,
        (
            "organisation.*:view",
            "estates.*:view",
            "supply.*:view",
            "charges.*:view",
            "ledger.batch:view",
            "ledger.ledgeraccount:view",
            "jobs.*:view",
        ),
        True,
    ),
    ReadyRole("auditor", _("Auditor"), Role.RoleType.AUDITOR, ("*:view", "*:export", "*:print"), True),
    ReadyRole("interface", _("Interface"), Role.RoleType.INTERFACE, ("*:view",)),
)
