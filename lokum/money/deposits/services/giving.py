"""What goes out of a deposit: used for debts, returned with what the law adds, forfeited. Each needs two people.

A plan says what will be posted; a second person approves it and it is planned anew: what differs is refused.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.money import places_of
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.deposits.growth import simple_interest, valorised
from lokum.money.deposits.models import Deposit, DepositMove
from lokum.money.deposits.posting import Step, chart_of, check_amount, post_steps
from lokum.money.deposits.queries import locked_deposit, monthly_rent, moves_of
from lokum.money.ledger.models import OpenItem
from lokum.money.ledger.queries import payout_account
from lokum.money.ledger.services import allocate_pairs, lock_accounts, posting

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Cover:
    """So much of a debt that is covered with the deposit."""

    debt_id: int
    document: str
    due_on: dt.date
    amount: Decimal
    sub_account_id: int | None


@dataclass(frozen=True)
class Plan:
    """What a return (or a use: only `covers`) would do, in the order in which it is posted."""

    day: dt.date
    held: Decimal
    rent: Decimal | None = None
    interest: Decimal = ZERO
    valorisation: Decimal = ZERO
    covers: Sequence[Cover] = field(default_factory=tuple)
    payout: Decimal = ZERO

    @property
    def used(self) -> Decimal:
        return sum((one.amount for one in self.covers), ZERO)

    def told(self) -> dict[str, Any]:
        """As JSON values, to be compared when it is carried out."""
        return {
            "held": str(self.held), "rent": str(self.rent) if self.rent is not None else "",
            "interest": str(self.interest), "valorisation": str(self.valorisation), "used": str(self.used),
            "payout": str(self.payout), "day": self.day.isoformat(),
            "debts": [[one.debt_id, one.document, str(one.amount)] for one in self.covers],
        }  # fmt: skip


def refuse_above(deposit: Deposit, amount: Decimal) -> None:
    """Refuse an amount above what is held (409)."""
    if amount > deposit.held_amount:
        text = _("Only %(held)s is held of this deposit.") % {
            "held": amount_text(deposit.held_amount, deposit.account.currency)
        }
        raise Refusal("deposit.more_than_held", text, fields={"amount": [text]}, status=409)


def _covers(
    deposit: Deposit, available: Decimal, day: dt.date, documents: Collection[str] = (), wanted: Decimal | None = None
) -> list[Cover]:
    """Debts of the account in the order of their due days: those named, else all that are due on the day."""
    rows = OpenItem.objects.filter(account_id=deposit.account_id, side="debit", open_amount__gt=0)
    rows = rows.select_related("entry").order_by("due_on", "pk")
    if documents:
        rows = rows.filter(entry__document_number__in=documents)
        missing = set(documents) - set(rows.values_list("entry__document_number", flat=True))
        if missing:
            text = _("No open debt of this account has the document %(number)s.") % {"number": sorted(missing)[0]}
            raise Refusal("deposit.document", text, fields={"documents": [text]})
    else:
        rows = rows.filter(due_on__lte=day)
    left, found = (available if wanted is None else min(wanted, available)), []
    for item in rows:
        part = min(left, item.open_amount)
        if part <= 0:
            break
        entry = item.entry
        found.append(Cover(entry.pk, entry.document_number, item.due_on, part, entry.sub_account_id))
        left -= part
    return found


def plan_use(
    deposit: Deposit, *, amount: Decimal | None = None, documents: Collection[str] = (), day: dt.date | None = None
) -> Plan:
    """Set off against debts: those whose documents are named, else what is due, longest due first."""
    today = day or clock.today(deposit.account.entity.time_zone)
    if amount is not None:
        refuse_above(deposit, check_amount(deposit.account, amount))
    if not deposit.held_amount:
        refuse_above(deposit, Decimal("0.01"))
    covers = _covers(deposit, deposit.held_amount, today, documents, amount)
    plan = Plan(today, deposit.held_amount, covers=covers)
    if not covers or (amount is not None and plan.used < amount):
        text = _("Open debts that can be covered: %(sum)s.") % {"sum": plan.used}
        raise Refusal("deposit.no_debts", text, fields={"amount": [text]}, status=409)
    return plan


def interest_of(deposit: Deposit, through: dt.date, known: Sequence[DepositMove] | None = None) -> Decimal:
    """Interest by the kind's rate on what was held, not booked yet, to a day. known: its moves, where read before."""
    if not deposit.kind.interest_percent:
        return ZERO
    moves = [one for one in (moves_of([deposit.pk])[deposit.pk] if known is None else known) if one.effect]
    booked = [
        one for one in moves if one.kind == "interest" and one.undoes_id is None and not hasattr(one, "undone_by")
    ]
    events = [(one.on, one.effect) for one in moves if one.kind != "interest"]
    after = max((one.through_on for one in booked if one.through_on), default=None)
    places = places_of(deposit.account.currency)
    return simple_interest(events, deposit.kind.interest_percent, after, through, places)


