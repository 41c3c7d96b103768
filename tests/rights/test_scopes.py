"""The same subset in lists, counts and raw SQL, for every kind of scope; and nothing more without the filter."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.models import User
from lokum.core.access.reach import reach_of
from lokum.core.base.context import Actor, acting
from lokum.core.base.policy import allowed
from lokum.money.ledger.models import Account, AccountBalance
from lokum.property.estates.factories import make_building, make_premises
from lokum.property.estates.models import Building, Estate, Premises
from lokum.property.occupancy.factories import make_title
from lokum.property.occupancy.models import Agreement, Title, TitleHolder
from lokum.property.parties.factories import make_party
from lokum.property.parties.models import Party, PartyContact
from tests.rights.world import World, make_world

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("as_system")]
MODELS = (Premises, Title, TitleHolder, Agreement, Account, Party)
ALL = {"XA1", "XA2", "XB1", "YA1"}


@pytest.fixture
def world() -> World:
    return make_world()


def scope_of(world: World, name: str) -> dict[str, Iterable[int]]:
    one = world.places["XA1"]
    return {
        "top": {"node": [world.top.pk]},
        "company": {"node": [one.node.pk]},
        "estate": {"estate": [one.estate.pk]},
        "building": {"building": [one.building.pk]},
        "entrance": {"entrance": [one.entrance.pk]},
        "two": {"building": [one.building.pk, world.places["YA1"].building.pk]},
    }[name]


SCOPES = [
    ("top", ALL),
    ("company", {"XA1", "XA2", "XB1"}),
    ("estate", {"XA1", "XA2"}),
    ("building", {"XA1"}),
    ("two", {"XA1", "YA1"}),
]


def marks(rows: Iterable[Any]) -> set[str]:
    """Marks of the places the rows belong to."""
    found = set()
    for row in rows:
        for name in ("code", "number"):
            if isinstance(row, (Premises, Agreement, Account, Party)) and name == "code":
                found.add(row.code[1:])
        if isinstance(row, Title):
            found.add(row.premises.code[1:])
        if isinstance(row, TitleHolder):
            found.add(row.party.code[1:])
    return found


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize(("name", "expected"), SCOPES)
def test_a_scope_reaches_its_rows_and_no_others(world: World, name: str, expected: set[str]) -> None:
    user = make_user()
    make_grant(user, ["*:view"], scope_of(world, name))
    for model in MODELS:
        rows = allowed(model.objects.all(), user, "view")
        assert marks(rows) == expected, model
        assert rows.count() == len(expected), model


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize(("name", "expected"), SCOPES)
def test_row_policies_alone_show_no_foreign_row(world: World, name: str, expected: set[str]) -> None:
    user = make_user()
    make_grant(user, ["*:view"], scope_of(world, name))
    with acting(Actor(user_id=user.pk, label="", reach=reach_of(user))):
        for model in (*MODELS, AccountBalance, PartyContact):
            assert model.objects.count() == len(expected), model
        for model in MODELS:
            assert marks(model.objects.all()) == expected, model
        # A write past the reach is refused by the database too.
        foreign = Premises.objects.filter(code="PYA1").update(number="9")
        assert foreign == (1 if "YA1" in expected else 0)


@pytest.mark.req("PLT-11")
def test_an_entrance_reaches_its_premises_only(world: World) -> None:
    place = world.places["XA1"]
    other = make_premises(building=place.building, entrance=None, code="POther", number="2")
    neighbour = make_party(code="NOther", last_name="PersonOther")
    make_title(premises=other, party=neighbour)
    user = make_user()
    make_grant(user, ["*:view"], scope_of(world, "entrance"))
    assert marks(allowed(Premises.objects.all(), user)) == {"XA1"}
    assert marks(allowed(Party.objects.all(), user)) == {"XA1"}
    # The wall behind the filter knows the entrance too: a neighbour of the same building does not pass.
    with acting(Actor(user_id=user.pk, label="", reach=reach_of(user))):
        for model in (Premises, Title, TitleHolder, Agreement, Party):
            assert marks(model.objects.all()) == {"XA1"}, model
        assert not Account.objects.exists()
        assert Building.objects.filter(pk=place.building.pk).exists()


@pytest.mark.req("PLT-11")
def test_a_new_building_falls_into_wide_scopes_only(world: World) -> None:
    users = {}
    for name, _expected in SCOPES:
        users[name] = make_user()
        make_grant(users[name], ["*:view"], scope_of(world, name))
    new = make_building(estate=world.places["XA1"].estate, code="BNEW")
    sees = {name: allowed(Building.objects.filter(pk=new.pk), user).exists() for name, user in users.items()}
    assert sees == {"top": True, "company": True, "estate": True, "building": False, "two": False}
    assert not allowed(Estate.objects.all(), users["building"]).exists()


@pytest.mark.req("PLT-11")
def test_several_grants_add_up_and_each_right_keeps_its_own_scope(world: World) -> None:
    user = make_user()
    make_grant(user, ["*:view"], scope_of(world, "building"))
    make_grant(user, ["estates.premises:edit"], {"building": [world.places["YA1"].building.pk]})
    assert marks(allowed(Premises.objects.all(), user, "view")) == {"XA1"}
    assert marks(allowed(Premises.objects.all(), user, "edit")) == {"YA1"}


@pytest.mark.req("PLT-11")
def test_a_resident_reaches_the_own_person_home_and_account_for_as_long_as_they_are_theirs(world: World) -> None:
    place = world.places["XA1"]
    user = place.user
    for model in MODELS:
        assert not allowed(model.objects.all(), user).exists()

    def seen() -> dict[str, set[str]]:
        fresh = User.objects.get(pk=user.pk)
        with acting(Actor(user_id=user.pk, label="", reach=reach_of(fresh))):
            return {model.__name__: marks(model.objects.all()) for model in MODELS}

    assert seen() == {model.__name__: {"XA1"} for model in MODELS}
    # Sold: the home is out of reach, the own account with its debts stays.
    Title.objects.filter(pk=place.title.pk).update(valid=("2020-01-01", "2021-01-01"))
    Agreement.objects.filter(pk=place.agreement.pk).update(valid=("2020-01-01", "2021-01-01"))
    after = seen()
    assert after["Premises"] == set() and after["Title"] == set()
    assert after["Account"] == {"XA1"} and after["Party"] == {"XA1"}


@pytest.mark.req("PLT-11")
def test_the_wall_is_what_holds_the_rows_back(world: World) -> None:
    """Test of the test: with one policy removed, foreign rows appear and the checks above turn red."""
    user = make_user()
    make_grant(user, ["*:view"], scope_of(world, "building"))
    with acting(Actor(user_id=user.pk, label="", reach=reach_of(user))):
        assert Party.objects.count() == 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lokum.reach', 'all', true)")
        assert Party.objects.count() == len(ALL)
