"""Due dates: a fixed day or days after the first of the month, moved past days off; the run keeps the preview."""

import datetime as dt

import pytest

from lokum.core.organisation.factories import make_entity, make_pack_rule
from lokum.core.organisation.models import NodeSetting
from lokum.money.charges import due_dates
from lokum.money.charges.due_dates import AFTER, MOVES, preview, rule_of
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import Account
from lokum.money.ledger.terms import DAYS_OFF
from lokum.property.occupancy.models import Agreement

MARCH = dt.date(2026, 3, 1)


@pytest.mark.req("CHG-15")
def test_the_run_keeps_the_dates_of_the_preview(as_system, monkeypatch):
    monkeypatch.setattr(due_dates.clock, "today", lambda zone="": dt.date(2026, 3, 17))
    world = make_charged_world(2, actor=as_system)
    Agreement.objects.filter(pk=world.agreements[1]).update(due_day=21)

    def seen(index: int) -> list[dt.date]:
        account = Account.objects.select_related("entity", "agreement").get(pk=world.accounts[index])
        return [one.due_on for one in preview(account)]

    # 10 May 2026 is a Sunday, 10 October a Saturday; 15 August a holiday; 21 March a Saturday.
    fixed = seen(0)
    assert len(fixed) == 12 and fixed[0] == dt.date(2026, 3, 10) and fixed[2] == dt.date(2026, 5, 11)
    assert fixed[7] == dt.date(2026, 10, 12)
    assert seen(1)[0] == dt.date(2026, 3, 23)
    NodeSetting.objects.create(node=world.entity.node, code=AFTER, value="14")
    assert (seen(0)[0], seen(0)[1], seen(1)[0]) == (dt.date(2026, 3, 16), dt.date(2026, 4, 15), dt.date(2026, 3, 23))
    run = posted_run(world, MARCH, actor=as_system)
    posted = dict(run.notices.values_list("account_id", "due_on"))
    assert posted == {pk: seen(index)[0] for index, pk in enumerate(world.accounts)}
    NodeSetting.objects.create(node=world.entity.node, code=MOVES, value="0")
    assert (seen(0)[0], seen(1)[0]) == (dt.date(2026, 3, 15), dt.date(2026, 3, 21))
    assert rule_of(world.entity).date(dt.date(2026, 8, 1)) == dt.date(2026, 8, 15)


@pytest.mark.req("PLT-05", "CHG-15")
def test_a_declared_day_off_moves_the_dates_from_its_rule_on(as_system):
    entity = make_entity(country_pack="pl", due_day=10)
    before = rule_of(entity).date(dt.date(2026, 12, 1))
    # 10 and 11 December 2026 are a Thursday and a Friday; then comes the weekend.
    make_pack_rule(key=DAYS_OFF, valid_from=dt.date(2026, 12, 1), value=["2026-12-10", "2026-12-11", "2026-11-10"])
    after = rule_of(entity)
    assert (before, after.date(dt.date(2026, 12, 1))) == (dt.date(2026, 12, 10), dt.date(2026, 12, 14))
    assert after.date(dt.date(2026, 11, 1)) == dt.date(2026, 11, 10), "a day before the rule stays as it was"
