"""Appointing a deputy for approvals: proposed by one person, approved by another, for a time, and ended early."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.models import User
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, register_kind
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal
from lokum.core.flow.models import Deputy
from lokum.core.flow.queries import needs_approval
from lokum.core.flow.services import request_approval

KIND = "flow.deputy"
LONGEST = 366


def _field(code: str, name: str, text: str) -> Refusal:
    return Refusal(code, text, fields={name: [text]})


def _check(principal: User, deputy: User, starts_on: dt.date, ends_on: dt.date) -> None:
    """Refuse what can never be carried out."""
    for name, person in (("principal", principal), ("deputy", deputy)):
        if not person.is_staff_user or not person.is_active:
            raise _field("deputy.staff", name, _("Only members of staff who may sign in stand in for each other."))
    if principal.pk == deputy.pk:
        raise _field("deputy.same", "deputy", _("Nobody is the own deputy."))
    if ends_on < starts_on:
        raise _field("deputy.days", "ends_on", _("The last day lies before the first one."))
    if ends_on < clock.today():
        raise _field("deputy.past", "ends_on", _("The last day has passed."))
    if (ends_on - starts_on).days > LONGEST:
        raise _field("deputy.long", "ends_on", _("For a year at most; give lasting rights with a role."))
    rows = Deputy.objects.filter(principal=principal, deputy=deputy, starts_on__lte=ends_on, ends_on__gte=starts_on)
    if (known := rows.first()) is not None:
        days = {
            "first": date_format(known.starts_on, "SHORT_DATE_FORMAT"),
            "last": date_format(known.ends_on, "SHORT_DATE_FORMAT"),
        }
        text = _("This person is the deputy already, from %(first)s to %(last)s.") % days
        raise Refusal("deputy.twice", text, fields={"deputy": [text]}, status=409)


def _not_by_own_hand(deputy_id: int, actor: Actor) -> None:
    if actor.user_id == deputy_id:
        raise NotAllowed("deputy.own", _("Nobody makes oneself a deputy; somebody else has to."))


@transaction.atomic
def appoint_deputy(
    *, principal: User, deputy: User, starts_on: dt.date, ends_on: dt.date, reason: str, actor: Actor
) -> Any:
    """Propose that `deputy` decides approvals in the place of `principal` from one day to another.

    Carried out at once where one person suffices (nobody else could approve, or the operator switched it off).
    """
    _not_by_own_hand(deputy.pk, actor)
    _check(principal, deputy, starts_on, ends_on)
    payload = {
        "principal": principal.pk, "principal_name": str(principal), "deputy": deputy.pk, "deputy_name": str(deputy),
        "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat(), "reason": reason.strip()[:500],
    }  # fmt: skip
    if needs_approval(KIND, actor=actor):
        return request_approval(KIND, target=deputy, payload=payload, reason=reason, actor=actor)
    return _carry_out(payload, actor)


def appoint_own_deputy(*, deputy: User, starts_on: dt.date, ends_on: dt.date, reason: str, actor: Actor) -> Any:
    """The same in the own place."""
    if actor.user_id is None:
        raise NotAllowed("approval.no_person", _("A person has to decide on this."))
    principal = User.objects.get(pk=actor.user_id)
    return appoint_deputy(
        principal=principal, deputy=deputy, starts_on=starts_on, ends_on=ends_on, reason=reason, actor=actor
    )


def _carry_out(payload: Any, actor: Actor) -> Deputy:
    _not_by_own_hand(payload["deputy"], actor)
    people = User.objects.in_bulk([payload["principal"], payload["deputy"]])
    principal, deputy = people[payload["principal"]], people[payload["deputy"]]
    first, last = (dt.date.fromisoformat(payload[name]) for name in ("starts_on", "ends_on"))
    _check(principal, deputy, first, last)
    made = Deputy.objects.create(
        principal=principal, deputy=deputy, starts_on=first, ends_on=last, reason=payload["reason"]
    )
    note(made, "appointed", actor=actor)
    return made


@transaction.atomic
def end_deputy(pk: int, *, actor: Actor) -> Deputy:
    """End it with yesterday; one that has not begun is taken away before its first day."""
    found = Deputy.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise Missing("deputy.missing", _("There is no such deputy."))
    today = clock.today()
    if found.ends_on < today:
        raise Refusal("deputy.ended", _("This ended already."), status=409)
    note(found, "ended", actor=actor)
    if found.starts_on >= today:
        found.delete()
        return found
    found.ends_on, found.version = today - dt.timedelta(days=1), found.version + 1
    found.save(update_fields=["ends_on", "version"])
    return found


def _perform(request: Any, actor: Actor) -> Any:
    return _carry_out(request.payload, actor)


def _describe(request: Any) -> list[Change]:
    told = request.payload
    first, last = (dt.date.fromisoformat(told[name]) for name in ("starts_on", "ends_on"))
    return [
        Change(_("In the place of"), "", told["principal_name"]),
        Change(_("Deputy"), "", told["deputy_name"]),
        Change(_("From"), "", first),
        Change(_("To"), "", last),
    ]


def install() -> None:
    register_kind(
        ApprovalKind(
            KIND, gettext_lazy("Deputy for approvals"), "flow.deputy:approve", _perform, _describe, always=False
        )
    )
