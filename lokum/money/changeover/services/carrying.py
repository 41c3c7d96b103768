"""The button of a change of owner: everything at once, shown before by doing it and taking it back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.flow.models import ApprovalRequest
from lokum.money.changeover.models import OwnerChange
from lokum.money.changeover.services.arrears import open_debts, request_takeover
from lokum.money.changeover.services.deposits import (
    DepositLine,
    ask_for_deposits,
    deposit_lines,
    put_back,
    refuse_undo,
)
from lokum.money.changeover.services.preparing import day_error, locked
from lokum.money.charges.computing import price_month
from lokum.money.charges.models import Component, Notice
from lokum.money.ledger.models import Account, Entry
from lokum.money.ledger.services import posting
from lokum.money.payments.models import VirtualAccount
from lokum.property.estates.models.changes import ChangeKind
from lokum.property.estates.services import ChangeRow, note_changes
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.occupancy.services import AgreementTerms, holders_text, transfer_title

ZERO = Decimal("0.00")


@dataclass
class SplitLine:
    """One component in the month of the transfer: undivided, and what each side pays. None: it has no price."""

    component: str
    whole: Decimal | None
    former: Decimal | None = ZERO
    new: Decimal | None = ZERO

    @property
    def agrees(self) -> bool:
        if self.whole is None or self.former is None or self.new is None:
            return self.whole is None and (self.former is None or self.new is None)
        return self.former + self.new == self.whole


@dataclass
class Plan:
    """What carrying out a change will do (or did)."""

    former_names: str
    new_names: str
    last_on: dt.date
    agreement_code: str = ""
    account_code: str = ""
    bank_number: str = ""
    currency: str = ""
    ended_agreements: Sequence[str] = ()
    arrears: Decimal = ZERO
    arrears_count: int = 0
    posted_notices: int = 0
    deposits: Sequence[DepositLine] = ()
    month: dt.date | None = None
    lines: list[SplitLine] = field(default_factory=list)

    @property
    def whole(self) -> Decimal:
        return sum((line.whole or ZERO for line in self.lines), ZERO)

    @property
    def former_part(self) -> Decimal:
        return sum((line.former or ZERO for line in self.lines), ZERO)

    @property
    def new_part(self) -> Decimal:
        return sum((line.new or ZERO for line in self.lines), ZERO)

    @property
    def agrees(self) -> bool:
        return all(line.agrees for line in self.lines)


class _Back(Exception):
    """Rolls a preview back."""


def preview(change_pk: int, *, actor: Actor) -> Plan:
    """Carry out and take back: what is shown is what will happen, down to numbers and cents."""
    plan: Plan | None = None
    try:
        with posting(actor) as whole:
            change = locked(change_pk, OwnerChange.State.PREPARED)
            plan = _perform(change, whole, split=True)
            raise _Back
    except _Back:
        assert plan is not None
        return plan


def carry_out(change_pk: int, *, actor: Actor) -> OwnerChange:
    """End the title and its agreements the day before, open title, agreement, account and number for the new owner.

    Arrears that are taken over wait for the approval of a second person. Whoever leaves keeps the view of the own
    period and account; whoever comes sees nothing older than the first day.
    """
    with posting(actor) as whole:
        change = locked(change_pk, OwnerChange.State.PREPARED)
        plan = _perform(change, whole, split=False)
        if change.arrears == OwnerChange.Arrears.TAKEN_OVER:
            change.arrears_request = request_takeover(change, actor=whole)
        change.former["deposits"] = ask_for_deposits(change, _former_accounts(change), _target(change), actor=whole)
        change.state, change.done_at, change.done_by_id = OwnerChange.State.DONE, clock.now(), actor.user_id
        change.version += 1
        change.save()
        details = {"day": change.transferred_on.isoformat(), "from": plan.former_names, "to": plan.new_names}
        note(change, gettext_noop("carried out"), actor=actor, **details)
        note(change.premises, gettext_noop("owner changed"), actor=actor, **details)
        return change


def _perform(change: OwnerChange, actor: Actor, *, split: bool) -> Plan:
    title, day = change.title, change.transferred_on
    holders = [(one.party_id, one.numerator, one.denominator) for one in change.holders.all()]
    if not holders:
        text = _("Name the new owner first.")
        raise Refusal("changeover.no_holders", text, fields={"holders": [text]})
    wrong = day_error(title, day)
    if wrong is not None:
        raise wrong
    running = list(Agreement.objects.filter(title=title, valid__contains=day).order_by("pk"))
    plan = Plan(
        former_names=holders_text([title])[title.pk],
        new_names=", ".join(str(one) for one in change.holders.select_related("party")),
        last_on=day - dt.timedelta(days=1),
        ended_agreements=[one.code for one in running],
    )
    month = day.replace(day=1)
    before = _priced(running, month, change.premises_id) if split else {}
    change.former = {
        "title_until": _text(title.valid.upper),
        "agreements": [[one.pk, _text(one.valid.upper)] for one in running],
    }
    terms = AgreementTerms(
        payer_pk=change.payer_id, entity_pk=running[0].entity_id if running else None, due_day=change.due_day
    )
    change.new_title = transfer_title(
        title.pk, holders, day, actor=actor, document=change.document, agreement=terms,
        kind=change.kind, member=change.member,
    )  # fmt: skip
    change.new_agreement = change.new_title.agreements.get()
    _describe(plan, change, running)
    if split:
        plan.month = month
        plan.lines = _split(before, _priced([*running, change.new_agreement], month, change.premises_id), running)
    return plan


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _target(change: OwnerChange) -> Account:
    """The account of the new payer."""
    assert change.new_agreement is not None
    rows = Account.objects.select_related("entity", "payer")
    return rows.get(agreement=change.new_agreement, payer_id=change.new_agreement.payer_id)


def _former_accounts(change: OwnerChange) -> list[int]:
    ended = [pk for pk, _until in change.former["agreements"]]
    return list(Account.objects.filter(agreement__in=ended).order_by("pk").values_list("pk", flat=True))


def _describe(plan: Plan, change: OwnerChange, running: Sequence[Agreement]) -> None:
    """Numbers of what was opened, what the former owner leaves open, and what was posted for the time after."""
    assert change.new_agreement is not None
    account = _target(change)
    number = VirtualAccount.objects.filter(account=account, retired_on=None).order_by("-pk").first()
    plan.agreement_code, plan.account_code = change.new_agreement.code, account.code
    plan.bank_number, plan.currency = (number.number if number else ""), account.currency
    former = list(Account.objects.filter(agreement__in=running).values_list("pk", flat=True))
    debts = open_debts(former)
    plan.deposits = deposit_lines(change, former, account)
    plan.arrears, plan.arrears_count = sum((item.open_amount for item in debts), ZERO), len(debts)
    since = change.transferred_on.replace(day=1)
    plan.posted_notices = Notice.objects.filter(account__in=former, period__gte=since).count()


_LINES = "SELECT component_id, agreement_id, amount FROM charge_priced ORDER BY component_id, agreement_id"
Priced = dict[int, list[tuple[int, Decimal | None]]]


def _priced(agreements: Sequence[Agreement], month: dt.date, premises_pk: int) -> Priced:
    """Amounts of a month by component: (agreement, amount), of the entities these agreements belong to."""
    found: Priced = {}
    for entity_id in sorted({one.entity_id for one in agreements}):
        with connection.cursor() as cursor:
            price_month(cursor, entity_id, month, [premises_pk])
            cursor.execute(_LINES)
            for component_id, agreement_id, amount in cursor.fetchall():
                found.setdefault(component_id, []).append((agreement_id, amount))
    return found


def _split(before: Priced, after: Priced, running: Sequence[Agreement]) -> list[SplitLine]:
    former = {one.pk for one in running}
    components = {one.pk: one for one in Component.objects.filter(pk__in={*before, *after})}
    lines = []
    for pk, component in sorted(components.items(), key=lambda pair: (pair[1].position, pair[1].code)):
        line = SplitLine(
            str(component), _sum(amount for agreement, amount in before.get(pk, []) if agreement in former)
        )
        line.former = _sum(amount for agreement, amount in after.get(pk, []) if agreement in former)
        line.new = _sum(amount for agreement, amount in after.get(pk, []) if agreement not in former)
        lines.append(line)
    return lines


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def undo(change_pk: int, *, actor: Actor) -> OwnerChange:
    """Take a change back as if it had not been, while nothing was posted to the new account."""
    with posting(actor) as whole:
        change = locked(change_pk, OwnerChange.State.DONE)
        title, agreement = change.new_title, change.new_agreement
        assert title is not None and agreement is not None
        accounts = list(Account.objects.select_for_update().filter(agreement=agreement).order_by("pk"))
        if Entry.objects.filter(account__in=accounts).exists():
            text = _("Something was posted to the new account already; hand over again instead of undoing.")
            raise Refusal("changeover.posted", text, status=409)
        request = change.arrears_request
        if request is not None and request.state == ApprovalRequest.State.PROPOSED:
            text = _("The takeover of arrears waits for a decision; it has to be withdrawn or refused first.")
            raise Refusal("changeover.request_open", text, status=409)
        refuse_undo(change)
        put_back(change)
        change.new_title = change.new_agreement = None
        change.state, change.undone_at = OwnerChange.State.UNDONE, clock.now()
        change.version += 1
        change.save()
        names = holders_text([title])[title.pk]
        try:
            with transaction.atomic():
                _remove(accounts, agreement, title)
        except ProtectedError as problem:
            kinds = sorted({str(one._meta.verbose_name_plural) for one in problem.protected_objects})
            text = _("The new title is in use already: %(kinds)s.") % {"kinds": ", ".join(kinds)}
            raise Refusal("changeover.in_use", text, status=409) from problem
        _restore(change, names, whole)
        note(change, gettext_noop("undone"), actor=actor)
        note(change.premises, gettext_noop("change of owner undone"), actor=actor)
        return change


def _remove(accounts: Sequence[Account], agreement: Agreement, title: Title) -> None:
    VirtualAccount.objects.filter(account__in=accounts).delete()
    with connection.cursor() as cursor:
        for account in accounts:
            cursor.execute("SELECT changeover_forget_balance(%s)", [account.pk])
            account.delete()
    agreement.delete()
    title.delete()


def _restore(change: OwnerChange, new_names: str, actor: Actor) -> None:
    former = change.title
    until = dt.date.fromisoformat(change.former["title_until"]) if change.former["title_until"] else None
    former.valid = DateRange(former.valid.lower, until)
    former.version += 1
    former.save(update_fields=["valid", "version"])
    for pk, end in change.former["agreements"]:
        agreement = Agreement.objects.select_for_update(of=("self",)).get(pk=pk)
        agreement.valid = DateRange(agreement.valid.lower, dt.date.fromisoformat(end) if end else None)
        agreement.version += 1
        agreement.save(update_fields=["valid", "version"])
    last = until - dt.timedelta(days=1) if until else None
    row = ChangeRow(
        change.premises_id, ChangeKind.OWNER, change.transferred_on, last, new_names, holders_text([former])[former.pk]
    )
    note_changes([row], actor=actor)
