"""Money that covers a deposit: by the number the payer wrote, by its amount, by hand, or taken over at the start.

Taking moves money of the payer's account to the deposit: a debit on the account, covered at once by that money, and a
credit of the ledger account of deposits. So the account stands as if neither had been there.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.deposits.growth import rents_in
from lokum.money.deposits.models import Deposit, DepositKind, DepositMove
from lokum.money.deposits.posting import Step, chart_of, check_amount, post_steps
from lokum.money.deposits.queries import locked_deposit
from lokum.money.deposits.services.calling import start_deposit
from lokum.money.ledger.models import Account, OpenItem, Period
from lokum.money.ledger.services import allocate_pairs, lock_accounts, posting, reverse_entries, reverse_entry

RULE = "deposit"

WAITING = """
SELECT DISTINCT d.account_id FROM deposits_deposit d
JOIN ledger_account a ON a.id = d.account_id AND a.entity_id = %(entity)s
JOIN ledger_openitem o ON o.account_id = d.account_id AND o.side = 'credit' AND o.open_amount > 0
WHERE d.called_amount > d.taken_amount AND (%(accounts)s::bigint[] IS NULL OR d.account_id = ANY(%(accounts)s))
ORDER BY 1
"""
# The number as a word of its own, with or without the blanks banks put in; money booked to the sub-account of
# deposits; or a payment of just this amount, when no debt of the same amount is open.
MEANT = """
SELECT d.id, o.entry_id, o.open_amount, named.by_payer OR s.id IS NOT NULL
FROM deposits_deposit d
JOIN ledger_openitem o ON o.account_id = d.account_id AND o.side = 'credit' AND o.open_amount > 0
JOIN ledger_entry e ON e.id = o.entry_id AND e.kind = 'payment'
LEFT JOIN ledger_subaccount s ON s.id = e.sub_account_id AND s.kind = 'deposits'
CROSS JOIN LATERAL (SELECT replace(upper(e.description), ' ', '')
                    ~ ('(^|[^0-9A-Z])' || d.number || '($|[^0-9])')
                    OR upper(e.description) ~ ('(^|[^0-9A-Z])' || d.number || '($|[^0-9])') AS by_payer) named
WHERE d.account_id = ANY(%(accounts)s) AND d.called_amount > d.taken_amount AND (
  named.by_payer OR s.id IS NOT NULL
  OR (o.open_amount = d.called_amount - d.taken_amount AND o.open_amount = o.amount AND e.booked_on >= d.called_on
      AND NOT EXISTS (SELECT FROM ledger_openitem x WHERE x.account_id = o.account_id AND x.side = 'debit'
                      AND x.open_amount = o.open_amount)))
