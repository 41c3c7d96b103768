"""Rule I11: sound books give no finding, also after late matches, waivers and new rates; every breach is named."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.money.charges.tests.test_proof import as_owner
from lokum.money.interest.factories import make_interest_note, make_interest_rate
from lokum.money.interest.models import InterestRegime
from lokum.money.interest.services import apply_waiver, compute_run, post_run, start_run
from lokum.money.interest.tests.world import owe, pay
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_by_rule, close_period

D = dt.date
BREACHES = {
    "a line is changed": "UPDATE interest_interestline SET amount = amount + 1",
    "a note is changed": "UPDATE interest_interestnote SET total_amount = total_amount - 1",
    "a line disappears": "DELETE FROM interest_interestline WHERE entry_id = (SELECT max(entry_id) "
    "FROM interest_interestline WHERE amount < 0)",
    "a rate is rewritten": "UPDATE interest_interestrate SET rate = 99 WHERE valid_from = '2023-10-05'",
    "a debt is made smaller": "UPDATE ledger_entry SET amount = amount / 2 WHERE kind = 'charge'",
    "a match is moved to another day": "UPDATE ledger_allocation SET value_on = value_on - 40",
}


def found() -> list[str]:
    return [str(one) for outcome in prove(["I11"]) for one in outcome.findings]


@pytest.fixture
def books(fresh_database):
    """A note, a part of its debt found paid later, a correction, and a waiver of what is left of the interest."""
    actor = system_actor("test")
    with acting(actor):
        note = make_interest_note()
        account = note.account
        pay(account, 100, D(2024, 5, 2), booked_on=clock.today())
        allocate_by_rule(account.entity_id, actor=actor)
    with acting(actor):
        run = start_run(account.entity_id, D(2024, 6, 1), actor=actor)
        compute_run(run.pk, actor=actor)
        assert post_run(run.pk, actor=actor).correction_count == 1
        apply_waiver(account.pk, amount=Decimal("2.00"), reason="goodwill", actor=actor)
    return account


@pytest.mark.req("LED-08", "LED-18")
def test_sound_books_give_no_finding(books):
    with acting(system_actor("test")):
        assert found() == []


@pytest.mark.req("LED-18")
def test_each_breach_of_interest_is_named(books):
    for name, sql in BREACHES.items():
        with as_owner(), acting(system_actor("test")):
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                for table in ("interest_interestline", "interest_interestnote", "interest_interestrate", "ledger_entry",
                              "ledger_allocation"):  # fmt: skip
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(sql)
                assert cursor.rowcount > 0, name
            assert found(), name


@pytest.mark.req("LED-08")
def test_later_knowledge_is_no_finding_but_work_for_the_next_run(books, django_db_blocker):
    """A rate entered late changes only days after it, and nothing that was booked from what was known."""
    actor = system_actor("test")
    account = books
    with acting(actor):
        make_interest_rate(regime=InterestRegime.objects.get(code="pl-statutory"), valid_from=D(2024, 6, 11), rate=20)
    with acting(actor):
        owe(account, 50, D(2024, 7, 10))
        assert found() == []
        run = start_run(account.entity_id, D(2024, 6, 1), actor=actor)
        compute_run(run.pk, actor=actor)
        run = post_run(run.pk, actor=actor)
    with acting(actor):
        # 20 days (11 to 30 June) on 200.00 at 20 % instead of 11.25 %: 0.96 more.
        assert (run.total_amount, run.correction_count) == (Decimal("0.96"), 0)
        assert found() == []


@pytest.mark.req("LED-09")
def test_a_closed_month_of_accrual_equals_its_note(books):
    """The figure a page shows for a day equals what a note of that day books."""
    from lokum.money.interest.queries import accrued_of

    actor, account = system_actor("test"), books
    with acting(actor):
        shown = accrued_of([account], D(2024, 7, 31))[account.pk].amount
        close_period(account.entity_id, D(2024, 7, 1), actor=actor)
        run = start_run(account.entity_id, D(2024, 7, 1), actor=actor)
        compute_run(run.pk, actor=actor)
        assert post_run(run.pk, actor=actor).total_amount == shown > 0
        assert accrued_of([account], D(2024, 7, 31))[account.pk].amount == 0
