"""Giving up or putting off a debt: a reason, a second person, then a posting that names both (LED-16)."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.models import User
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.money import places_of, round_amount, split_amount
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.arrears.models import LimitationEvent, Relief
from lokum.money.ledger.models import Account, Entry, LedgerAccount, OpenItem
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    allocate_pairs,
    document_entries,
    lock_accounts,
    post_batch,
    posting,
)

CODE = "arrears.relief"


def _nothing_open() -> Refusal:
    text = _("Nothing of this debt is open.")
    return Refusal("relief.nothing_open", text, fields={"document": [text]})


def _too_much(open_amount: Decimal, currency: str) -> Refusal:
    text = _("More than nothing and at most %(open)s: that is what is open.")
    text %= {"open": amount_text(open_amount, currency)}
    return Refusal("relief.amount", text, fields={"amount": [text]})


def _open_parts(account_id: int, document: str) -> list[OpenItem]:
    """What is open of one document: its parts in several sub-accounts and what corrections added to them.

    Raises Refusal where nothing is open, or where two documents of the account have the same number.
    """
    rows = OpenItem.objects.filter(account_id=account_id, side="debit", open_amount__gt=0)
    found = list(rows.filter(entry__document_number=document).select_related("entry").order_by("entry_id"))
    if found:
        roots = [one.entry.corrects_id or one.entry_id for one in found]
        family = document_entries(Entry.objects.get(pk=roots[0]))
        if set(roots) <= set(family):
            return found
    text = _("No single open debt of this account has the document %(number)s.") % {"number": document}
    raise Refusal("relief.document", text, fields={"document": [text]})


def request_relief(
    *, account: Account, document: str, kind: str, reason: str, amount: Decimal | None = None,
    until: dt.date | None = None, acknowledged: bool = False, actor: Actor,
) -> Any:  # fmt: skip
    """Ask to write off, relieve or defer a debt of an account; another person decides.

    document: number of the debt's document; amount: default everything open; until: last day of a deferral;
    acknowledged: the payer asked in writing, so limitation starts anew with the approval.
    """
    found, today = _open_parts(account.pk, document.strip()), clock.today(account.entity.time_zone)
    open_amount = sum((one.open_amount for one in found), Decimal(0))
    wanted = open_amount if amount is None else amount
    if not 0 < wanted <= open_amount:
        raise _too_much(open_amount, account.currency)
    if wanted != round_amount(wanted, places_of(account.currency)):
        text = _("Name an amount in whole units of %(currency)s.") % {"currency": account.currency}
        raise Refusal("relief.amount", text, fields={"amount": [text]})
    if kind == Relief.Kind.DEFERRAL and (until is None or until <= today):
        text = _("Say until which later day the debt is deferred.")
        raise Refusal("relief.until", text, fields={"until": [text]})
    payload = {
        "account": account.code,
        "payer": str(account.payer),
        "debts": [one.entry_id for one in found],
        "document": found[0].entry.document_number,
        "kind": kind,
        "open": str(open_amount),
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
    account_id: int, *, debt_ids: Sequence[int], kind: str, amount: Decimal, reason: str, until: dt.date | None = None,
    acknowledged: bool = False, proposed_by: str, actor: Actor,
) -> list[Relief]:  # fmt: skip
    """Do what was approved: post the loss and use it for the debt, or write the deferral down.

    A document whose parts stand in several sub-accounts is relieved where they stand, in proportion to what is open of
    each (largest remainder); the parts sum to the amount and are taken back together.
    """
    with posting(actor) as whole:
        account = Account.objects.select_related("entity").filter(pk=account_id).first()
        if account is None:
            raise Missing("account.missing", _("There is no such account."))
        lock_accounts([account_id])
        parts = _shared(account, debt_ids, amount)
        values: dict[str, Any] = {
            "account": account, "kind": kind, "reason": reason[:500], "proposed_by": proposed_by[:150],
            "approved_by": actor.label[:150], "approved_at": clock.now(),
        }  # fmt: skip
        if kind == Relief.Kind.DEFERRAL:
            made = [Relief.objects.create(debt=debt, amount=part, until=until, **values) for debt, part in parts]
        else:
            losses = _post(account, parts, kind, reason, whole)
            made = [Relief.objects.create(debt=one, amount=part, entry_id=pk, **values) for one, part, pk in losses]
        for debt, _part in parts if acknowledged else ():
            LimitationEvent.objects.create(
                account=account, entry=debt, on=clock.today(account.entity.time_zone),
                kind=LimitationEvent.Kind.ACKNOWLEDGED, document=str(made[0])[:200],
            )  # fmt: skip
        for relief in made:
            note(relief, "approved", actor=actor, proposed_by=proposed_by)
        return made


def _shared(account: Account, debt_ids: Sequence[int], amount: Decimal) -> list[tuple[Entry, Decimal]]:
    """The amount over what is open of the debts now; a debt that gets nothing of it is left out."""
    rows = OpenItem.objects.filter(entry_id__in=debt_ids, account=account, side="debit", open_amount__gt=0)
    # What stands in the main sub-account comes first: its entry lends the others their key.
    items = list(rows.select_related("entry").order_by(F("entry__sub_account_id").asc(nulls_first=True), "entry_id"))
    if not items:
        raise _nothing_open()
    open_amount = sum((one.open_amount for one in items), Decimal(0))
    if amount > open_amount:
        raise _too_much(open_amount, account.currency)
    shares = split_amount(amount, [one.open_amount for one in items], _places(account, amount))
    return [(one.entry, share) for one, share in zip(items, shares, strict=True) if share]


def _places(account: Account, amount: Decimal) -> int:
    """Whole dollars stay whole dollars, unless the debt itself has cents."""
    places = places_of(account.currency)
    return places if amount == amount.quantize(Decimal(1).scaleb(-places)) else 2


def _post(
    account: Account, parts: Sequence[tuple[Entry, Decimal]], kind: str, reason: str, actor: Actor
) -> list[tuple[Entry, Decimal, int]]:
    """The loss in the books, matched with the debts: one entry for each sub-account, under the key of the first.

    Returns (debt, amount, entry on the payer's account) for each of them.
    """
    chart = dict(
        LedgerAccount.objects.filter(entity_id=account.entity_id, purpose__in=("receivable", "write_off")).values_list(
            "purpose", "pk"
        )
    )
    if "write_off" not in chart:
        raise Refusal("relief.chart", _("The chart of accounts has no account for written-off claims."))
    places: dict[int | None, list[tuple[Entry, Decimal]]] = {}
    for debt, part in parts:
        places.setdefault(debt.sub_account_id, []).append((debt, part))
    today, first = clock.today(account.entity.time_zone), parts[0][0]
    key = f"{kind}.{Relief.objects.filter(debt=first).exclude(entry=None).count() + 1}"
    heads = [(group[0][0], sum((part for _debt, part in group), Decimal(0))) for group in places.values()]
    entries = [
        NewEntry(
            kind="correction",
            amount=-lost,
            account_id=account.pk,
            sub_account_id=debt.sub_account_id,
            description=f"{Relief.Kind(kind).label}: {reason}"[:250],
            due_on=today,
            source_kind=key if debt.pk == first.pk else f"{key}/{debt.sub_account_id}",
            source_id=first.pk,
            lines=[
                NewLine(chart["write_off"], debit_amount=lost),
                NewLine(chart["receivable"], credit_amount=lost, of_payer=True),
            ],
        )
        for debt, lost in heads
    ]
    batch = post_batch(account.entity_id, "write-off", f"{key}:{first.pk}", today, entries, actor=actor)
    made: dict[int | None, int] = {one.sub_account_id: one.pk for one in batch.entries.all()}
    pairs = [(made[debt.sub_account_id], debt.pk, part) for debt, part in parts]
    allocate_pairs(pairs, rule=kind, actor=actor)
    return [(debt, lost, made[debt.sub_account_id]) for debt, lost in heads]


def _perform(request: Any, actor: Actor) -> list[Relief]:
    told = request.payload
    proposer = User.objects.filter(pk=request.proposer_id).first()
    return apply_relief(
        request.target_id,
        debt_ids=told["debts"] if "debts" in told else [told["debt"]],
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