ORDER BY named.by_payer DESC, d.due_on, d.id, o.due_on, o.entry_id
"""


def waiting_accounts(entity_id: int, account_ids: Sequence[int] | None) -> list[int]:
    """See `lokum.money.ledger.seams.Claimant`."""
    with connection.cursor() as cursor:
        chosen = None if account_ids is None else list(account_ids)
        cursor.execute(WAITING, {"entity": entity_id, "accounts": chosen})
        return [row[0] for row in cursor.fetchall()]


def claim(entity_id: int, account_ids: Sequence[int], actor: Actor) -> None:
    """Take the money that is meant for deposits. The accounts are locked by the allocation."""
    if not account_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(MEANT, {"accounts": list(account_ids)})
        found = cursor.fetchall()
    if not found:
        return
    deposits = {pk: locked_deposit(pk) for pk in sorted({row[0] for row in found})}
    wanted = {pk: one.open_amount for pk, one in deposits.items()}
    free: dict[int, Decimal] = {}
    parts = []
    for deposit_id, credit_id, open_amount, meant in found:
        left = free.setdefault(credit_id, open_amount)
        if not meant and not left == open_amount == wanted[deposit_id]:
            continue  # it only equalled the amount, and part of either is gone by now
        amount = min(left, wanted[deposit_id])
        if amount > 0:
            free[credit_id] -= amount
            wanted[deposit_id] -= amount
            parts.append((deposits[deposit_id], credit_id, amount))
    _take(entity_id, parts, actor)


def _take(entity_id: int, parts: Sequence[tuple[Deposit, int, Decimal]], actor: Actor) -> list[DepositMove]:
    """Post each part on the day of its money, or today where that month is closed or the call came later."""
    items = OpenItem.objects.select_related("entry").in_bulk([credit for _deposit, credit, _amount in parts])
    closed = set(
        Period.objects.filter(entity_id=entity_id, closed_at__isnull=False).values_list("starts_on", flat=True)
    )
    steps = []
    for deposit, credit, amount in parts:
        entry = items[credit].entry
        day = max(entry.booked_on, deposit.called_on)
        if clock.first_of_month(day) in closed:
            day = clock.today(deposit.account.entity.time_zone)
        steps.append(
            Step(deposit, "take", amount, on=day, effective_on=entry.effective_on, sub_account_id=entry.sub_account_id)
        )
    made = post_steps(entity_id, steps, actor=actor)
    pairs = [
        (credit, int(move.entry_id or 0), amount) for move, (_deposit, credit, amount) in zip(made, parts, strict=True)
    ]
    allocate_pairs(pairs, rule=RULE, actor=actor)
    for move in made:
        note(move.deposit, "received", actor=actor, amount=str(move.amount))
    return made


def take_from_account(pk: int, *, amount: Decimal | None = None, actor: Actor) -> Deposit:
    """Cover a called deposit by hand with free money of its account, the longest there first.

    amount: default all that is waiting, as far as money is free.
    """
    with posting(actor) as whole:
        account_id = Deposit.objects.filter(pk=pk).values_list("account_id", flat=True).first()
        lock_accounts([account_id] if account_id else [])
        deposit = locked_deposit(pk)
        credits = OpenItem.objects.filter(account_id=deposit.account_id, side="credit", open_amount__gt=0)
        rows = list(credits.order_by("due_on", "pk").values_list("pk", "open_amount"))
        free = sum((one for _credit, one in rows), Decimal(0))
        possible = min(free, deposit.open_amount)
        wanted = possible if amount is None else check_amount(deposit.account, amount)
        if wanted <= 0 or wanted > possible:
            text = _("Waiting to be paid: %(open)s; free money of the account: %(free)s.") % {
                "open": deposit.open_amount, "free": free,
            }  # fmt: skip
            raise Refusal("deposit.no_money", text, fields={"amount": [text]}, status=409)
        parts = []
        for credit, left in rows:
            part = min(left, wanted)
            if part > 0:
                parts.append((deposit, credit, part))
                wanted -= part
        _take(deposit.account.entity_id, parts, whole)
        deposit.refresh_from_db()
        return deposit


def take_over(
    account_id: int, kind_id: int, *, amount: Decimal, paid_on: dt.date, booked_on: dt.date | None = None,
    rent: Decimal | None = None, words: str = "", actor: Actor,
) -> Deposit:  # fmt: skip
    """A deposit that was paid before the books began here: held from the start, against the opening account.

    rent: the monthly rent when it was paid; needed where it is valorised.
    """
    with posting(actor) as whole:
        account = Account.objects.select_related("entity", "payer").filter(pk=account_id).first()
        if account is None:
            raise Missing("account.missing", _("There is no such account."))
        kind = DepositKind.objects.filter(pk=kind_id, entity_id=account.entity_id).first()
        if kind is None:
            text = _("The kind of deposit belongs to another entity than the account.")
            raise Refusal("deposit.other_entity", text, fields={"kind": [text]})
        check_amount(account, amount)
        if kind.valorised and not rent:
            text = _("Name the monthly rent of the day on which the deposit was paid.")
            raise Refusal("deposit.no_rent", text, fields={"rent": [text]})
        opening = chart_of(account.entity_id).get("opening")
        if opening is None:
            raise Refusal("deposit.chart", _("The chart of accounts of this entity has no account of opening items."))
        lock_accounts([account.pk])
        rents = rents_in(amount, rent) if rent else None
        deposit = start_deposit(account, kind, amount, rents, paid_on, paid_on, words)
        step = Step(deposit, "opening", amount, against=opening, on=booked_on, effective_on=paid_on,
                    values=(("rent_amount", rent),))  # fmt: skip
        post_steps(account.entity_id, [step], actor=whole)
        note(deposit, "taken over", actor=actor, amount=str(amount), paid_on=paid_on.isoformat())
        deposit.refresh_from_db()
        return deposit


# --- taking back -------------------------------------------------------------------------------------------------
HANGING = """
SELECT DISTINCT e.entity_id, a.debit_id FROM ledger_allocation a
JOIN deposits_depositmove m ON m.entry_id = a.debit_id AND m.kind = 'take'
JOIN ledger_entry e ON e.id = a.debit_id
WHERE a.credit_id = ANY(%s) AND a.undone_at IS NULL AND a.rule = 'deposit' AND NOT a.debit_id = ANY(%s)
ORDER BY 2
"""
# The other half of a deposit that passed from one account to another: both are one batch.
HALVES = """
SELECT DISTINCT x.entry_id FROM deposits_depositmove m JOIN ledger_entry e ON e.id = m.entry_id
JOIN ledger_entry f ON f.batch_id = e.batch_id AND f.id <> e.id
JOIN deposits_depositmove x ON x.entry_id = f.id AND x.kind IN ('transfer_out', 'transfer_in')
WHERE m.entry_id = ANY(%s) AND m.kind IN ('transfer_out', 'transfer_in')
"""
MIRRORED = """
SELECT r.id, r.booked_on, r.description, m.id, m.deposit_id, m.kind, m.amount
FROM ledger_entry r JOIN deposits_depositmove m ON m.entry_id = r.corrects_id
WHERE r.batch_id = %s AND r.source_kind = 'reversal' ORDER BY m.deposit_id, r.id
"""


def release_hanging(entry_ids: Sequence[int], reason: str, booked_on: dt.date, actor: Actor) -> None:
    """Before money is reversed: the deposit it covered is due again. Refused when that was used already."""
    with connection.cursor() as cursor:
        cursor.execute(HANGING, [list(entry_ids), list(entry_ids)])
        found = [row[1] for row in cursor.fetchall()]
    if set(_halves(entry_ids)) - set(entry_ids):
        text = _("A deposit that passed on is taken back on its page, both halves at once.")
        raise Refusal("deposit.transfer_pair", text, status=409)
    for entry_id in found:
        reverse_entry(entry_id, reason, actor=actor, booked_on=booked_on)


def _halves(entry_ids: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(HALVES, [list(entry_ids)])
        return [row[0] for row in cursor.fetchall()]


def note_mirrors(batch_id: int, actor: Actor) -> None:
    """After a reversal: each mirrored entry of a deposit takes its move back. The database adds up and may refuse."""
    with connection.cursor() as cursor:
        cursor.execute(MIRRORED, [batch_id])
        found = cursor.fetchall()
    for entry_id, day, words, move_id, deposit_id, kind, amount in found:
        DepositMove.objects.create(
            deposit_id=deposit_id, kind=kind, amount=amount, on=day, entry_id=entry_id, undoes_id=move_id,
            reason=words, made_at=clock.now(), made_by=actor.label[:150],
        )  # fmt: skip


def take_back(move_id: int, *, reason: str, actor: Actor) -> DepositMove:
    """Take a posted move back: its entry is reversed, what it covered is open again. Once; never below nothing."""
    with posting(actor) as whole:
        move = DepositMove.objects.select_related("deposit__account__entity").filter(pk=move_id).first()
        if move is None:
            raise Missing("deposit.no_move", _("There is no such move."))
        if move.entry_id is None or move.undoes_id is not None:
            raise Refusal("deposit.not_posted", _("Only a posted move can be taken back."), status=409)
        entries = [move.entry_id, *_halves([move.entry_id])]
        owners = Deposit.objects.filter(moves__entry__in=entries).values_list("account_id", flat=True)
        lock_accounts(list(owners))
        if len(entries) == 1:
            reverse_entry(move.entry_id, reason, actor=whole)
        else:
            entity = move.deposit.account.entity
            reverse_entries(entity.pk, entries, reason, kind="reversal", source=f"reversal:{min(entries)}",
                            booked_on=clock.today(entity.time_zone), actor=whole)  # fmt: skip
        note(move.deposit, "taken back", actor=actor, move=move.pk, reason=reason)
        return DepositMove.objects.get(undoes=move)
