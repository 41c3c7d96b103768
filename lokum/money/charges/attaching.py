"""What the buttons of attaching call: places by filter or a selection, and the words about the result."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lokum.core.access.models import User
from lokum.core.base import policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import NotAllowed
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action
from lokum.money.charges.attaching_forms import AttachToChosenForm
from lokum.money.charges.models import BulkAttachment, BulkAttachmentLine, Component, Package
from lokum.money.charges.services import Chosen, attach_many, end_components, end_packages
from lokum.property.estates.group_queries import premises_of_group
from lokum.property.estates.models import Premises
from lokum.property.estates.seams import add_premises_action
from lokum.property.occupancy.models import Agreement
from lokum.property.supply.seams import add_point_action

NAMED = 20  # places named in a sentence; the rest is on the page of the result


def _user(actor: Actor) -> User | None:
    return User.objects.get(pk=actor.user_id) if actor.user_id is not None else None


def _places(
    entity_id: int, starts_on: dt.date, actor: Actor, chosen: Chosen, codes: Sequence[Premises] = ()
) -> list[int]:
    """Open places of the entity that match and that the actor may see."""
    rows: QuerySet[Premises] = Premises.objects.filter(entities__entity_id=entity_id, closed_on__isnull=True)
    user = _user(actor)
    if user is not None:
        rows = policy.allowed(rows, user, "view")
    if chosen.estate is not None:
        rows = rows.filter(building__estate=chosen.estate)
    if chosen.building is not None:
        rows = rows.filter(building=chosen.building)
    if chosen.group is not None:
        rows = rows.filter(pk__in=premises_of_group(chosen.group.pk, starts_on).values("pk"))
    if chosen.premises_kind:
        rows = rows.filter(kind=chosen.premises_kind)
    if chosen.agreement_kind:
        running = Agreement.objects.filter(kind=chosen.agreement_kind, entity=entity_id, valid__contains=starts_on)
        rows = rows.filter(pk__in=running.exclude(premises=None).values("premises_id"))
    if codes:
        rows = rows.filter(pk__in=[one.pk for one in codes])
    elif not (chosen.premises_kind or chosen.agreement_kind == Agreement.Kind.SUPPLY or chosen.group):
        rows = rows.exclude(kind=Premises.Kind.SUPPLY_POINT)
    return list(rows.order_by().values_list("pk", flat=True).distinct())


def _attach(
    what: Component | Package, *, starts_on: dt.date, actor: Actor, ends_on: dt.date | None = None,
    codes: Sequence[Premises] = (), **by: Any,
) -> BulkAttachment:  # fmt: skip
    chosen = Chosen(one_by_one=bool(codes), **by)
    places = _places(what.entity_id, starts_on, actor, chosen, codes)
    return told(attach_many(what, places, starts_on, actor=actor, ends_on=ends_on, chosen=chosen))


def attach_component_to(pk: int, *, actor: Actor, **values: Any) -> BulkAttachment:
    """Attach a component to the places of its entity that match."""
    return _attach(Component.objects.get(pk=pk), actor=actor, **values)


def attach_package_to(pk: int, *, actor: Actor, **values: Any) -> BulkAttachment:
    """Attach a package to the places of its entity that match."""
    return _attach(Package.objects.get(pk=pk), actor=actor, **values)


def attach_to_chosen(
    pks: list[int], *, actor: Actor, starts_on: dt.date, ends_on: dt.date | None = None,
    component: Component | None = None, package: Package | None = None,
) -> BulkAttachment:  # fmt: skip
    """Attach to a selection of premises or supply points; needs the right to attach this component or package."""
    what = component or package
    assert what is not None  # the form says so
    user = _user(actor)
    if user is not None and not policy.allowed(type(what)._default_manager.filter(pk=what.pk), user, "attach").exists():
        raise NotAllowed("right.missing", _("You do not have the right to do this."))
    return told(attach_many(what, pks, starts_on, actor=actor, ends_on=ends_on))


def end_chosen(pks: list[int], *, ends_on: dt.date, actor: Actor) -> str:
    return end_components(pks, ends_on, actor=actor)


def end_chosen_packages(pks: list[int], *, ends_on: dt.date, actor: Actor) -> str:
    return end_packages(pks, ends_on, actor=actor)


def told(bulk: BulkAttachment) -> BulkAttachment:
    """The act with a sentence about it: places that got something, and those left out with the reason."""
    outcome = BulkAttachmentLine.Outcome
    gained = bulk.lines.filter(outcome=outcome.ATTACHED).values("premises").distinct().count()
    parts = [ngettext("%(count)d place attached.", "%(count)d places attached.", gained) % {"count": gained}]
    for reason in (outcome.KNOWN, outcome.PACKAGE, outcome.FOREIGN, outcome.CLOSED):
        left = bulk.lines.filter(outcome=reason).order_by("pk").values_list("premises__code", flat=True)
        codes = list(dict.fromkeys(left[: NAMED + 1]))
        if codes:
            more = " …" if len(codes) > NAMED else ""
            values = {"count": left.count(), "reason": reason.label, "codes": ", ".join(codes[:NAMED]) + more}
            parts.append(_("%(count)d skipped, %(reason)s: %(codes)s.") % values)
    bulk.told = " ".join(parts)  # type: ignore[attr-defined]
    return bulk


def result_page(bulk: BulkAttachment) -> str:
    return f"{url_of(bulk)}?tab=lines"


def install() -> None:
    """On premises and supply points: attach to a selection."""
    action = Action(
        "attach", gettext_lazy("Attach a component or package"), attach_to_chosen, icon="link", bulk=True,
        form=AttachToChosenForm, result_url=result_page,
    )  # fmt: skip
    add_premises_action(action)
    add_point_action(action)
