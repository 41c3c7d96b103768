"""Letters about fees that are billed in cycles of several months, or in chosen months (CHG-17)."""

import datetime as dt
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base.errors import Refusal
from lokum.core.papers.services import pdf_of
from lokum.core.papers.wording import write_template
from lokum.money.charges.models import Component, ComponentAssignment
from lokum.money.charges.tests.world import make_charged_world, make_component, make_tariff
from lokum.money.documents.models import FeeChangeLetter
from lokum.money.documents.services import issue_fee_change
from lokum.money.documents.wording import billed_in_words
from lokum.money.ledger.models import Account

pytestmark = pytest.mark.usefixtures("as_system")
JULY, SINCE = dt.date(2026, 7, 1), dt.date(2020, 1, 1)


@pytest.fixture
def world(as_system: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 1, 20))
    return make_charged_world(4, actor=as_system)


def attach(component: Component, accounts: list[int], old: str | None, new: str | None, until: dt.date = JULY) -> None:
    """Priced `old` until July, `new` from then on."""
    for account in Account.objects.filter(pk__in=accounts).select_related("agreement__premises"):
        ComponentAssignment.objects.create(
            component=component, premises=account.agreement.premises, valid=(SINCE, None)
        )
    if old:
        make_tariff(component, old, valid=(SINCE, until))
    if new:
        make_tariff(component, new, JULY)


def letters(world: Any, actor: Any, effective_on: dt.date = JULY) -> dict[int, Any]:
    change = issue_fee_change(
        entity=world.entity, effective_on=effective_on, costs="dependent", reason="Resolution 7", actor=actor
    )
    found = FeeChangeLetter.objects.filter(change=change).select_related("document")
    return {one.account_id: one for one in found}


@pytest.mark.req("CHG-17")
def test_letters_tell_of_bills_that_come_every_few_months_and_reach_nobody_else(as_system: Any, world: Any) -> None:
    """Insurance of a quarter 30 to 36, billed in arrears in March, June, September and December; heat of the winter 50
    to 55; the pass of a year 120, as before. July bills none of them. The fourth payer has only the unchanged one."""
    quarter = make_component(world, "INSURE", cycle_months=3, billing="arrears", name_pl="Ubezpieczenie", position=60)
    winter = make_component(world, "HEAT", rhythm="windowed", months="12, 1,2", position=70)
    year = make_component(world, "PASS", cycle_months=12, position=80)
    attach(quarter, world.accounts[:2], "30.00", "36.00")
    attach(winter, world.accounts[1:3], "50.00", "55.00")
    attach(year, world.accounts, "120.00", "120.00")
    with pytest.raises(Refusal, match="differ"):
        letters(world, as_system, dt.date(2026, 6, 1))
    with pytest.raises(Refusal, match="differ"):
        letters(world, as_system, dt.date(2026, 9, 1))
    found = letters(world, as_system)
    assert sorted(found) == world.accounts[:3]
    letter = found[world.accounts[1]]
    assert letter.old_amount == letter.new_amount > 0, "sums are of the month, which costs what it did"
    monthly, others = letter.document.data["tables"]
    assert len(monthly["rows"]) == 8 and monthly["totals"] and not others["totals"]
    assert [[row[0], row[2], row[4], row[5]] for row in others["rows"]] == [
        ["Ubezpieczenie, co 3 miesiące: marzec, czerwiec, wrzesień, grudzień", "30,00", "36,00", "6,00"],
        ["Heat, w tych miesiącach: styczeń, luty, grudzień", "50,00", "55,00", "5,00"],
        ["Pass, raz w roku: styczeń", "120,00", "120,00", "0,00"],
    ]
    text = letter.document.data["paragraphs"][0]
    assert "Ubezpieczenie, Heat" in text and "Pass" not in text and "bez zmian" in text
    assert pdf_of(letter.document, actor=as_system).startswith(b"%PDF")


@pytest.mark.req("CHG-17")
def test_own_words_that_speak_of_the_month_alone_do_not_hide_the_other_bills(as_system: Any, world: Any) -> None:
    """Without anything monthly there is one table, no sum of a month and no amount to confirm."""
    write_template(entity=world.entity, kind="fee_change", language="pl", subject="Zmiana",
                   body="Od {effective_on}: {new}.", actor=as_system)  # fmt: skip
    ComponentAssignment.objects.filter(premises__agreements__accounts=world.accounts[0]).delete()
    attach(make_component(world, "INSURE", cycle_months=3), world.accounts[:2], "30.00", "36.00")
    found = letters(world, as_system)
    alone, both = (found[pk].document.data for pk in world.accounts[:2])
    assert [len(one["tables"]) for one in (alone, both)] == [1, 2]
    assert (alone["amount"], found[world.accounts[0]].new_amount) == (None, 0) and both["amount"]
    assert len(alone["facts"]) == 1 and len(both["facts"]) == 3
    assert all("Insure" in one["paragraphs"][1] for one in (alone, both))


@pytest.mark.req("CHG-17")
def test_a_bill_of_a_later_month_may_get_its_price_until_then(as_system: Any, world: Any) -> None:
    """July bills no heat of the winter: without a price there is nothing to tell; if July bills it, all stops."""
    winter = make_component(world, "HEAT", rhythm="windowed", months="12,1")
    attach(winter, world.accounts[:1], "50.00", None)
    with pytest.raises(Refusal, match="differ"):
        letters(world, as_system)
    Component.objects.filter(pk=winter.pk).update(months="7,12")
    with pytest.raises(Refusal) as refused:
        letters(world, as_system)
    assert refused.value.code == "fee_change.problems"
    Component.objects.filter(pk=winter.pk).update(months="12,1")
    make_tariff(winter, "55.00", dt.date(2026, 12, 1))
    assert list(letters(world, as_system, dt.date(2026, 12, 1))) == world.accounts[:1]


@pytest.mark.req("CHG-17")
def test_months_of_a_cycle_in_words() -> None:
    def words(start: dt.date | None, count: int, **over: Any) -> str:
        values = {"valid": DateRange(start, None), "rhythm": "periodic", "cycle_months": count}
        return billed_in_words(Component(**values, **over), "en")

    assert words(None, 3) == "every 3 months: January, April, July, October"
    assert words(dt.date(2026, 2, 1), 4, billing="arrears") == "every 4 months: January, May, September"
    assert words(dt.date(2026, 11, 1), 12) == "once a year: November"
    assert words(dt.date(2026, 2, 1), 5) == "every 5 months"
