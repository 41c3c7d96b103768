"""What holds for every register, derived from the registry: answers by right and scope, equal SQL, no change by GET."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.functional import Promise

from lokum.core.access import sessions
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.checks import models_without_desk
from lokum.core.desk.columns import field_at, value_at
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.filters import parameters
from tests.conformance.conftest import DESKS, MADE, api_path
from tests.conformance.factories import WITHOUT_FACTORY, factory_of


def _pages(desk: ModelDesk, record: Any) -> list[str]:
    """Every GET address of a record."""
    pages = [desk.path("detail", record.pk)]
    if desk.editable and desk.fields:
        pages.append(desk.path("edit", record.pk))
    if desk.deletable:
        pages.append(desk.path("delete", record.pk))
    pages += [f"{desk.path('detail', record.pk)}?tab={tab.name}" for tab in desk.tabs]
    pages += [desk.path("action", record.pk, action.name) for action in desk.actions if not action.collection]
    return pages


def _collection_pages(desk: ModelDesk) -> list[str]:
    pages = [desk.path("list"), desk.path("export") + "?format=csv", desk.path("choices") + "?q=a"]
    if desk.addable and desk.fields:
        pages.append(desk.path("add"))
    return pages + [desk.path("collection", action.name) for action in desk.actions if action.collection]


@pytest.mark.parametrize("label", DESKS)
def test_somebody_with_all_rights_opens_everything(label: str, someone: Any, make: Any) -> None:
    desk, client = registry.desks[label], someone("*")
    pages = _collection_pages(desk)
    if label in MADE:
        record = make(desk)
        pages += _pages(desk, record)
        if desk.in_api:
            pages.append(api_path(desk, record.pk))
    if desk.in_api:
        pages.append(api_path(desk))
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, (page, answer.status_code)


@pytest.mark.parametrize("label", DESKS)
def test_headings_are_translatable(label: str) -> None:
    """A field without a name of its own would be headed by its English attribute in every language."""
    desk = registry.desks[label]
    names = dict.fromkeys([*desk.columns, *desk.fields, *desk.filters, *desk.facts])
    fields = {name: field_at(desk.model, name) for name in names if name not in desk.labels}
    untitled = [name for name, field in fields.items() if field and not isinstance(field.verbose_name, Promise)]
    assert untitled == []
    assert [name for name in names if name in desk.cell and name not in desk.labels] == []


@pytest.mark.parametrize("label", DESKS)
def test_without_the_right_everything_is_forbidden(label: str, someone: Any, make: Any) -> None:
    desk, client = registry.desks[label], someone("nothing.atall:view")
    pages = _collection_pages(desk)
    if label in MADE:
        pages += _pages(desk, make(desk))
    if desk.in_api:
        pages.append(api_path(desk))
    for page in pages:
        assert client.get(page).status_code == 403, page
        assert Client().get(page).status_code in (302, 401), page


@pytest.mark.parametrize(
    "label", [label for label in MADE if not getattr(registry.desks[label].model, "scope_open", False)]
)
def test_outside_the_scope_nothing_exists(label: str, someone: Any, make: Any, foreign_node: int) -> None:
    desk, client = registry.desks[label], someone("*", node=foreign_node)
    record = make(desk)
    for page in _pages(desk, record):
        assert client.get(page).status_code == 404, page
    if desk.in_api:
        assert client.get(api_path(desk, record.pk)).status_code == 404
    rows = client.get(desk.path("list")).context["rows"]
    assert record.pk not in [row["pk"] for row in rows]


@pytest.mark.parametrize("label", MADE)
def test_three_times_the_rows_cost_the_same_sql(
    label: str, someone: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Otherwise the half minute after which a session is noted anew may end between two calls.
    monkeypatch.setattr(sessions, "_NOTE_EVERY", dt.timedelta(days=1))
    desk, client = registry.desks[label], someone("*")
    addresses = [desk.path("list"), desk.path("export") + "?format=csv"] + ([api_path(desk)] if desk.in_api else [])

    def cost(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(address)
        return len(captured)

    for _ in range(2):
        _try_make(make, desk)
    before = {address: cost(address) for address in addresses}
    for _ in range(4):
        _try_make(make, desk)
    assert {address: cost(address) for address in addresses} == before


def _try_make(make: Callable[..., Any], desk: ModelDesk) -> None:
    """One more row; registers whose key leaves room for one row only keep the one they have."""
    try:
        with transaction.atomic():
            make(desk)
    except IntegrityError:
        return


@pytest.mark.parametrize("label", MADE)
def test_reading_changes_nothing(label: str, someone: Any, make: Any) -> None:
    desk, client = registry.desks[label], someone("*")
    record = make(desk)
    for page in [desk.path("list"), *_pages(desk, record)]:
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        writes = [q["sql"] for q in captured if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        assert [sql for sql in writes if "session" not in sql] == [], page


@pytest.mark.parametrize("label", MADE)
def test_the_api_filters_as_the_list_does(label: str, someone: Any, make: Any) -> None:
    desk, client = registry.desks[label], someone("*")
    if not desk.in_api:
        pytest.skip("not in the API")
    record = make(desk)
    _try_make(make, desk)
    for name in desk.filters:
        with acting(system_actor("test")):
            try:
                value = value_at(record, name)
            except AttributeError:
                continue  # leads over many records
        if value in (None, "") or hasattr(value, "all") or hasattr(value, "isempty"):
            continue
        text = str(getattr(value, "pk", value)) if not isinstance(value, bool) else str(int(value))
        text = text[:10] if isinstance(value, dt.datetime) else text
        suffixes = ("_from", "_to") if f"{name}_from" in _parameters(desk) else ("",)
        query = "&".join(f"{name}{suffix}={text}" for suffix in suffixes)
        page = client.get(f"{desk.path('list')}?{query}")
        rows = [row["pk"] for row in page.context["rows"]]
        answer = client.get(f"{api_path(desk)}?{query}")
        assert answer.status_code == 200, answer.content
        assert [row["id"] for row in answer.json()["items"]] == rows, query
        assert record.pk in rows, query


def _parameters(desk: ModelDesk) -> set[str]:
    return {one.name for one in parameters(desk, options=False)}


def test_every_model_has_a_register_or_a_reason() -> None:
    assert models_without_desk() == []


def test_every_model_has_a_factory_or_a_reason() -> None:
    missing = [desk.label for desk in registry if factory_of(desk.model) is None and desk.label not in WITHOUT_FACTORY]
    assert missing == []
