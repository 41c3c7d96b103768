"""Prices for every component of one code below a node (level "operator"): proposed by one, approved by another."""

from collections.abc import Collection

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal
from lokum.core.organisation.inherited import setting
from lokum.core.organisation.queries import descendants_of
from lokum.money.charges.models import Component, SharedTariff, Tariff
from lokum.money.charges.services.tariffs import SECOND_PERSON
from lokum.money.ledger.services import posting

# One tariff a component that has the code, the currency and a place below the node, and lacks the price.
SPREAD = """
INSERT INTO charges_tariff (component_id, level, title_kind, membership, price, valid, state, source, shared_id,
                            proposed_by_id, approved_by_id, approved_at, target_key, version)
SELECT c.id, 'global', s.title_kind, s.membership, s.price, s.valid, 'approved', s.source, s.id, s.proposed_by_id,
       s.approved_by_id, s.approved_at, 0, 1
FROM charges_sharedtariff s
JOIN charges_component c ON c.code = s.code
JOIN organisation_entity e ON e.id = c.entity_id AND e.currency = s.currency AND e.node_id = ANY(%(nodes)s)
WHERE s.id = %(shared)s AND (%(components)s::bigint[] IS NULL OR c.id = ANY(%(components)s::bigint[]))
  AND NOT EXISTS (SELECT FROM charges_tariff t WHERE t.shared_id = s.id AND t.component_id = c.id)
ORDER BY c.id
"""


def note_proposals(tariff_ids: Collection[int], *, actor: Actor) -> None:
    """Write down who proposed what. Called after plain edits; the database keeps currency and proposer."""
    for shared in SharedTariff.objects.filter(pk__in=tariff_ids, state="proposed"):
        note(shared, "proposed", actor=actor, price=str(shared.price))


def _locked(shared_id: int) -> SharedTariff:
    found = SharedTariff.objects.select_for_update(of=("self",)).select_related("node").filter(pk=shared_id).first()
    if found is None:
        raise Missing("tariff.missing", _("There is no such tariff."))
    if found.state != SharedTariff.State.PROPOSED:
        raise Refusal("tariff.decided", _("This tariff was decided on already."), status=409)
    return found


def _overlap_refused() -> Refusal:
    text = _("Another operator-wide price of this code is valid in this time.")
    return Refusal("tariff.overlap", text, fields={"valid": [text]})


def _end_former(shared: SharedTariff, actor: Actor) -> None:
    """An open-ended price of the same code and target that began earlier ends the day before."""
    former = SharedTariff.objects.select_for_update().filter(
        node=shared.node_id, code=shared.code, title_kind=shared.title_kind, membership=shared.membership,
        state="approved", valid__overlap=shared.valid,
    ).first()  # fmt: skip
    if former is None:
        return
    starts, began = shared.valid.lower, former.valid.lower
    if former.valid.upper is not None or starts is None or (began is not None and began >= starts):
        raise _overlap_refused()
    former.valid = (began, starts)
    former.save(update_fields=["valid"])
    Tariff.objects.filter(shared=former).update(valid=(began, starts))
    note(former, "ended", actor=actor, by=shared.pk)


def approve_shared_tariff(shared_id: int, *, actor: Actor) -> SharedTariff:
    """Approve a proposal: every component of its code below the node has the price from its first day on.

    Nobody approves an own proposal where the setting of the node asks for a second person. A price of the same code
    set at another node for the same components is refused (`tariff.overlap`).
    """
    with posting(actor) as whole:
        shared = _locked(shared_id)
        second = setting(SECOND_PERSON, shared.node_id)
        if second and whole.user_id is not None and shared.proposed_by_id == whole.user_id:
            raise NotAllowed("tariff.own_proposal", _("Somebody else has to approve what you proposed."))
        try:
            with transaction.atomic():
                _end_former(shared, whole)
                shared.state, shared.approved_by_id = SharedTariff.State.APPROVED, whole.user_id
                shared.approved_at = clock.now()
                shared.save(update_fields=["state", "approved_by_id", "approved_at"])
                count = _spread(shared, None)
        except IntegrityError as problem:
            raise _overlap_refused() from problem
        note(shared, "approved", actor=whole, price=str(shared.price), components=count)
        return shared


def refuse_shared_tariff(shared_id: int, reason: str, *, actor: Actor) -> SharedTariff:
    """Turn a proposal down."""
    with transaction.atomic():
        shared = _locked(shared_id)
        shared.state, shared.approved_by_id, shared.approved_at = "refused", actor.user_id, clock.now()
        shared.save(update_fields=["state", "approved_by_id", "approved_at"])
        note(shared, "refused", actor=actor, reason=reason)
        return shared


def _spread(shared: SharedTariff, component_ids: Collection[int] | None) -> int:
    nodes = sorted(descendants_of([shared.node_id], clock.today()) | {shared.node_id})
    chosen = None if component_ids is None else sorted(component_ids)
    with connection.cursor() as cursor:
        cursor.execute(SPREAD, {"shared": shared.pk, "nodes": nodes, "components": chosen})
        return int(cursor.rowcount)


def price_new_components(component_ids: Collection[int], *, actor: Actor) -> None:
    """Give components that came later the operator-wide prices of their code. Called after plain edits."""
    codes = set(Component.objects.filter(pk__in=component_ids).values_list("code", flat=True))
    with posting(actor):
        for shared in SharedTariff.objects.filter(code__in=codes, state="approved").order_by("pk"):
            _spread(shared, component_ids)
