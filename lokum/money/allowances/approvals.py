"""Taking back what was claimed needs a second person: the payer owes it after all."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from lokum.core.access.models import User
from lokum.core.base.approvals import ApprovalKind, Change, register_kind
from lokum.core.base.context import Actor
from lokum.money.allowances.models import AllowanceBreak
from lokum.money.allowances.services import apply_break
from lokum.money.allowances.services.granting import TAKE_BACK


def _month(text: str) -> str:
    return date_format(dt.date.fromisoformat(text), "YEAR_MONTH_FORMAT")


def _describe(request: Any) -> Sequence[Change]:
    told = request.payload
    months = _month(told["first"]) + (f" – {_month(told['last'])}" if told["last"] else " –")
    return [
        Change(_("allowance"), "", f"{told['allowance']} · {told['body']}"),
        Change(_("account"), "", f"{told['account']} · {told['payer']}"),
        Change(_("kind"), "", AllowanceBreak.Kind(told["kind"]).label),
        Change(_("months"), "", months),
        Change(_("taken back"), f"{told['amount']} {told['currency']}", "0.00"),
    ]


def _perform(request: Any, actor: Actor) -> Any:
    told = request.payload
    proposer = User.objects.filter(pk=request.proposer_id).first()
    return apply_break(
        request.target_id,
        kind=told["kind"],
        first=dt.date.fromisoformat(told["first"]),
        last=dt.date.fromisoformat(told["last"]) if told["last"] else None,
        reason=request.reason,
        proposed_by=str(proposer or ""),
        actor=actor,
    )


def install() -> None:
    label = _("Taking an allowance back")
    register_kind(ApprovalKind(TAKE_BACK, label, "allowances.allowance:approve", _perform, _describe))
