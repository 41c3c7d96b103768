"""Premises are found by the component they are charged with."""

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.money.charges.factories import make_component_assignment
from lokum.property.estates.factories import make_premises


@pytest.mark.req("REG-09")
def test_premises_are_found_by_component(db):
    with acting(system_actor("test")):
        attached = make_component_assignment()
        make_premises()
        user, viewer = make_user(), make_user()
        make_grant(user, ["*:*"])
        make_grant(viewer, ["estates.*:view"])
    client = Client()
    client.force_login(user)
    for text, found in ((attached.component.code, {attached.premises_id}), ("no such component", set())):
        answer = client.get("/api/v1/estates/premises", {"component": text}).json()
        assert {item["id"] for item in answer["items"]} == found
    client.force_login(viewer)
    assert client.get("/api/v1/estates/premises", {"component": attached.component.code}).json()["items"] == []
