"""Tariffs: proposed by one person, approved by another, never changed afterwards."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal
from lokum.core.organisation.inherited import setting
from lokum.money.charges.models import Tariff

SECOND_PERSON = "charges.tariff_second_person"
DateSpan = tuple[dt.date | None, dt.date | None]  # from, first day after the end


def _overlap(tariff: Tariff, state: str) -> Tariff | None:
    """An approved (or proposed) tariff of the same target whose time meets this one's."""
    same = Tariff.objects.filter(
        component_id=tariff.component_id,
        level=tariff.level,
        target_key=tariff.target_key,
        title_kind=tariff.title_kind,
        membership=tariff.membership,
        state=state,
        valid__overlap=tariff.valid,
    )
    return same.exclude(pk=tariff.pk).order_by("valid").first()


def _follows(tariff: Tariff, former: Tariff) -> bool:
    """Whether a proposal takes over from an open-ended price that began before it."""
    starts = tariff.valid.lower
    return former.valid.upper is None and starts is not None and (former.valid.lower or dt.date.min) < starts


def _refuse_overlap(other: Tariff) -> Refusal:
    values = {
        "price": other.price,
        "start": date_format(other.valid.lower, "SHORT_DATE_FORMAT") if other.valid.lower else "…",
        "end": date_format(other.valid.upper - dt.timedelta(days=1), "SHORT_DATE_FORMAT") if other.valid.upper else "…",
    }
    text = _("A price of %(price)s is valid from %(start)s to %(end)s for the same target.") % values
    return Refusal("tariff.overlap", text, fields={"valid": [text]}, details={"tariff": other.pk})


def check_proposals(tariff_ids: Collection[int], *, actor: Actor) -> None:
    """Refuse proposals that overlap an approved price they do not simply follow. Called after plain edits."""
    for tariff in Tariff.objects.filter(pk__in=tariff_ids, state=Tariff.State.PROPOSED):
        former = _overlap(tariff, Tariff.State.APPROVED)
        if former is not None and not _follows(tariff, former):
            raise _refuse_overlap(former)
        note(tariff, "proposed", actor=actor, price=str(tariff.price))


def propose_tariff(
    component_id: int,
    price: Decimal,
    valid: DateSpan,
    *,
    actor: Actor,
    level: str = Tariff.Level.ENTITY,
    building_id: int | None = None,
    group_id: int | None = None,
    premises_id: int | None = None,
    party_id: int | None = None,
    title_kind: str = "",
    membership: str = "",
    source: str = "",
) -> Tariff:
    """Propose a price from a day on; it counts once somebody approves it.

    A proposal may follow an open-ended price; any other overlap is refused and names the price in the way.
    """
    if price < 0:
        text = _("A price is not negative.")
        raise Refusal("tariff.negative", text, fields={"price": [text]})
    try:
        with transaction.atomic():
            tariff = Tariff.objects.create(
                component_id=component_id,
                level=level,
                building_id=building_id,
                group_id=group_id,
                premises_id=premises_id,
                party_id=party_id,
                title_kind=title_kind,
                membership=membership,
                price=price,
                valid=valid,
                source=source,
                proposed_by_id=actor.user_id,
            )
            tariff.refresh_from_db()
            former = _overlap(tariff, Tariff.State.APPROVED)
            if former is not None and not _follows(tariff, former):
                raise _refuse_overlap(former)
            note(tariff, "proposed", actor=actor, price=str(price))
            return tariff
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name == "tariff_proposed_once":
            text = _("Another proposal for the same target covers this time.")
            raise Refusal("tariff.proposed_already", text, fields={"valid": [text]}) from error
        if name == "tariff_target":
            text = _("Name exactly the target of the chosen level.")
            raise Refusal("tariff.target", text, fields={"level": [text]}) from error
        raise


def _locked(tariff_id: int) -> Tariff:
    tariff = Tariff.objects.select_for_update().filter(pk=tariff_id).first()
    if tariff is None:
        raise Missing("tariff.missing", _("There is no such tariff."))
    if tariff.state != Tariff.State.PROPOSED:
        raise Refusal("tariff.decided", _("This tariff was decided on already."), status=409)
    return tariff


def approve_tariff(tariff_id: int, *, actor: Actor) -> Tariff:
    """Approve a proposal; the open-ended price it follows ends the day before.

    Nobody approves an own proposal, unless head office decided that one person suffices there (a setting of the node).
    """
    with transaction.atomic():
        tariff = _locked(tariff_id)
        second = setting(SECOND_PERSON, tariff.component.entity.node_id)
        if second and actor.user_id is not None and tariff.proposed_by_id == actor.user_id:
            raise NotAllowed("tariff.own_proposal", _("Somebody else has to approve what you proposed."))
        former = _overlap(tariff, Tariff.State.APPROVED)
        if former is not None:
            if not _follows(tariff, former):
                raise _refuse_overlap(former)
            former.valid = (former.valid.lower, tariff.valid.lower)
            former.save(update_fields=["valid"])
            note(former, "ended", actor=actor, by=tariff.pk)
        tariff.state, tariff.approved_by_id, tariff.approved_at = Tariff.State.APPROVED, actor.user_id, clock.now()
        tariff.save(update_fields=["state", "approved_by_id", "approved_at"])
        note(tariff, "approved", actor=actor, price=str(tariff.price))
        return tariff


def refuse_tariff(tariff_id: int, reason: str, *, actor: Actor) -> Tariff:
    """Turn a proposal down."""
    with transaction.atomic():
        tariff = _locked(tariff_id)
        tariff.state, tariff.approved_by_id, tariff.approved_at = Tariff.State.REFUSED, actor.user_id, clock.now()
        tariff.save(update_fields=["state", "approved_by_id", "approved_at"])
        note(tariff, "refused", actor=actor, reason=reason)
        return tariff
