"""People with different rights, records by factory, and calls of pages and API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.organisation.factories import make_node
from tests.conformance.factories import factory_of

DESKS = sorted(registry.desks)
MADE = sorted(label for label, desk in registry.desks.items() if factory_of(desk.model) is not None)


@pytest.fixture
def someone(db: None) -> Callable[..., Client]:
    """someone("*") or someone("estates.*:view", node=3): a signed-in client with these rights and this scope."""

    def sign_in(*rights: str, node: int | None = None) -> Client:
        with acting(system_actor("test")):
            user = make_user()
            make_grant(user, rights, scopes=None if node is None else {"node": [node]})
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def make(db: None) -> Callable[..., Any]:
    """Records of a register by its factory."""

    def build(desk: ModelDesk, **over: Any) -> Any:
        factory = factory_of(desk.model)
        assert factory is not None
        with acting(system_actor("test")):
            record = factory(**over)
        return record[0] if isinstance(record, tuple) else record

    return build


@pytest.fixture
def foreign_node(db: None) -> int:
    with acting(system_actor("test")):
        return int(make_node().pk)


def as_json(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A call of the API with the session of the client."""
    data = b"" if body is None else json.dumps(body).encode()
    return client.generic(method, path, data, content_type="application/json", headers=headers)


def api_path(desk: ModelDesk, *parts: Any) -> str:
    return "/".join(["/api/v1", desk.app_label, desk.model_name, *map(str, parts)])
