"""The calendar: what is due today is ordered once, under a key that holds the day."""

import datetime as dt
from zoneinfo import ZoneInfo

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.jobs.registry import Daily, calendar, kinds
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity


def order_due(now: dt.datetime | None = None) -> int:
    """Order every calendar entry whose time of day has come. Safe to call at any rhythm, by any process."""
    moment = now or clock.now()
    ordered = 0
    with acting(system_actor("calendar")) as actor:
        for entry in calendar:
            for entity_id, zone in _places(entry):
                local = moment.astimezone(ZoneInfo(zone))
                if local.time() < entry.at:
                    continue
                arguments = {"entity_id": entity_id} if entity_id else {}
                key = f"{entry.kind}:{entity_id or 'all'}:{local.date()}"
                order_job(entry.kind, key=key, title=kinds[entry.kind].title, arguments=arguments, actor=actor)
                ordered += 1
    return ordered


def _places(entry: Daily) -> list[tuple[int | None, str]]:
    if not entry.per_entity:
        return [(None, entry.time_zone)]
    return list(Entity.objects.filter(closed_on=None).values_list("pk", "time_zone"))