def plan_return(
    deposit: Deposit, *, amount: Decimal | None = None, rent: Decimal | None = None, cover_debts: bool = True,
    day: dt.date | None = None,
) -> Plan:  # fmt: skip
    """What goes back. No amount named: everything, with interest and valorisation of the day, less the debts that are
    due; an amount: so much of what is held, without additions. rent: default the rent charged on the day.
    """
    today = day or clock.today(deposit.account.entity.time_zone)
    held = deposit.held_amount
    if held <= 0:
        refuse_above(deposit, Decimal("0.01"))
    if amount is not None:
        refuse_above(deposit, check_amount(deposit.account, amount))
        return Plan(today, held, payout=amount)
    interest = interest_of(deposit, today)
    base = rent
    grown = ZERO
    if deposit.kind.valorised:
        base = rent if rent is not None else monthly_rent(deposit.account_id, today)
        if not base or deposit.rent_months is None:
            text = _("No rent is charged on this account: name the monthly rent.")
            raise Refusal("deposit.no_rent", text, fields={"rent": [text]})
        nominal = held - deposit.added_amount
        places = places_of(deposit.account.currency)
        grown = max(
            valorised(nominal, deposit.agreed_amount, deposit.rent_months, base, places) - nominal
            - _valorised_before(deposit), ZERO,
        )  # fmt: skip
    if (interest or grown) and deposit.kind.cost_account_id is None:
        text = _("Name in the kind of deposit the ledger account that bears valorisation and interest.")
        raise Refusal("deposit.no_cost_account", text)
    whole = held + interest + grown
    covers = _covers(deposit, whole, today) if cover_debts else []
    payout = whole - sum((one.amount for one in covers), ZERO)
    return Plan(today, held, base, interest, grown, covers, payout)


def _valorised_before(deposit: Deposit) -> Decimal:
    """Valorisation that was booked and stands."""
    moves = DepositMove.objects.filter(deposit=deposit, kind="valorisation")
    return sum((one.effect for one in moves), ZERO)


def _locked(pk: int) -> Deposit:
    account_id = Deposit.objects.filter(pk=pk).values_list("account_id", flat=True).first()
    lock_accounts([account_id] if account_id else [])
    return locked_deposit(pk)


def _refuse_changed(plan: Plan, told: dict[str, Any] | None) -> None:
    if told is not None and {name: told.get(name) for name in plan.told()} != plan.told():
        text = _("The deposit or the debts have changed since this was asked for. Ask anew.")
        raise Refusal("deposit.changed", text, status=409)


def _cover_steps(deposit: Deposit, plan: Plan, values: tuple[tuple[str, Any], ...]) -> list[tuple[Step, list[Cover]]]:
    """One entry for each sub-account in which the covered debts stand."""
    parts: dict[int | None, list[Cover]] = {}
    for one in plan.covers:
        parts.setdefault(one.sub_account_id, []).append(one)
    return [
        (Step(deposit, "use", sum((one.amount for one in found), ZERO), sub_account_id=sub, values=values), found)
        for sub, found in parts.items()
    ]


def _carry_out(deposit: Deposit, steps: list[tuple[Step, list[Cover]]], actor: Actor) -> list[DepositMove]:
    made = post_steps(deposit.account.entity_id, [step for step, _covers in steps], actor=actor)
    pairs = [
        (int(move.entry_id or 0), one.debt_id, one.amount)
        for move, (_step, covers) in zip(made, steps, strict=True)
        for one in covers
    ]
    if pairs:
        allocate_pairs(pairs, rule="deposit", actor=actor)
    return made


def apply_use(
    pk: int, *, amount: Decimal | None = None, documents: Collection[str] = (), reason: str, proposed_by: str = "",
    told: dict[str, Any] | None = None, actor: Actor,
) -> list[DepositMove]:  # fmt: skip
    """Post what was approved: the deposit covers debts."""
    with posting(actor) as whole:
        deposit = _locked(pk)
        day = dt.date.fromisoformat(told["day"]) if told else None
        plan = plan_use(deposit, amount=amount, documents=documents, day=day)
        _refuse_changed(plan, told)
        values = _signed(reason, proposed_by, actor)
        made = _carry_out(deposit, _cover_steps(deposit, plan, values), whole)
        note(deposit, "used", actor=actor, amount=str(plan.used), reason=reason)
        return made


