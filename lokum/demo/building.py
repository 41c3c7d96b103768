"""Makes the whole demonstration, step by step, and throws it away again."""

import time
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection, connections

from lokum.core.access.models import User
from lokum.core.annex.services import add_comment
from lokum.core.audit.models import AuditNote
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.models import Entity
from lokum.demo.allowances import grant_some_allowances
from lokum.demo.deposits import do_deposits
from lokum.demo.desk_work import do_desk_work, staff
from lokum.demo.fees import tell_of_new_fees
from lokum.demo.invoices import issue_some_invoices
from lokum.demo.money import clear_most, keep_books
from lokum.demo.organisation import build_organisation
from lokum.demo.plan import MONTHS, plan_houses
from lokum.demo.portfolios import build_portfolios
from lokum.demo.prices import COMMUNITY, COOPERATIVE
from lokum.demo.pricing import price_components
from lokum.demo.property import Placed, build_houses, build_people, change_facts, open_holdings
from lokum.demo.refunds import give_back
from lokum.demo.registers import keep_registers
from lokum.demo.reshaping import reshape_premises
from lokum.demo.several_payers import share_charges
from lokum.demo.sign_ins import make_users
from lokum.demo.statistics import refresh_statistics
from lokum.demo.supply import build_supply
from lokum.money.charges.services import compute_run
from lokum.money.rehearsals.services import rehearse

Tell = Callable[[str], None]
BEGUN, DONE = "demo begun", "demo made"


def is_empty() -> bool:
    """Nobody works here yet: no entity and no user."""
    with acting(system_actor("demo")):
        return not Entity.objects.exists() and not User.objects.exists()


def state() -> str:
    """'' = no demonstration here, BEGUN = it was broken off, DONE."""
    with acting(system_actor("demo")):
        verbs = set(AuditNote.objects.filter(verb__in=(BEGUN, DONE)).values_list("verb", flat=True))
    return DONE if DONE in verbs else BEGUN if verbs else ""


def build(size: int, tell: Tell) -> None:
    """Make a cooperative of `size` premises with two years of books up to today, and say what it takes."""
    actor = system_actor("demo")
    today = clock.today()
    first_month = clock.add_months(today, 1 - MONTHS)
    began = time.monotonic()

    def step(text: str) -> None:
        tell(f"{time.monotonic() - began:6.1f} s  {text}")

    houses = plan_houses(size)
    with acting(actor):
        organisation = build_organisation(houses, actor=actor)
        note(organisation.company, BEGUN, actor=actor, size=size, today=today.isoformat())
        placed = build_houses(houses, organisation)
        parties = build_people(houses, organisation)
    refresh_statistics()
    step(f"{len(placed)} premises, {len(parties)} people")
    with acting(actor):
        open_holdings(placed, parties, first_month, actor=actor)
        change_facts(placed, first_month, actor=actor)
        cooperative, community = organisation.books
        price_components(cooperative, COOPERATIVE, placed, first_month, actor=actor)
        price_components(community, COMMUNITY, placed, first_month, actor=actor)
        build_supply(cooperative, first_month, today, actor=actor)
    refresh_statistics()
    step("titles, accounts, prices")
    for number, books in enumerate(organisation.books):
        keep_books(books, first_month, today, actor=actor, tell=step)
        if number == 0:
            refresh_statistics()
    build_portfolios(organisation.company, today, actor=actor)
    step("a municipal house, a community in Taiwan, one in China")
    clear_most(today, actor=actor)
    with acting(actor):
        make_users(organisation, actor=actor)
        _remarks(placed)
    do_desk_work(cooperative, today, actor=actor)
    do_deposits(today, actor=actor)
    share_charges(cooperative.entity, today, actor=actor)
    give_back(cooperative, today, actor=actor)
    keep_registers(cooperative.entity, today, actor=actor)
    issue_some_invoices(cooperative.entity, today)
    with acting(actor):
        reshape_premises(cooperative.entity, community.entity, today, actor=actor)
    grant_some_allowances(cooperative.entity, today)
    tell_of_new_fees(cooperative, today)
    for books in organisation.books:
        compute_run(books.entity.pk, clock.add_months(first_month, MONTHS), actor=actor)
    with acting(actor):
        accountant = staff("ksiegowa")
    rehearse(cooperative.entity.pk, clock.add_months(first_month, MONTHS), actor=accountant)
    step("what staff have on their desks, a draft and a rehearsal of the coming month")
    with acting(actor):
        note(organisation.company, DONE, actor=actor, size=size, today=today.isoformat())
    refresh_statistics()
    step("done")


def _remarks(placed: Placed) -> None:
    """A few remarks of staff, so that the tab is not empty."""
    texts = ("Klucz do piwnicy u dozorcy.", "Prosi o kontakt po 17:00.", "Wodomierz do wymiany w przyszłym roku.")
    for number, text in enumerate(texts):
        _house, _unit, premises = placed[(number * 37 + 5) % len(placed)]
        add_comment(premises, text, actor=system_actor("Karol Kierownik"))


def destroy() -> None:
    """Drop everything in the database and make the schema anew. The caller has made sure it is a demonstration."""
    connection.close()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP OWNED BY CURRENT_USER CASCADE")
    connections["owner"].close()
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    connections["owner"].close()
