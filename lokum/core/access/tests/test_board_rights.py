"""Members of the board: what rests on a mandate ends with it, on the next day and in the next request."""

import datetime as dt

import pytest
from django.test import Client

from lokum.core.access import scopes
from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.organisation.factories import make_entity, make_mandate

LAST = dt.date(2026, 6, 30)


@pytest.mark.req("REG-14")
def test_an_ended_mandate_closes_the_board_rights_next_day(as_system: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = make_entity()
    mandate = make_mandate(entity=entity, starts_on=dt.date(2024, 7, 1), ends_on=LAST)
    member = make_user()
    make_grant(member, ["organisation.entity:view"], mandate=mandate)
    client = Client()
    client.force_login(member)
    address = f"/office/organisation/entity/{entity.pk}/"
    for day, status in ((dt.date(2024, 6, 30), 403), (dt.date(2024, 7, 1), 200), (LAST, 200),
                        (LAST + dt.timedelta(days=1), 403)):  # fmt: skip
        monkeypatch.setattr(scopes, "operator_today", lambda day=day: day)
        assert client.get(address).status_code == status, day
        assert client.get(f"{address}legal/").status_code == status, day
