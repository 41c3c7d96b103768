"""Open balances of premises that were split or merged: they stay, or move to a new account once two people agree.

Every open debt and all free money of the former account move as pairs of linked entries over the account for
transfers, with their due days and sub-accounts. What both accounts owe together is the same before and after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.models import User
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import Change
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.flow.services import request_approval
from lokum.money.changeover.models import BalanceMove
from lokum.money.ledger.models import Account, Allocation, Batch, Entry, LedgerAccount, OpenItem
from lokum.money.ledger.queries import total_of_accounts
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    allocate_pairs,
    lock_accounts,
    post_batch,
    posting,
    reverse_entries,
)
from lokum.property.reshaping.models import Reshaping
from lokum.property.reshaping.queries import carried_agreements

KIND = "changeover.move_balance"
OUT, IN = "reshaped_out", "reshaped_in"
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class FormerBalance:
    """What is open on a former account, and where it may go."""

    account: Account
    debit: Decimal
    credit: Decimal
    targets: Sequence[Account]

    @property
    def total(self) -> Decimal:
        return self.debit - self.credit


def open_items(account_id: int) -> list[OpenItem]:
    """Open items of an account, debts and credits, by due day."""
    rows = OpenItem.objects.filter(account_id=account_id, open_amount__gt=0).select_related("entry")
    return list(rows.order_by("due_on", "entry_id"))


def _sums(items: Sequence[OpenItem]) -> tuple[Decimal, Decimal]:
    debit = sum((one.open_amount for one in items if one.side == OpenItem.Side.DEBIT), ZERO)
    return debit, sum((one.open_amount for one in items if one.side == OpenItem.Side.CREDIT), ZERO)


def former_balances(act: Reshaping) -> list[FormerBalance]:
    """Accounts of the former premises with something open, each with the new accounts of the same payer."""
    pairs = carried_agreements(act)
    rows = Account.objects.select_related("payer", "entity").order_by("pk")
    new = list(rows.filter(agreement__in=[one.pk for _old, one in pairs]))
    found = []
    for account in rows.filter(agreement__in={one.pk for one, _new in pairs}):
        debit, credit = _sums(open_items(account.pk))
        if debit or credit:
            found.append(FormerBalance(account, debit, credit, [one for one in new if _may_go(account, one)]))
    return found


def _may_go(source: Account, target: Account) -> bool:
    """A debt of somebody else is taken over in writing, not moved."""
    same = (target.entity_id, target.currency, target.payer_id) == (source.entity_id, source.currency, source.payer_id)
    return same and target.pk != source.pk


def act_between(source: Account, target: Account) -> Reshaping:
    """The finished act that made the target's premises from those of the source. Raises Refusal."""
    acts = Reshaping.objects.filter(
        state=Reshaping.State.DONE, former_premises__premises=source.agreement.premises_id,
        new_premises__premises=target.agreement.premises_id,
    )  # fmt: skip
    act = acts.order_by("-pk").first()
    if act is None or not _may_go(source, target):
        text = _("A balance moves to an account of the same payer on premises made from the former ones.")
        raise Refusal("reshaping.other_account", text, fields={"target": [text]})
    return act


def request_move(*, source: Account, target: Account, reason: str, actor: Actor) -> Any:
    """Propose the move of everything open on a former account. Nothing is posted before somebody else approves."""
    act = act_between(source, target)
    items = open_items(source.pk)
    if not items:
        raise Refusal("changeover.nothing_open", _("Nothing of this is open any more."), status=409)
    debit, credit = _sums(items)
    payload = {
        "act": act.pk, "source": source.pk, "target": target.pk, "from": f"{source.code} {source.payer}",
        "to": f"{target.code} {target.payer}", "debit": str(debit), "credit": str(credit), "items": len(items),
        "currency": source.currency,
    }  # fmt: skip
    return request_approval(
        KIND, target=source, payload=payload, reason=reason, actor=actor, node_id=source.entity.node_id,
        amount=debit - credit, currency=source.currency,
    )  # fmt: skip


def describe_move(request: Any) -> list[Change]:
    told = request.payload
    return [
        Change(gettext_lazy("account"), told["from"], told["to"]),
        Change(gettext_lazy("Open items"), "", str(told["items"])),
        Change(gettext_lazy("debts moved"), "", f"{told['debit']} {told['currency']}"),
        Change(gettext_lazy("free money moved"), "", f"{told['credit']} {told['currency']}"),
    ]


def perform_move(request: Any, actor: Actor) -> BalanceMove:
    return apply_move(
        request.payload, reason=request.reason, actor=actor,
        proposed_by=str(User.objects.filter(pk=request.proposer_id).first() or ""),
    )  # fmt: skip


