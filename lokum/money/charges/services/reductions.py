"""Reductions: applied for, checked, approved by a second person; approved ones credit at once what was posted."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal
from lokum.core.base.languages import kept
from lokum.core.flow.services import request_approval
from lokum.money.charges.models import ChargeRun, Component, Reduction, ReductionType
from lokum.money.charges.reducing import of_one
from lokum.money.charges.seams import ChargeSource
from lokum.money.charges.services.month import add_up, fingerprint_of, refuse_unready, values_of
from lokum.money.charges.services.posting import lock_charging, post_draft
from lokum.money.charges.sources import insert_due_sql
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import posting

KIND = "charges.reduction"
State = Reduction.State


def _refuse(code: str, text: str, field: str = "") -> Refusal:
    return Refusal(f"reduction.{code}", text, fields={field: [text]} if field else None)


def _check_limits(kind: ReductionType, percent: Decimal | None, months: int, limit: Decimal | None) -> None:
    if not kind.active:
        raise _refuse("inactive", _("This kind of reduction is not in use."), "reduction_type")
    if percent is not None and not 0 < percent <= kind.max_percent:
        text = _("This kind allows up to %(percent)s per cent.") % {"percent": kind.max_percent.normalize()}
        raise _refuse("percent", text, "percent")
    if not 0 < months <= kind.max_months:
        text = _("This kind allows up to %(months)d months.") % {"months": kind.max_months}
        raise _refuse("months", text, "last_month")
    if kind.max_amount is not None and (limit is None or limit > kind.max_amount):
        text = _("This kind needs a limit of at most %(amount)s.") % {"amount": kind.max_amount}
        raise _refuse("limit", text, "limit_amount")


def apply_for_reduction(
    account_id: int, type_id: int, first_month: dt.date, last_month: dt.date, reason: str, *, actor: Actor,
    percent: Decimal | None = None, month_amount: Decimal | None = None, component_id: int | None = None,
    limit_amount: Decimal | None = None,
) -> Reduction:  # fmt: skip
    """Write an application down; nothing is credited before it is approved. Months are named by any of their days."""
    first, after = clock.first_of_month(first_month), clock.add_months(last_month, 1)
    months = (after.year - first.year) * 12 + after.month - first.month
    with posting(actor) as whole:
        account = Account.objects.filter(pk=account_id).first()
        kind = ReductionType.objects.filter(pk=type_id).first()
        if account is None or kind is None:
            raise Missing("reduction.missing", _("There is no such account or kind of reduction."))
        if not reason.strip():
            raise _refuse("reason", _("Say why."), "reason")
        if (percent is None) == (month_amount is None) or (month_amount is not None and component_id is None):
            text = _("Name a share up to 100 per cent, or an amount a month of one component.")
            raise _refuse("share", text, "percent")
        if (month_amount is not None and month_amount <= 0) or (limit_amount is not None and limit_amount <= 0):
            raise _refuse("amount", _("An amount is above zero."), "month_amount")
        if (
            component_id is not None
            and not Component.objects.filter(pk=component_id, entity=account.entity_id).exists()
        ):
            raise _refuse("foreign", _("The component belongs to another entity."), "component")
        _check_limits(kind, percent, months, limit_amount)
        _refuse_second(account, kind, component_id, first, after)
        made = Reduction.objects.create(
            account=account, reduction_type=kind, component_id=component_id, percent=percent, month_amount=month_amount,
            limit_amount=limit_amount, valid=(first, after), reason=reason.strip()[:250], applied_at=clock.now(),
            applied_by_id=whole.user_id,
        )  # fmt: skip
        made.refresh_from_db(fields=["valid"])
        note(made, "applied", actor=whole)
        if not kind.needs_check:
            _forward(made, whole)
        return made


def _refuse_second(
    account: Account, kind: ReductionType, component_id: int | None, first: dt.date, after: dt.date
) -> None:
    of_component = Q(component=None) if component_id is None else Q(component_id=component_id)
    same = Reduction.objects.filter(of_component, account=account, reduction_type=kind)
    if same.filter(valid__overlap=(first, after)).exclude(state=State.REFUSED).exists():
        text = _("There is a reduction of this kind for the same months already.")
        raise Refusal("reduction.twice", text, fields={"first_month": [text]}, status=409)


def _forward(reduction: Reduction, actor: Actor) -> None:
    """Ask for approval."""
    reduction.state = State.CHECKED
    reduction.save()
    share = f"{reduction.percent} %" if reduction.percent is not None else str(reduction.month_amount)
    payload = {
        "reduction": reduction.pk,
        "type": kept(reduction.reduction_type),
        "component": kept(reduction.component or ""),
        "share": share,
        "first": reduction.valid.lower.isoformat(),
        "after": reduction.valid.upper.isoformat(),
        "limit": str(reduction.limit_amount or ""),
        "reason": reduction.reason,
    }
    request_approval(
        KIND, target=reduction, payload=payload, reason=reduction.reason, actor=actor,
        node_id=reduction.account.entity.node_id, amount=reduction.limit_amount,
    )  # fmt: skip


def _locked(reduction_id: int, *states: str) -> Reduction:
    rows = Reduction.objects.select_for_update(of=("self",)).select_related(
        "account__entity", "reduction_type", "component"
    )
    found = rows.filter(pk=reduction_id).first()
    if found is None:
        raise Missing("reduction.missing", _("There is no such reduction."))
    if found.state not in states:
        text = _("The reduction is %(state)s; this step is not possible now.") % {"state": found.get_state_display()}
        raise Refusal("reduction.state", text, status=409)
    return found


def check_reduction(reduction_id: int, *, actor: Actor) -> Reduction:
    """Mark an application as looked through and ask for approval. Nobody checks an own application."""
    with posting(actor) as whole:
        found = _locked(reduction_id, State.APPLIED, State.CHECKED)
        if whole.user_id is not None and found.applied_by_id == whole.user_id:
            raise NotAllowed("reduction.own", _("Somebody else has to look at what you applied for."))
        found.checked_at, found.checked_by_id = clock.now(), whole.user_id
        note(found, "checked", actor=whole)
        _forward(found, whole)
        return found


def refuse_reduction(reduction_id: int, reason: str, *, actor: Actor) -> Reduction:
    """Turn an application down."""
    with posting(actor) as whole:
        found = _locked(reduction_id, State.APPLIED, State.CHECKED)
        if not reason.strip():
            raise _refuse("reason", _("Say why."), "reason")
        found.state, found.decided_at, found.decided_by_id = State.REFUSED, clock.now(), whole.user_id
        found.decided_by_label, found.decision_reason = whole.label[:150], reason.strip()[:250]
        found.save()
        note(found, "refused", actor=whole, reason=found.decision_reason)
        return found


def approve_reduction(reduction_id: int, *, actor: Actor) -> Reduction:
    """Performed by the approving person: from now on it credits; posted months are credited at once.

    Neither who applied nor who checked may be the one who approves.
    """
    with posting(actor) as whole:
        found = _locked(reduction_id, State.CHECKED)
        if whole.user_id is not None and whole.user_id in (found.applied_by_id, found.checked_by_id):
            raise NotAllowed("reduction.own", _("Somebody else has to approve what you applied for or checked."))
        found.state, found.decided_at, found.decided_by_id = State.APPROVED, clock.now(), whole.user_id
        found.decided_by_label = whole.label[:150]
        found.save()
        note(found, "approved", actor=whole)
        credit_posted_months(found, actor=whole)
        return found


def credit_posted_months(reduction: Reduction, *, actor: Actor) -> ChargeRun | None:
    """Credit the months of a reduction that were posted before it; None when there are none. A repeat adds nothing."""
    entity = reduction.account.entity
    month = clock.first_of_month(clock.today(entity.time_zone))
    lock_charging(entity.pk)
    run = ChargeRun.objects.create(
        entity=entity, kind=ChargeRun.Kind.CREDIT, period=month, state=ChargeRun.State.APPROVED,
        created_at=clock.now(), created_by_id=actor.user_id, approved_at=clock.now(), approved_by_id=actor.user_id,
    )  # fmt: skip
    values: dict[str, Any] = values_of(run)
    with connection.cursor() as cursor:
        cursor.execute(insert_due_sql([ChargeSource("reduction", "", of_one(reduction.pk))]), values)
    add_up(run)
    if run.line_count == 0:
        run.delete()
        return None
    refuse_unready(entity, month)
    if run.problem_count:
        raise _refuse("problems", _("The credit cannot be posted: a component of it is not valid any more."))
    run.fingerprint = fingerprint_of(run)
    return post_draft(run, actor=actor)


def shorten_reduction(reduction_id: int, last_month: dt.date, *, actor: Actor) -> Reduction:
    """End a reduction early; `last_month` is its last one. What was credited stays."""
    with posting(actor) as whole:
        found = _locked(reduction_id, State.APPROVED)
        after = clock.add_months(last_month, 1)
        if not found.valid.lower < after <= found.valid.upper:
            raise _refuse("shorten", _("The last month lies within the months of the reduction."), "last_month")
        found.valid = (found.valid.lower, after)
        found.save()
        note(found, "shortened", actor=whole, after=after.isoformat())
        return found
