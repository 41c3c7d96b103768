"""Shares of an entity as exact fractions: the missing or surplus fraction is told."""

import datetime as dt
from fractions import Fraction

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.organisation.factories import make_entity
from lokum.property.estates.factories import make_premises
from lokum.property.estates.models import FactChange
from lokum.property.estates.services import set_share
from lokum.property.estates.share_sums import share_sums, wrong_sums

JAN, MAR = dt.date(2026, 1, 1), dt.date(2026, 3, 1)


@pytest.mark.req("REG-06")
def test_sums_are_exact_and_dated_and_the_page_tells_what_is_missing(as_system):
    entity = make_entity()
    flats = [make_premises(entity=entity) for _ in range(3)]
    for flat in flats:
        set_share(flat.pk, 1, 3, JAN, actor=as_system)
    assert [one.total for one in share_sums(entity.pk, JAN)] == [Fraction(1)] and wrong_sums(entity.pk, JAN) == []
    set_share(flats[0].pk, 2, 7, MAR, actor=as_system)
    set_share(flats[0].pk, 1, 2, JAN, actor=as_system, kind="cost_share")
    set_share(flats[1].pk, 51, 100, JAN, actor=as_system, kind="cost_share")
    set_share(flats[1].pk, 13, 25, MAR, actor=as_system, kind="cost_share")
    assert [(one.kind, one.difference) for one in wrong_sums(entity.pk, MAR)] == [
        ("share", Fraction(1, 21)), ("cost_share", Fraction(-1, 50)),
    ]  # fmt: skip
    assert wrong_sums(entity.pk, dt.date(2026, 2, 28))[0].difference == Fraction(-1, 100)
    kinds = set(FactChange.objects.values_list("kind", "old_value", "new_value"))
    assert kinds == {("share", "1/3", "2/7"), ("cost_share", "51/100", "13/25")}
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    page = client.get(f"/office/organisation/entity/{entity.pk}/", {"tab": "shares"}).content.decode()
    assert "1/21 missing" in page and "1/50 too much" in page
