"""Makes the set once: the demonstration's houses, people and prices, ten years of books, people who sign in."""

import dataclasses
import datetime as dt
import time

from django.db import connections, transaction

from bench.reference.history import REAL_MONTHS, write_histories
from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.demo.money import clear_most, note_interest
from lokum.demo.organisation import build_organisation
from lokum.demo.plan import House, plan_houses
from lokum.demo.prices import COMMUNITY, COOPERATIVE
from lokum.demo.pricing import price_components
from lokum.demo.property import SINCE, build_houses, build_people, change_facts, open_holdings
from lokum.demo.sign_ins import make_users
from lokum.demo.statistics import refresh_statistics
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import close_period
from lokum.property.parties.models import Party

ACTOR = system_actor("bench")
RESIDENTS = 200
INTEREST_MONTHS = 12  # interest is due on debts of the last year


def make_set(size: int, years: int) -> None:
    """Fill an empty database. Takes about a quarter of an hour for 20,000 premises and ten years on two free cores."""
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - began:8.1f} s  {text}", flush=True)

    first_month = clock.add_months(clock.today(), 1 - 12 * years)
    houses = _older(plan_houses(size), first_month)
    with acting(ACTOR):
        organisation = build_organisation(houses, actor=ACTOR)
        placed = build_houses(houses, organisation)
        parties = build_people(houses, organisation)
    refresh_statistics()
    tell(f"{len(placed)} premises, {len(parties)} people")
    with acting(ACTOR):
        open_holdings(placed, parties, first_month, actor=ACTOR)
        change_facts(placed, first_month, actor=ACTOR)
        cooperative, community = organisation.books
        price_components(cooperative, COOPERATIVE, placed, first_month, actor=ACTOR)
        price_components(community, COMMUNITY, placed, first_month, actor=ACTOR)
    refresh_statistics()
    tell("titles, accounts, prices")
    write_histories(organisation.books, first_month, 12 * years, actor=ACTOR, tell=tell)
    clear_most(clock.today(), actor=ACTOR)
    for books in organisation.books:
        closed = 12 * years - REAL_MONTHS
        with acting(ACTOR):
            for number in range(closed):
                close_period(books.entity.pk, clock.add_months(first_month, number), actor=ACTOR)
        last = clock.add_months(first_month, closed - 1)
        since = clock.add_months(last, 1 - INTEREST_MONTHS)
        note_interest(books.entity, "pl-statutory", last, ACTOR, since=since)
        tell(f"{books.entity.short_name}: months closed, interest noted")
    with acting(ACTOR):
        make_users(organisation, actor=ACTOR)
        _sign_in_residents()
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    tell("done")


def _older(houses: list[House], first_month: dt.date) -> list[House]:
    """The plan's titles are older than two years of books; here they are older than all of them."""
    for house in houses:
        for unit in house.units:
            unit.holdings = [
                dataclasses.replace(one, since=max(SINCE, one.since.replace(year=one.since.year - 12)))
                if one.since and one.since >= first_month
                else one
                for one in unit.holdings
            ]
    return houses


def _sign_in_residents() -> None:
    """A few hundred payers who have a user; none signs in by password here."""
    wanted = Account.objects.order_by("agreement__code").values_list("payer_id", flat=True)
    keys = list(dict.fromkeys(wanted))
    step = max(1, len(keys) // RESIDENTS)
    with transaction.atomic():
        for party in Party.objects.filter(pk__in=keys[::step], user=None, kind=Party.Kind.PERSON):
            party.user = User.objects.create(
                username=f"p{party.pk}",
                email=f"p{party.pk}@example.org",
                display_name=f"{party.first_name} {party.last_name}",
                user_class=User.UserClass.RESIDENT,
                password="!",
                password_changed_at=clock.now(),
            )
            party.save(update_fields=["user"])
