"""Giving up or putting off a debt: a reason, a second person, then a posting that names both (LED-16)."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.models import User
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.arrears.models import LimitationEvent, Relief
from lokum.money.ledger.models import Account, LedgerAccount, OpenItem
from lokum.money.ledger.services import NewEntry, NewLine, allocate_pairs, lock_accounts, post_batch, posting

CODE = "arrears.relief"


def _item(account_id: int, debt_id: int) -> OpenItem:
    """The open debt. Raises Refusal when nothing of it is open."""
    item = OpenItem.objects.filter(entry_id=debt_id, account_id=account_id, side="debit").first()
    if item is None or item.open_amount <= 0:
        text = _("Nothing of this debt is open.")
        raise Refusal("relief.nothing_open", text, fields={"document": [text]})
    return item


def request_relief(
    *, account: Account, document: str, kind: str, reason: str, amount: Decimal | None = None,
    until: dt.date | None = None, acknowledged: bool = False, actor: Actor,
) -> Any:  # fmt: skip
    """Ask to write off, relieve or defer a debt of an account; another person decides.

    document: number of the debt's document; amount: default everything open; until: last day of a deferral;
    acknowledged: the payer asked in writing, so limitation starts anew with the approval.
    """
    rows = OpenItem.objects.filter(account=account, side="debit", open_amount__gt=0)
    found = list(rows.filter(entry__document_number=document.strip()).select_related("entry")[:2])
    if len(found) != 1:
        text = _("No single open debt of this account has the document %(number)s.") % {"number": document}
        raise Refusal("relief.document", text, fields={"document": [text]})
    item, today = found[0], clock.today(account.entity.time_zone)
    wanted = item.open_amount if amount is None else amount
    if not 0 < wanted <= item.open_amount:
        text = _("Between 0.01 and %(open)s: that is what is open.") % {"open": item.open_amount}
        raise Refusal("relief.amount", text, fields={"amount": [text]})
    if kind == Relief.Kind.DEFERRAL and (until is None or until <= today):
        text = _("Say until which later day the debt is deferred.")
        raise Refusal("relief.until", text, fields={"until": [text]})
    payload = {
        "account": account.code,
        "payer": str(account.payer),
        "debt": item.entry_id,
        "document": item.entry.document_number,
        "kind": kind,
        "open": str(item.open_amount),
        "amount": str(wanted),
        "currency": account.currency,
        "until": until.isoformat() if kind == Relief.Kind.DEFERRAL and until else None,
        "acknowledged": bool(acknowledged),
    }
    return request_approval(
        CODE, target=account, payload=payload, reason=reason, actor=actor, node_id=account.entity.node_id,
        amount=wanted, currency=account.currency,
    )  # fmt: skip


def apply_relief(
    account_id: int, *, debt_id: int, kind: str, amount: Decimal, reason: str, until: dt.date | None = None,
    acknowledged: bool = False, proposed_by: str, actor: Actor,
) -> Relief:  # fmt: skip
    """Do what was approved: post the loss and use it for the debt, or write the deferral down."""
    with posting(actor) as whole:
        account = Account.objects.select_related("entity").filter(pk=account_id).first()
        if account is None:
            raise Missing("account.missing", _("There is no such account."))
        lock_accounts([account_id])
        item = _item(account_id, debt_id)
        if amount > item.open_amount:
            text = _("Between 0.01 and %(open)s: that is what is open.") % {"open": item.open_amount}
            raise Refusal("relief.amount", text, fields={"amount": [text]})
        values: dict[str, Any] = {
            "account": account, "debt_id": debt_id, "kind": kind, "amount": amount, "reason": reason[:500],
            "proposed_by": proposed_by[:150], "approved_by": actor.label[:150], "approved_at": clock.now(),
        }  # fmt: skip
        if kind == Relief.Kind.DEFERRAL:
            relief = Relief.objects.create(until=until, **values)
        else:
            relief = Relief.objects.create(entry_id=_post(account, debt_id, kind, amount, reason, whole), **values)
        if acknowledged:
            LimitationEvent.objects.create(
                account=account, entry_id=debt_id, on=clock.today(account.entity.time_zone),
                kind=LimitationEvent.Kind.ACKNOWLEDGED, document=str(relief)[:200],
            )  # fmt: skip
        note(relief, "approved", actor=actor, proposed_by=proposed_by)
        return relief


def _post(account: Account, debt_id: int, kind: str, amount: Decimal, reason: str, actor: Actor) -> int:
    """The loss in the books, matched with the debt; returns the entry on the payer's account."""
    chart = dict(
        LedgerAccount.objects.filter(entity_id=account.entity_id, purpose__in=("receivable", "write_off")).values_list(
            "purpose", "pk"
        )
    )
    if "write_off" not in chart:
        raise Refusal("relief.chart", _("The chart of accounts has no account for written-off claims."))
    today = clock.today(account.entity.time_zone)
    serial = Relief.objects.filter(debt_id=debt_id).exclude(entry=None).count() + 1
    entry = NewEntry(
        kind="correction",
        amount=-amount,
        account_id=account.pk,
        description=f"{Relief.Kind(kind).label}: {reason}"[:250],
        due_on=today,
        source_kind=f"{kind}/{serial}"[:20],
        source_id=debt_id,
        lines=[
            NewLine(chart["write_off"], debit_amount=amount),
            NewLine(chart["receivable"], credit_amount=amount, of_payer=True),
        ],
    )
    source = f"{kind}:{debt_id}:{serial}"
    batch = post_batch(account.entity_id, "write-off", source, today, [entry], actor=actor)
    made = batch.entries.get()
    allocate_pairs([(made.pk, debt_id, amount)], rule=kind, actor=actor)
    return int(made.pk)


def _perform(request: Any, actor: Actor) -> Relief:
    told = request.payload
    proposer = User.objects.filter(pk=request.proposer_id).first()
    return apply_relief(
        request.target_id,
        debt_id=told["debt"],
        kind=told["kind"],
        amount=Decimal(told["amount"]),
        reason=request.reason,
        until=dt.date.fromisoformat(told["until"]) if told["until"] else None,
        acknowledged=told["acknowledged"],
        proposed_by=str(proposer or ""),
        actor=actor,
    )


def _describe(request: Any) -> Sequence[Change]:
    told = request.payload
    found = [
        Change(gettext_lazy("account"), "", f"{told['account']} · {told['payer']}"),
        Change(gettext_lazy("debt"), "", f"{told['document']}"),
        Change(gettext_lazy("kind"), "", Relief.Kind(told["kind"]).label),
        Change(gettext_lazy("amount"), f"{told['open']} {told['currency']}", f"{told['amount']} {told['currency']}"),
    ]
    if told["until"]:
        found.append(Change(gettext_lazy("deferred until"), "", told["until"]))
    return found


def install() -> None:
    label = gettext_lazy("Write-off, relief or deferral of a debt")
    register_kind(ApprovalKind(CODE, label, "arrears.relief:approve", _perform, _describe))
