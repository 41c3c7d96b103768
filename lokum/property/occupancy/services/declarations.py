"""Declarations of persons and advance norms: taken in within limits, decided on, and made dated facts."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting, system_actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.inherited import register_setting, setting
from lokum.property.estates.models import Premises, PremisesFact
from lokum.property.estates.services import FactRow, fact_error, record_facts, refuse_supply_points
from lokum.property.occupancy import seams
from lokum.property.occupancy.models import Declaration
from lokum.property.occupancy.services.households import guard_persons

AT_ONCE = "occupancy.usual_declarations_at_once"


def install() -> None:
    register_setting(
        AT_ONCE,
        gettext_lazy("Declarations within the usual limits count at once"),
        "yesno",
        False,
        dated=True,
        help=gettext_lazy("No: somebody decides on every declaration."),
    )


def declare(
    premises_pk: int,
    kind: str,
    value: Decimal,
    valid_from: dt.date,
    *,
    actor: Actor,
    party_pk: int | None = None,
    text: str = "",
) -> Declaration:
    """Take in what somebody declares for premises; it counts once it is accepted.

    An impossible value is refused, an unusual one keeps why it is (`remarks`) and waits for a decision. A usual one
    waits too, unless the operator lets such declarations count at once. A number of persons is not declared where
    a residence register is kept; a second declaration waits until the first is decided on.
    """
    with acting(actor):
        premises = Premises.objects.select_related("building__estate").filter(pk=premises_pk).first()
        if premises is None:
            raise Missing("premises.missing", _("There are no such premises."))
        refuse_supply_points([premises_pk])
        row = FactRow(premises_pk, kind, value, valid_from, None, "-")
        wrong = fact_error(row) or guard_persons([row])
        if kind not in Declaration.Kind.values:
            said = _("This is not declared.")
            wrong = Refusal("declaration.kind", said, fields={"kind": [said]})
        if wrong is None and Declaration.objects.filter(premises=premises_pk, kind=kind, state="submitted").exists():
            said = _("A declaration is waiting for a decision already.")
            wrong = Refusal("declaration.waiting", said, fields={"value": [said]}, status=409)
        if wrong is not None:
            raise wrong
        remarks = judge_declaration(premises_pk, kind, value, valid_from)
        made = Declaration.objects.create(
            premises_id=premises_pk,
            kind=kind,
            value=value,
            valid_from=valid_from,
            party_id=party_pk,
            note=text[:200],
            declared_at=clock.now(),
            remarks=[{"code": one.code, "details": dict(one.details)} for one in remarks],
        )
        if not remarks and setting(AT_ONCE, premises.building.estate.node_id, valid_from):
            made = accept_declaration(made.pk, actor=system_actor("limits of declarations"))
        return made


def judge_declaration(premises_pk: int, kind: str, value: Decimal, valid_from: dt.date) -> Sequence[seams.Remark]:
    """Why a value is unusual, by the limits of the layers above; raises Refusal for an impossible one."""
    found = remarks_on_value(premises_pk, kind, value, valid_from)
    impossible = [seams.remark_text(one.code, one.details) for one in found if one.impossible]
    if impossible:
        raise Refusal("declaration.impossible", impossible[0], fields={"value": list(dict.fromkeys(impossible))})
    return found


def remarks_on_value(premises_pk: int, kind: str, value: Decimal, valid_from: dt.date) -> list[seams.Remark]:
    """What the limits say about a value that is declared, or only tried.

    Limits look at areas, prices and settings that the person who declares need not see; therefore the system reads.
    """
    with acting(system_actor("limits of declarations")):
        return [one for check in seams.declaration_checks for one in check(premises_pk, kind, value, valid_from)]


def accept_declaration(declaration_pk: int, *, actor: Actor) -> Declaration:
    """The declared value becomes the dated fact, with the declaration as its source.

    Limits are asked again: what became impossible since it was declared is refused.
    """
    with acting(actor):
        row = _decide(declaration_pk, Declaration.State.ACCEPTED, "", actor)
        judge_declaration(row.premises_id, row.kind, row.value, row.valid_from)
        source = _("Declaration %(number)s of %(day)s") % {
            "number": row.pk,
            "day": date_format(row.declared_at, "SHORT_DATE_FORMAT"),
        }
        record_facts([FactRow(row.premises_id, row.kind, row.value, row.valid_from, None, source)], actor=actor)
        row.fact = PremisesFact.objects.filter(
            premises=row.premises_id, kind=row.kind, valid__startswith=row.valid_from, recorded__endswith=None,
            source=source,
        ).first()  # fmt: skip
        row.save(update_fields=["fact"])
        return row


def refuse_declaration(declaration_pk: int, *, actor: Actor, reason: str) -> Declaration:
    """Turn a declaration down; the fact stays as it was."""
    with acting(actor):
        return _decide(declaration_pk, Declaration.State.REFUSED, reason, actor)


def _decide(declaration_pk: int, state: str, reason: str, actor: Actor) -> Declaration:
    row = Declaration.objects.select_for_update(of=("self",)).filter(pk=declaration_pk).first()
    if row is None:
        raise Missing("declaration.missing", _("There is no such declaration."))
    if row.state != Declaration.State.SUBMITTED:
        raise Refusal("declaration.decided", _("This declaration was decided on already."), status=409)
    row.state, row.reason, row.decided_at, row.decided_by_id = state, reason, clock.now(), actor.user_id
    row.version += 1
    row.save()
    note(row, str(state), actor=actor, reason=reason)
    return row
