"""What holds for every way of writing: nobody escapes their scope, each write leaves its audit line, sheets return."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.audit.models import AuditRow
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.columns import key_text, value_at
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.forms import record_form
from lokum.core.desk.importing.services import offers_import
from lokum.core.desk.models import ImportBatch
from tests.conformance.conftest import MADE, api_path, as_json
from tests.conformance.factories import factory_of

EDITABLE = [label for label in MADE if registry.desks[label].editable and registry.desks[label].fields]
IMPORTED = [label for label in MADE if offers_import(registry.desks[label])]


def _form_data(desk: ModelDesk, record: Any, user: Any) -> dict[str, Any]:
    """The data a browser would send back unchanged."""
    with acting(system_actor("test")):
        form = record_form(desk, user, record=record)
        data: dict[str, Any] = {}
        for bound in form:
            value = bound.field.prepare_value(bound.value()) if hasattr(bound.field, "prepare_value") else bound.value()
            widget = bound.field.widget
            if hasattr(widget, "decompress"):
                for index, part in enumerate(widget.decompress(bound.value())):
                    data[f"{bound.html_name}_{index}"] = "" if part is None else str(part)
            elif isinstance(value, bool):
                data |= {bound.html_name: "on"} if value else {}
            elif value is not None:
                data[bound.html_name] = [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
    return data


def _user(client: Client) -> Any:
    from lokum.core.access.models import User

    with acting(system_actor("test")):
        return User.objects.get(pk=client.session["_auth_user_id"])


def _fresh(record: Any) -> Any:
    with acting(system_actor("test")):
        return type(record)._default_manager.get(pk=record.pk)


def _foreign_relations(desk: ModelDesk) -> list[Any]:
    """Relations of the form to registers whose rows lie in scopes."""
    found = []
    for name in desk.fields:
        field: Any = desk.field(name)
        if (
            field.many_to_one
            and not getattr(field.related_model, "scope_open", False)
            and factory_of(field.related_model)
        ):
            found.append(field)
    return found


def _cases() -> list[tuple[str, str]]:
    return [(label, field.name) for label in EDITABLE for field in _foreign_relations(registry.desks[label])]


@pytest.mark.parametrize(("label", "name"), _cases())
def test_nobody_escapes_their_scope(label: str, name: str, someone: Any, make: Any) -> None:
    """A record is pointed at a foreign one by form, API, bulk edit and import: refused, nothing changed."""
    desk = registry.desks[label]
    path = getattr(desk.model, "scope_path", {}).get("node")
    if path is None:
        pytest.skip("not scoped by nodes")
    record = make(desk)
    factory: Any = factory_of(desk.field(name).related_model)
    with acting(system_actor("test")):
        foreign = factory()
        foreign = foreign[0] if isinstance(foreign, tuple) else foreign
        node = value_at(record, path.removesuffix("_id")) if path != "pk" else record
        foreign_key = key_text(foreign)
    client = someone("*", node=getattr(node, "pk", node))
    before = getattr(record, desk.field(name).attname)
    user = _user(client)
    data = _form_data(desk, record, user)
    attempts = [client.post(desk.path("edit", record.pk), {**data, name: foreign.pk})]
    attempts.append(client.post(desk.path("edit", record.pk), {**data, name: foreign_key}))
    if desk.in_api:
        attempts.append(as_json(client, "PATCH", api_path(desk, record.pk), {name: foreign.pk}, **{"If-Match": '"1"'}))
    body = {
        "bulk": "edit",
        "confirmed": "1",
        "selected": [record.pk],
        "set_fields": [name],
        name: foreign.pk,
        "policy": "good",
    }
    attempts.append(client.post(desk.path("bulk"), body))
    assert [answer.status_code for answer in attempts if answer.status_code < 400] == []
    assert getattr(_fresh(record), desk.field(name).attname) == before


@pytest.mark.parametrize("label", EDITABLE)
def test_a_save_and_a_bulk_edit_leave_audit_lines(label: str, someone: Any, make: Any) -> None:
    desk, client = registry.desks[label], someone("*")
    record = make(desk)
    data = _form_data(desk, record, _user(client))
    table = desk.model._meta.db_table
    lines = AuditRow.objects.filter(table_name=table, object_id=record.pk)
    with acting(system_actor("test")):
        before = lines.count()
    answer = client.post(desk.path("edit", record.pk), data)
    assert answer.status_code == 302, answer.context["form"].errors
    name = next(name for name in desk.fields if not desk.field(name).many_to_many)
    parts = {key: value for key, value in data.items() if key.startswith(name)}
    body = {"bulk": "edit", "confirmed": "1", "selected": [record.pk], "set_fields": [name], "policy": "all", **parts}
    answer = client.post(desk.path("bulk"), body)
    assert answer.status_code == 302, answer.context["form"].errors
    with acting(system_actor("test")):
        assert lines.count() == before + 2


@pytest.mark.req("PLT-24")
@pytest.mark.parametrize("label", IMPORTED)
def test_what_is_exported_comes_back_unchanged(label: str, someone: Any, make: Any) -> None:
    desk, client = registry.desks[label], someone("*")
    make(desk)
    sheet = client.get(desk.path("export") + "?format=xlsx&scope=fields")
    assert sheet.status_code == 200
    file = SimpleUploadedFile("back.xlsx", io.BytesIO(sheet.content).read())
    upload = client.post(desk.path("import"), {"file": file})
    assert upload.status_code == 302, upload.content.decode()[:2000]
    context = client.get(upload["Location"]).context
    columns = {f"column-{each['position']}": each["field"] for each in context["headings"]}
    client.post(upload["Location"], {"step": "check", "policy": "all", **columns})
    batch = ImportBatch.objects.get(pk=context["batch"].pk)
    with acting(system_actor("test")):
        count = desk.model._default_manager.count()
        errors = list(batch.rows.exclude(errors={}).values_list("number", "errors")[:3])
    assert errors == []
    assert (batch.same_count, batch.updated_count, batch.created_count) == (count, 0, 0)