def apply_move(told: dict[str, Any], *, reason: str, proposed_by: str = "", actor: Actor) -> BalanceMove:
    """Post what was approved. Refused (`changeover.changed`) when something else is open by now."""
    with posting(actor) as whole:
        rows = Account.objects.select_related("entity", "agreement", "payer")
        source, target = rows.get(pk=told["source"]), rows.get(pk=told["target"])
        act = act_between(source, target)
        lock_accounts([source.pk, target.pk])
        items = open_items(source.pk)
        if _sums(items) != (Decimal(told["debit"]), Decimal(told["credit"])) or len(items) != told["items"]:
            text = _("What is open has changed since this was asked for. Ask anew.")
            raise Refusal("changeover.changed", text, status=409)
        both = [source.pk, target.pk]
        before = sum(total_of_accounts(both).values(), ZERO)
        batch = _post(act, target, items, reason, whole)
        after = sum(total_of_accounts(both).values(), ZERO)
        if before != after:
            raise RuntimeError(f"accounts {both}: {before} before the move, {after} after it")
        debit, credit = _sums(items)
        move = BalanceMove.objects.create(
            act=act, source=source, target=target, debit_amount=debit, credit_amount=credit, item_count=len(items),
            reason=reason[:250], batch=batch, proposed_by=proposed_by[:150], made_by=actor.label[:150],
            made_at=clock.now(),
        )  # fmt: skip
        for one in (source, target):
            note(one, "balance moved", actor=actor, debts=str(debit), credit=str(credit), reason=reason)
        return move


def _post(act: Reshaping, target: Account, items: Sequence[OpenItem], reason: str, actor: Actor) -> Batch:
    books = LedgerAccount.objects.filter(entity_id=target.entity_id)
    receivable = books.get(purpose=LedgerAccount.Purpose.RECEIVABLE).pk
    transit = books.get(purpose=LedgerAccount.Purpose.TRANSIT).pk
    today = clock.today(target.entity.time_zone)
    entries = [
        _entry(item, item.account_id if away else target.pk, away, receivable, transit, today, reason)
        for item in items
        for away in (True, False)
    ]
    last = BalanceMove.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    batch = post_batch(
        target.entity_id, "reshaping", f"balance-move:{act.pk}:{items[0].account_id}:{last + 1}", today, entries,
        actor=actor,
    )  # fmt: skip
    gone = dict(batch.entries.filter(source_kind=OUT).values_list("source_id", "pk"))
    pairs = [
        (gone[one.entry_id], one.entry_id, one.open_amount)
        if one.side == OpenItem.Side.DEBIT
        else (one.entry_id, gone[one.entry_id], one.open_amount)
        for one in items
    ]
    allocate_pairs(pairs, rule="reshaping", actor=actor)
    return batch


def _entry(
    item: OpenItem, account_id: int, away: bool, receivable: int, transit: int, today: Any, reason: str
) -> NewEntry:
    """One side of a moved item: away from the former account, or onto the new one."""
    debt, amount = item.side == OpenItem.Side.DEBIT, item.open_amount
    debits = debt != away  # the payer's side of a debt that arrives, or of free money that leaves
    debit, credit = (amount, Decimal(0)) if debits else (Decimal(0), amount)
    return NewEntry(
        kind=Entry.Kind.CORRECTION,
        amount=amount if debits else -amount,
        account_id=account_id,
        sub_account_id=item.entry.sub_account_id,
        document_number=item.entry.document_number,
        description=_("Balance moved: %(reason)s") % {"reason": reason},
        effective_on=today,
        due_on=item.due_on,
        source_kind=OUT if away else IN,
        source_id=item.entry_id,
        lines=[
            NewLine(receivable, debit_amount=debit, credit_amount=credit, of_payer=True),
            NewLine(transit, debit_amount=credit, credit_amount=debit),
        ],
    )


def undo_move(pk: int, *, reason: str, actor: Actor) -> BalanceMove:
    """Everything is open on the former account again; refused when some of it was paid or used on the new one."""
    with posting(actor) as whole:
        move = (
            BalanceMove.objects.select_for_update(of=("self",)).select_related("source__entity").filter(pk=pk).first()
        )
        if move is None:
            raise Missing("record.missing", _("There is no such record."))
        if move.state != BalanceMove.State.DONE:
            raise Refusal("changeover.undone", _("This was undone already."), status=409)
        lock_accounts([move.source_id, move.target_id])
        arrived = move.batch.entries.filter(source_kind=IN)
        used = Allocation.objects.filter(undone_at=None)
        if used.filter(debit__in=arrived).exists() or used.filter(credit__in=arrived).exists():
            text = _("Some of what was moved was paid or used since.")
            raise Refusal("changeover.moved_used", text, status=409)
        entity = move.source.entity
        reverse_entries(
            entity.pk, list(move.batch.entries.values_list("pk", flat=True)), reason, kind="reversal",
            source=f"balance-move-undone:{move.pk}", booked_on=clock.today(entity.time_zone), actor=whole,
        )  # fmt: skip
        move.state, move.undone_at, move.undone_reason = BalanceMove.State.UNDONE, clock.now(), reason[:250]
        move.version += 1
        move.save()
        note(move, "undone", actor=actor, reason=reason)
        return move
