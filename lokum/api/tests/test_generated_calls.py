"""Calls generated from the OpenAPI description never end in a server error and answer as described."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet

import lokum.api.urls  # noqa: F401 - builds the API
from lokum.api.description import api
from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.tokens import issue_token
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.desk import registry
from lokum.core.organisation.factories import make_entity, make_node

CASES = 8


@pytest.fixture
def bearer(db: None) -> dict[str, str]:
    with acting(system_actor("test")) as actor:
        make_entity(node=make_node())
        user = make_user()
        make_grant(user, ["*"])
        _token, secret = issue_token(user, name="test", scopes=["*"], days=3, actor=actor)
    return {"Authorization": f"Bearer {secret}"}


def _send(client: Client, case: Any, headers: dict[str, str]) -> Any:
    """A generated case through Django's client (the WSGI transport would close the test's connection)."""
    has_body = case.body is not None and not isinstance(case.body, NotSet)
    data = json.dumps(case.body, default=str).encode() if has_body else b""
    query = urlencode(case.query or {}, doseq=True)
    return client.generic(
        case.method, case.formatted_path, data, content_type="application/json", headers=headers, QUERY_STRING=query
    )


def _try_calls(operation: Any, answers: Any, client: Client, headers: dict[str, str]) -> None:
    profile = settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @profile
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        response = _send(client, case, headers)
        said = (case.method, case.formatted_path, case.query, case.body, response.content[:600])
        assert response.status_code < 500, said
        assert str(response.status_code) in answers, said
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json", said

    check()


@pytest.mark.slow
@pytest.mark.req("PLT-28")
def test_generated_calls_give_no_server_error(bearer: dict[str, str]) -> None:
    schema = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    described = {path: set(item) for path, item in schema["paths"].items()}
    client = Client(raise_request_exception=False)
    headers = {**bearer, "If-Match": '"1"'}
    count = 0
    for result in schemathesis.openapi.from_dict(schema).get_all_operations():
        operation = result.ok()
        answers = schema["paths"][operation.path][operation.method.lower()]["responses"]
        _try_calls(operation, answers, client, headers)
        count += 1
    assert count == sum(len(methods) for methods in described.values())


def test_the_description_is_complete_and_public() -> None:
    schema = api.get_openapi_schema()
    assert schema["openapi"].startswith("3.1")
    for desk in registry:
        if desk.in_api:
            assert f"/api/v1/{desk.app_label}/{desk.model_name}" in schema["paths"]
