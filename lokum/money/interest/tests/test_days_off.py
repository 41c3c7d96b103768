"""Interest begins behind the day on which a term really ends: by the country's calendar and its dated rules.

Poland: the statute on days off (24 December since 2025; Corpus Christi on 4 June 2026, a Thursday) and article 115 of
the civil code. Taiwan: the office calendar of 2026 (lunar new year from 14 to 22 February, 27 February instead of
Saturday the 28th) and article 122 of the civil code.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils.translation import override

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_entity, make_pack_rule
from lokum.money.interest.accrual import dues
from lokum.money.interest.calculation import Span
from lokum.money.interest.desk import InterestRegimeDesk
from lokum.money.interest.factories import make_interest_policy, make_interest_rate
from lokum.money.interest.forms import CalculatorForm
from lokum.money.interest.models import InterestLine
from lokum.money.interest.queries.notes import fact_of
from lokum.money.interest.services import compute_run, post_run, start_run
from lokum.money.interest.tests.world import owe
from lokum.money.ledger.factories import make_account
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import close_period
from lokum.money.ledger.terms import DAYS_OFF

D = dt.date
AS_OF = D(2026, 7, 31)


def indebted(pack: str, *days: dt.date):
    """A payer who owes 3,650.00 since each day, at 10 % a year: 1.00 a day."""
    account = make_account(entity=make_entity(country_pack=pack))
    known = {"recorded_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}
    make_interest_policy(entity=account.entity, regime=make_interest_rate(**known).regime, **known)
    for day in days:
        owe(account, 3650, day)
    return account


def ends(account) -> dict[dt.date, dt.date]:
    """Due day -> the day on which the term ended; the interest is that of the days behind it."""
    found = dues(account.entity, AS_OF, [account.pk])
    assert [one.computed for one in found] == [(AS_OF - one.start_on).days for one in found]
    return {one.due_on: one.start_on for one in found}


@pytest.mark.req("PLT-05", "LED-08")
@pytest.mark.parametrize(
    ("pack", "published", "rule"),
    [
        (
            "pl",
            {
                D(2024, 12, 24): D(2024, 12, 24),  # not yet a day off
                D(2025, 12, 24): D(2025, 12, 29),
                D(2025, 6, 20): D(2025, 6, 20),
                D(2026, 6, 4): D(2026, 6, 5),
                D(2026, 6, 5): D(2026, 6, 5),
            },
            (D(2026, 6, 1), {D(2026, 6, 4): D(2026, 6, 8), D(2026, 6, 5): D(2026, 6, 8)}),
        ),
        (
            "tw",
            {
                D(2025, 6, 20): D(2025, 6, 20),
                D(2026, 2, 16): D(2026, 2, 23),
                D(2026, 2, 27): D(2026, 3, 2),
                D(2026, 6, 5): D(2026, 6, 5),
            },
            (D(2026, 6, 1), {D(2026, 6, 5): D(2026, 6, 8)}),
        ),
    ],
)
def test_terms_end_behind_published_and_declared_days_off(as_system, pack, published, rule):
    """The rule declares 5 June 2026, a Friday, and a day of the year before, which stays as it was."""
    account = indebted(pack, *published)
    assert ends(account) == published
    since, moved = rule
    make_pack_rule(pack=pack, key=DAYS_OFF, valid_from=since, value=["2026-06-05", "2025-06-20"])
    assert ends(account) == published | moved
    assert ends(indebted("cn", D(2026, 6, 5))) == {D(2026, 6, 5): D(2026, 6, 5)}, "a rule of another country"


@pytest.mark.req("PLT-05", "LED-08", "LED-18")
def test_a_day_declared_later_is_made_up_for_by_the_next_run(as_system, monkeypatch):
    """Due on Friday 5 June, 25.00 to the end of June; with the day declared off the term ends on Monday: 22.00."""
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 7, 5, 12, tzinfo=dt.UTC))
    account = indebted("pl", D(2026, 6, 5))
    close_period(account.entity_id, D(2026, 6, 1), actor=as_system)
    run = compute_run(start_run(account.entity_id, D(2026, 6, 1), actor=as_system).pk, actor=as_system)
    post_run(run.pk, actor=as_system)
    assert InterestLine.objects.get().amount == Decimal("25.00")
    run = start_run(account.entity_id, D(2026, 6, 1), actor=as_system)
    compute_run(run.pk, actor=as_system)
    moment = dt.datetime(2026, 7, 6, 8, tzinfo=dt.UTC)
    make_pack_rule(key=DAYS_OFF, valid_from=D(2026, 6, 1), value=["2026-06-05"], recorded_at=moment)
    assert not [one.findings for one in prove(["I11"]) if one.count], "the note holds by what was known then"
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 7, 7, 12, tzinfo=dt.UTC))
    with pytest.raises(Refusal) as refused:
        post_run(run.pk, actor=as_system)
    assert refused.value.code == "interest_run.stale"
    compute_run(run.pk, actor=as_system)
    run = post_run(run.pk, actor=as_system)
    assert (run.correction_count, run.corrected_amount) == (1, Decimal("3.00"))
    assert not [one.findings for one in prove(["I11"]) if one.count]


@pytest.mark.req("LED-08", "PLT-05")
def test_countries_and_calculations_are_shown_in_words():
    span = Span(D(2024, 4, 11), D(2024, 6, 30), Decimal("1300.00"), Decimal("11.2500"), 36500)
    with override("pl"):
        choices = dict(CalculatorForm().fields["country"].choices)
        assert (choices["pl"], choices["tw"], choices["cn"]) == ("Polska", "Tajwan", "Chiny")
        assert InterestRegimeDesk().words["country"].text("PL") == "Polska"
        assert fact_of(span) == ("11.04.2024 – 30.06.2024", "1\xa0300,00 × 11,25 % × 81")
    with override("zh-hant"):
        assert dict(InterestRegimeDesk().words["country"].options())["TW"] == "台灣"
