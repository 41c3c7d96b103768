"""Supply points: what they cannot have, and to whose books new places belong."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Entity
from lokum.property.estates.models import Premises, PremisesEntity


def refuse_supply_points(premises_pks: Collection[int]) -> None:
    """Titles, households, states of use and shares belong to premises proper; raises Refusal naming the first point."""
    points = Premises.objects.filter(pk__in=list(premises_pks), kind=Premises.Kind.SUPPLY_POINT)
    code = points.values_list("code", flat=True).first()
    if code is not None:
        text = _("%(code)s is a supply point: it has agreements, but no title, household, state of use or share.") % {
            "code": code
        }
        raise Refusal("premises.is_supply_point", text, fields={"premises": [text]})


def give_to_own_entity(records: Sequence[Premises]) -> None:
    """New places belong to the one entity of their office; with several, somebody must say which."""
    nodes = {record.building.estate.node_id for record in records}
    by_node: dict[int, list[int]] = {}
    for pk, node_id in Entity.objects.filter(node__in=nodes, closed_on=None).values_list("pk", "node_id"):
        by_node.setdefault(node_id, []).append(pk)
    PremisesEntity.objects.bulk_create(
        [
            PremisesEntity(
                premises_id=record.pk,
                entity_id=by_node[record.building.estate.node_id][0],
                valid=(record.opened_on or dt.date(1900, 1, 1), None),
            )
            for record in records
            if len(by_node.get(record.building.estate.node_id, [])) == 1
        ],
        batch_size=5000,
    )
