"""The calculator counts in the currency of the regime, and refuses what no debt and no calendar knows."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import override

from lokum.core.access.factories import make_grant, make_user
from lokum.core.organisation.factories import make_entity
from lokum.money.interest.factories import make_interest_rate, make_interest_regime
from lokum.money.interest.pages import rates_over_time

pytestmark = [pytest.mark.database, pytest.mark.req("LED-08")]


@pytest.fixture
def client(db: None) -> Client:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def regime(db: None):
    regime = make_interest_regime(country="TW")
    make_interest_rate(regime=regime, valid_from=dt.date(2020, 1, 1), rate=10)
    return regime


def asked(client: Client, regime, **over: str):
    values = {"regime": regime.pk, "principal": "20000", "due_on": "2026-01-31", "as_of": "2026-03-02"} | over
    return client.get(reverse("interest:calculator"), values)


def test_dollars_are_whole_as_the_country_of_the_regime_counts(client: Client, regime) -> None:
    """20,000 x 10 x 30 / 36,500 = 164.38: 164 New Taiwan dollars; in zloty, when asked for, 164.38."""
    make_entity(currency="PLN")
    answer = asked(client, regime)
    assert (answer.context["sheet"].amount, answer.context["currency"]) == (164, "TWD")
    page = answer.content.decode()
    assert "NT$164<" in page and "20,000<" in page and "164.00" not in page
    assert str(asked(client, regime, currency="PLN").context["sheet"].amount) == "164.38"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("principal", {"principal": "0.50"}),
        ("principal", {"principal": "0"}),
        ("principal", {"principal": "-5"}),
        ("principal", {"principal": "1e40"}),
        ("principal", {"principal": "NaN"}),
        ("parts", {"parts": "2026-02-10 100.50"}),
        ("parts", {"parts": "2026-02-10 20001"}),
        ("parts", {"parts": "yesterday 5"}),
        ("due_on", {"due_on": "0001-01-01", "due_day_counts": "on"}),
        ("as_of", {"as_of": "9999-12-31", "country": "pl"}),
        ("currency", {"currency": "XXX"}),
    ],
)
def test_bad_input_is_refused_at_its_field(client: Client, regime, field: str, values: dict[str, str]) -> None:
    answer = asked(client, regime, **values)
    assert answer.status_code == 200 and "sheet" not in answer.context
    assert field in answer.context["form"].errors, answer.context["form"].errors


def test_a_day_before_the_table_is_named(client: Client, regime) -> None:
    assert "2020-01-01" in asked(client, regime, due_on="2019-12-01").context["problem"]


def test_months_of_the_chart_are_written_as_the_reader_does(regime) -> None:
    with override("pl"):
        labels = rates_over_time(str(regime.pk))["chart"]["labels"]
        assert labels[0] == date_format(dt.date(2020, 1, 1), "YEAR_MONTH_FORMAT") == "Styczeń 2020"
    with override("zh-hant"):
        assert rates_over_time(str(regime.pk))["chart"]["labels"][0] == "2020年1月"