def _signed(reason: str, proposed_by: str, actor: Actor) -> tuple[tuple[str, Any], ...]:
    return (("reason", reason[:500]), ("proposed_by", proposed_by[:150]), ("approved_by", actor.label[:150]))


def apply_return(
    pk: int, *, amount: Decimal | None = None, rent: Decimal | None = None, cover_debts: bool = True,
    payee_name: str = "", payee_number: str = "", reason: str, proposed_by: str = "",
    told: dict[str, Any] | None = None, actor: Actor,
) -> list[DepositMove]:  # fmt: skip
    """Post what was approved: additions, debts covered, and the payout to the payee."""
    with posting(actor) as whole:
        deposit = _locked(pk)
        day = dt.date.fromisoformat(told["day"]) if told else None
        plan = plan_return(deposit, amount=amount, rent=rent, cover_debts=cover_debts, day=day)
        _refuse_changed(plan, told)
        chart, values = chart_of(deposit.account.entity_id), _signed(reason, proposed_by, actor)
        cost = deposit.kind.cost_account_id
        steps: list[tuple[Step, list[Cover]]] = []
        if plan.interest:
            more = (*values, ("through_on", plan.day))
            steps.append((Step(deposit, "interest", plan.interest, against=cost, values=more), []))
        if plan.valorisation:
            more = (*values, ("rent_amount", plan.rent))
            steps.append((Step(deposit, "valorisation", plan.valorisation, against=cost, values=more), []))
        steps += _cover_steps(deposit, plan, values)
        if plan.payout:
            if "bank" not in chart:
                raise Refusal("deposit.chart", _("The chart of accounts of this entity has no bank account."))
            more = (*values, ("payee_name", (payee_name or str(deposit.account.payer))[:200]),
                    ("payee_number", payee_number[:40]))  # fmt: skip
            out = payout_account(deposit.account.entity_id)
            steps.append((Step(deposit, "return", plan.payout, against=out, values=more), []))
        made = _carry_out(deposit, steps, whole)
        note(deposit, "returned", actor=actor, amount=str(plan.payout), used=str(plan.used), reason=reason)
        return made


def apply_forfeit(
    pk: int, *, amount: Decimal | None = None, reason: str, proposed_by: str = "", actor: Actor
) -> list[DepositMove]:
    """Post what was approved: the deposit, or so much of it, becomes income of the entity."""
    with posting(actor) as whole:
        deposit = _locked(pk)
        wanted = plan_forfeit(deposit, amount)
        step = Step(deposit, "forfeit", wanted, against=deposit.kind.forfeit_account_id,
                    values=_signed(reason, proposed_by, actor))  # fmt: skip
        made = _carry_out(deposit, [(step, [])], whole)
        note(deposit, "forfeited", actor=actor, amount=str(wanted), reason=reason)
        return made


def plan_forfeit(deposit: Deposit, amount: Decimal | None) -> Decimal:
    """How much is forfeited; refuses what is not held, or a kind that does not say where it goes."""
    wanted = deposit.held_amount if amount is None else check_amount(deposit.account, amount)
    refuse_above(deposit, wanted or Decimal("0.01"))
    if deposit.kind.forfeit_account_id is None:
        text = _("Name in the kind of deposit the ledger account for what is forfeited.")
        raise Refusal("deposit.no_forfeit_account", text)
    return wanted


def add_interest(pk: int, *, through_on: dt.date | None = None, actor: Actor) -> Deposit:
    """Book the interest of a deposit to a day; a second time for the same day adds nothing."""
    with posting(actor) as whole:
        deposit = _locked(pk)
        today = clock.today(deposit.account.entity.time_zone)
        day = through_on or today
        if day > today:
            text = _("The day lies in the future.")
            raise Refusal("deposit.future", text, fields={"through_on": [text]})
        amount = interest_of(deposit, day)
        if not amount:
            raise Refusal("deposit.no_interest", _("No interest has arisen that is not booked."), status=409)
        if deposit.kind.cost_account_id is None:
            text = _("Name in the kind of deposit the ledger account that bears valorisation and interest.")
            raise Refusal("deposit.no_cost_account", text)
        step = Step(deposit, "interest", amount, against=deposit.kind.cost_account_id, values=(("through_on", day),))
        post_steps(deposit.account.entity_id, [step], actor=whole)
        note(deposit, "interest", actor=actor, amount=str(amount), through=day.isoformat())
        deposit.refresh_from_db()
        return deposit
