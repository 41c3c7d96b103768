"""When something could not be answered: words in the reader's language, a way back, no detail of the inside."""

import json
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from lokum import failures
from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor

WORDS = {
    405: (
        "This page is opened another way",
        "Tę stronę otwiera się inaczej",
        "此頁面須以其他方式開啟",
        "此页面须以其他方式打开",
    ),
    409: ("Somebody was faster", "Ktoś był szybszy", "", ""),
    413: ("This is more than can be sent at once", "To więcej, niż można przesłać naraz", "", ""),
    500: ("Something broke on our side", "Coś się u nas zepsuło", "", ""),
    503: ("We will be back in a moment", "Za chwilę wrócimy", "我們馬上回來", "我们马上回来"),
}
LANGUAGES = ("en", "pl", "zh-hant", "zh-hans")


def _database(sqlstate: str | None) -> OperationalError:
    cause = Exception("connection to server at 10.0.0.7 failed: password authentication failed for user lokum_app")
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def _failed(error: Exception, path: str = "/portal/money/?page=2") -> HttpResponse:
    request: HttpRequest = RequestFactory().get(path)
    try:
        raise error
    except Exception:
        return failures.server_error(request)


@pytest.mark.req("PLT-36")
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (_database(None), 503),  # nobody answered
        (_database("57P03"), 503),  # the server starts
        (_database("53300"), 503),  # too many connections
        (_database("55P03"), 409),  # a lock was not to be had
        (ValueError("secret detail"), 500),
    ],
)
def test_a_failure_is_told_without_asking_the_database(error: Exception, status: int) -> None:
    for language, words in zip(LANGUAGES, WORDS[status], strict=True):
        with translation.override(language):
            response = _failed(error)
        page = response.content.decode()
        assert response.status_code == status
        assert response.headers["Cache-Control"] == "no-store"
        assert words in page
        assert f'lang="{language}"' in page
        assert "10.0.0.7" not in page
        assert "secret" not in page
    if status == 503:
        assert response.headers["Retry-After"]
        assert 'href="/portal/money/?page=2"' in page, "trying again opens the same page"


def test_the_api_answers_failures_as_problem_documents() -> None:
    response = _failed(_database(None), "/api/v1/charges/chargerun")
    assert (response.status_code, response.headers["Content-Type"]) == (503, "application/problem+json")
    assert json.loads(response.content)["code"] == "service.away"
    assert json.loads(_failed(ValueError("secret"), "/api/v1/x").content)["code"] == "server.error"
    request = RequestFactory().post("/api/v1/charges/chargerun")
    assert json.loads(failures.bad_request(request, RequestDataTooBig("x")).content)["code"] == "request.too_large"
    assert failures.bad_request(request, ValueError("x")).headers["Content-Type"] == "application/problem+json"


@pytest.fixture
def staff(db: None) -> Any:
    client = Client(enforce_csrf_checks=True)
    with acting(system_actor("test")):
        user = make_user(language="pl")
        make_grant(user, ["estates.*:view"])
    client.force_login(user)
    return client


@pytest.mark.req("PLT-10")
def test_refusals_name_what_they_are_and_lead_back(staff: Client) -> None:
    missing = staff.get("/office/estates/premises/99999999/")
    assert (missing.status_code, "Nic tu dla Ciebie nie ma" in missing.content.decode()) == (404, True)
    refused = staff.get("/office/access/user/")
    assert (refused.status_code, 'href="/office/"' in refused.content.decode()) == (403, True)
    closed = staff.get("/language/")
    assert (closed.status_code, closed.headers["Allow"]) == (405, "POST")
    assert "Tę stronę otwiera się inaczej" in closed.content.decode()
    stale = staff.post("/language/", {"language": "pl"})
    assert (stale.status_code, "Ta strona była otwarta zbyt długo" in stale.content.decode()) == (403, True)


def test_calls_of_the_api_are_refused_as_problem_documents(staff: Client) -> None:
    closed = staff.delete("/api/v1/estates/premises", HTTP_AUTHORIZATION="Bearer none")
    assert (closed.status_code, closed.json()["code"]) == (405, "method.refused")
    assert closed.headers["Allow"]
    unread = staff.post("/api/v1/estates/premises", "{", content_type="application/json")
    assert unread.headers["Content-Type"] == "application/problem+json"
