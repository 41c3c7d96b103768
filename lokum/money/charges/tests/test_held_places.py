"""Places that were used are not deleted; what holds them is named with counts, down to accounts and charges."""

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.tokens import issue_token
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.property.estates.factories import make_premises
from lokum.property.estates.models import Estate, Premises
from lokum.property.occupancy.models import Agreement

# Two flats with a title and an agreement each, one notice of eight lines for each in one month.
HELD = {"Titles": 2, "Agreements": 2, "Accounts": 2, "Notices": 2, "Charge lines": 16, "Attached components": 16}


@pytest.mark.req("REG-01")
def test_used_places_name_what_holds_them(as_system):
    world = make_charged_world(2, actor=as_system)
    posted_run(world, actor=as_system)
    flat = Agreement.objects.get(pk=world.agreements[0]).premises
    user = make_user()
    make_grant(user, ("*:*",))
    client = Client()
    client.force_login(user)
    building, estate = flat.building, flat.building.estate
    for place, factor in ((flat, 2), (building, 1), (estate, 1)):
        address = f"/office/estates/{place._meta.model_name}/{place.pk}/delete/"
        shown = client.get(address).content.decode()
        for name, count in HELD.items():
            assert f"<li>{name}: {count // factor}</li>" in shown, (place, name)
        assert client.post(address).status_code == 409
    assert "<li>Premises: 2</li>" in client.get(f"/office/estates/building/{building.pk}/delete/").content.decode()
    _token, secret = issue_token(user, name="test", scopes=["*"], days=3, actor=as_system)
    refused = client.delete(
        f"/api/v1/estates/premises/{flat.pk}", headers={"Authorization": f"Bearer {secret}", "If-Match": '"1"'}
    )
    assert refused.status_code == 409
    told = {one["register"]: one["count"] for one in refused.json()["details"]["dependents"]}
    assert told == {name: count // 2 for name, count in HELD.items()} | {"Journal": 1}
    assert Premises.objects.filter(pk=flat.pk).exists() and Estate.objects.filter(pk=estate.pk).exists()


@pytest.mark.req("REG-01")
def test_an_unused_place_is_deleted(as_system):
    flat = make_premises()
    user = make_user()
    make_grant(user, ("*:*",))
    client = Client()
    client.force_login(user)
    assert client.post(f"/office/estates/premises/{flat.pk}/delete/").status_code == 302
    assert not Premises.objects.filter(pk=flat.pk).exists()
