"""Arrears that the new payer takes over in writing: moved with linked entries once a second person approves."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.base.approvals import Change
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import worded
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import request_approval
from lokum.money.changeover.models import OwnerChange
from lokum.money.ledger.models import Account, Batch, Entry, LedgerAccount, OpenItem
from lokum.money.ledger.services import NewEntry, NewLine, allocate_pairs, lock_accounts, post_batch, posting

KIND = "changeover.take_over_arrears"
OUT, IN = "takeover_out", "takeover_in"  # source kinds of the two sides of a moved debt


def open_debts(account_ids: list[int]) -> list[OpenItem]:
    """Open debts of accounts, longest due first."""
    rows = OpenItem.objects.filter(account_id__in=account_ids, side=OpenItem.Side.DEBIT, open_amount__gt=0)
    return list(rows.select_related("entry").order_by("due_on", "entry_id"))


def former_accounts(change: OwnerChange) -> list[Account]:
    """Accounts of the agreements that end with the change, in the entity of the new agreement."""
    ids = [pk for pk, _until in change.former.get("agreements", [])]
    accounts = Account.objects.filter(agreement__in=ids).select_related("entity", "payer").order_by("pk")
    entity = change.new_agreement.entity_id if change.new_agreement else None
    return [account for account in accounts if entity is None or account.entity_id == entity]


def request_takeover(change: OwnerChange, *, actor: Actor) -> ApprovalRequest | None:
    """Propose the move of what is open today; None when nothing is."""
    accounts = former_accounts(change)
    items = open_debts([account.pk for account in accounts])
    if not items or change.new_agreement is None:
        return None
    amount = sum((item.open_amount for item in items), Decimal(0))
    payload = {
        "change": change.pk,
        "from": ", ".join(f"{account.code} {account.payer}" for account in accounts),
        "to": f"{change.new_agreement.code} {change.new_agreement.payer}",
        "items": [[item.entry_id, str(item.open_amount)] for item in items],
        "amount": str(amount),
        "document": change.takeover_document,
    }
    return request_approval(
        KIND,
        target=change,
        payload=payload,
        reason=worded(
            lambda: _("Arrears taken over in writing: %(document)s") % {"document": change.takeover_document}
        ),
        actor=actor,
        node_id=change.new_agreement.entity.node_id,
        amount=amount,
        currency=accounts[0].currency,
    )


def describe_takeover(request: Any) -> list[Change]:
    payload = request.payload
    return [
        Change(gettext_lazy("Debtor"), payload["from"], payload["to"]),
        Change(gettext_lazy("Open debts"), "", str(len(payload["items"]))),
        Change(gettext_lazy("Written takeover"), "", payload["document"]),
    ]


def perform_takeover(request: Any, actor: Actor) -> Batch:
    return apply_takeover(request.payload["change"], request.payload["items"], actor=actor)


def apply_takeover(change_pk: int, items: list[list[Any]], *, actor: Actor) -> Batch:
    """Move debts to the new payer's account: each as two linked entries over the account for transfers.

    What was paid since the proposal is not moved; with nothing left open the move is refused.
    """
    with posting(actor) as whole:
        change = OwnerChange.objects.select_for_update(of=("self",)).select_related("new_agreement").get(pk=change_pk)
        if change.state != OwnerChange.State.DONE or change.new_agreement is None:
            text = _("This change of owner is %(state)s.") % {"state": change.get_state_display()}
            raise Refusal("changeover.state", text, status=409)
        target = Account.objects.select_related("entity").get(
            agreement=change.new_agreement, payer_id=change.new_agreement.payer_id
        )
        accounts = [account.pk for account in former_accounts(change)]
        lock_accounts([*accounts, target.pk])
        wanted = {int(entry): Decimal(amount) for entry, amount in items}
        debts = [
            (item, min(item.open_amount, wanted[item.entry_id]))
            for item in open_debts(accounts)
            if item.entry_id in wanted
        ]
        if not debts:
            raise Refusal("changeover.nothing_open", _("Nothing of this is open any more."))
        batch = _move(change, target, debts, whole)
        change.arrears_amount = sum((amount for _item, amount in debts), Decimal(0))
        change.version += 1
        change.save(update_fields=["arrears_amount", "version"])
        return batch


def _move(change: OwnerChange, target: Account, debts: list[tuple[OpenItem, Decimal]], actor: Actor) -> Batch:
    books = LedgerAccount.objects.filter(entity_id=target.entity_id)
    receivable = books.get(purpose=LedgerAccount.Purpose.RECEIVABLE).pk
    transit = books.get(purpose=LedgerAccount.Purpose.TRANSIT).pk
    today = clock.today(target.entity.time_zone)
    words = _("Debt taken over: %(document)s") % {"document": change.takeover_document}
    entries = []
    for item, amount in debts:
        shared: dict[str, Any] = {"kind": Entry.Kind.CORRECTION, "source_id": item.entry_id, "description": words,
                  "document_number": item.entry.document_number}  # fmt: skip
        out = [NewLine(receivable, credit_amount=amount, of_payer=True), NewLine(transit, debit_amount=amount)]
        into = [NewLine(receivable, debit_amount=amount, of_payer=True), NewLine(transit, credit_amount=amount)]
        entries.append(
            NewEntry(amount=-amount, lines=out, source_kind=OUT, account_id=item.account_id,
                     effective_on=today, due_on=item.due_on, **shared)
        )  # fmt: skip
        entries.append(
            NewEntry(amount=amount, lines=into, source_kind=IN, account_id=target.pk,
                     effective_on=today, due_on=item.due_on, **shared)
        )  # fmt: skip
    batch = post_batch(target.entity_id, "takeover", f"owner-change:{change.pk}", today, entries, actor=actor)
    credits = dict(batch.entries.filter(source_kind=OUT).values_list("source_id", "pk"))
    pairs = [(credits[item.entry_id], item.entry_id, amount) for item, amount in debts]
    allocate_pairs(pairs, rule="takeover", actor=actor)
    return batch
