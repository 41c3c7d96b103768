"""The calls of one register; every rule is that of its pages, asked through the same functions."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lokum.api.idempotency import once
from lokum.api.values import field_values, record_json
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.columns import all_columns
from lokum.core.desk.desk import Action, ModelDesk
from lokum.core.desk.filters import parameters
from lokum.core.desk.forms import action_form
from lokum.core.desk.listing import listing
from lokum.core.desk.own_fields import own_names
from lokum.core.desk.records import check_right, desk_at, record_of, rows_of
from lokum.core.desk.services import delete_record, run_action, save_record, told_by

KNOWN = {"q", "sort", "limit", "cursor"}


def _json(body: Any, status: int = 200, record: Any = None) -> HttpResponse:
    text = json.dumps(body, default=str, ensure_ascii=False)
    response = HttpResponse(text, status=status, content_type="application/json")
    if record is not None and hasattr(record, "version"):
        response["ETag"] = f'"{record.version}"'
    return response


def _version(request: HttpRequest, desk: ModelDesk) -> int | None:
    """The version a change rests on, from If-Match; registers with versions insist on it."""
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not text:
        if hasattr(desk.model, "version"):
            raise Refusal("version.missing", _("Send If-Match with the version you have read."), status=428)
        return None
    if not text.isdigit() or len(text) > 9:
        raise Refusal("version.invalid", _("If-Match is not a version of this record."), status=412)
    return int(text)


def list_records(request: HttpRequest, desk: ModelDesk, query: Any) -> HttpResponse:
    desk_at(desk.app_label, desk.model_name, request.user)
    check_right(desk, request.user, "view")
    known = (
        KNOWN
        | {one.name for one in parameters(desk, request.user, options=False)}
        | {f"{name}_empty" for name in [*desk.filters, *own_names(desk.model)]}
    )
    unknown = sorted(set(request.GET) - known)
    if unknown:
        text = _("There is no such parameter.")
        raise Refusal("filter.unknown", text, fields={name: [text] for name in unknown})
    params: dict[str, list[str]] = {
        name: [str(value) for value in request.GET.getlist(name)]
        for name in request.GET
        if name not in ("limit", "cursor")
    }
    shown = listing(desk, request.user, params)
    if shown.errors:
        raise Refusal("filter.invalid", _("A filter cannot be read."), fields=shown.errors)
    if query.sort and not shown.sort:
        text = _("The list cannot be sorted by this.")
        raise Refusal("sort.unknown", text, fields={"sort": [text]})
    shown.columns = all_columns(desk)
    page, count = shown.page(query.cursor or "", query.limit), shown.count()
    items = [record_json(desk, row, shown.columns) for row in page.rows]
    body = {"items": items, "next": page.next or None, "previous": page.previous or None}
    return _json({**body, "count": count.number, "count_exact": count.exact})


def show_record(request: HttpRequest, desk: ModelDesk, pk: int) -> HttpResponse:
    desk_at(desk.app_label, desk.model_name, request.user)
    record = record_of(desk, pk, request.user)
    return _json(record_json(desk, record), record=record)


def add_record(request: HttpRequest, desk: ModelDesk, body: Any) -> HttpResponse:
    desk_at(desk.app_label, desk.model_name, request.user)

    def work() -> HttpResponse:
        given = body.model_dump(exclude_unset=True, by_alias=True)
        extra = {name: given.pop(name) for name in list(given) if name in desk.extras}
        actor: Any = current_actor()
        values, more = field_values(desk, given), _extra_values(desk.extras, extra, request.user)
        record = save_record(desk, None, values, user=request.user, actor=actor, extra=more)
        return _json(record_json(desk, rows_of(desk, request.user).get(pk=record.pk)), 201, record)

    return once(request, work)


def _extra_values(extras: Mapping[str, Any], extra: Mapping[str, Any], user: Any) -> dict[str, Any]:
    """Extras of a form, read by their form fields."""
    fields = {name: build(user) for name, build in extras.items()}
    form: forms.Form = type("Extras", (forms.Form,), dict(fields))({k: v for k, v in extra.items() if v is not None})
    _check_form(form)
    return dict(form.cleaned_data)


def change_record(request: HttpRequest, desk: ModelDesk, pk: int, body: Any) -> HttpResponse:
    desk_at(desk.app_label, desk.model_name, request.user)
    record = record_of(desk, pk, request.user, "edit")
    given = body.model_dump(exclude_unset=True, by_alias=True)
    extra = {name: given.pop(name) for name in list(given) if name in desk.edit_extras}
    values, more = field_values(desk, given), _extra_values(desk.edit_extras, extra, request.user)
    actor: Any = current_actor()
    version = _version(request, desk)
    saved = save_record(desk, record, values, user=request.user, actor=actor, version=version, extra=more)
    return _json(record_json(desk, rows_of(desk, request.user).get(pk=saved.pk)), record=saved)


def remove_record(request: HttpRequest, desk: ModelDesk, pk: int) -> HttpResponse:
    desk_at(desk.app_label, desk.model_name, request.user)
    record_of(desk, pk, request.user, "delete")
    actor: Any = current_actor()
    delete_record(desk, pk, user=request.user, actor=actor, version=_version(request, desk))
    return HttpResponse(status=204)


def call_action(request: HttpRequest, desk: ModelDesk, action: Action, body: Any, pk: int | None) -> HttpResponse:
    desk_at(desk.app_label, desk.model_name, request.user)
    check_right(desk, request.user, action.name)

    def work() -> HttpResponse:
        given = body.model_dump(exclude_unset=True, by_alias=True)
        pks: Sequence[int] = given.pop("ids", []) if action.bulk else [pk] if pk is not None else []
        data, files = _form_data(given)
        known = record_of(desk, pk, request.user, action.name) if pk is not None else None
        form = action_form(action.form, request.user, data, files, record=known, narrowed=False)
        _check_form(form)
        actor: Any = current_actor()
        result = run_action(desk, action, user=request.user, actor=actor, values=form.cleaned_data, pks=pks)
        record = rows_of(desk, request.user).filter(pk=pk).first() if pk is not None else None
        return _json(
            {
                "message": told_by(result) or str(action.label),
                "record": record_json(desk, record) if record is not None else None,
                "result_id": result.pk if isinstance(result, models.Model) else None,
            }
        )

    return once(request, work)


def _form_data(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A JSON body as the data a form reads."""
    data: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, dict) and set(value) == {"name", "content"}:
            try:
                content = base64.b64decode(value["content"], validate=True)
            except (binascii.Error, ValueError):
                text = _("The content of the file is not Base64.")
                raise Refusal("file.encoding", text, fields={name: [text]})
            files[name] = SimpleUploadedFile(value["name"] or "file", content)
        elif isinstance(value, dict):
            data[f"{name}_0"], data[f"{name}_1"] = value.get("from") or "", value.get("to") or ""
        elif isinstance(value, bool):
            data |= {name: "on"} if value else {}
        elif value is not None:
            data[name] = value
    return data, files


def _check_form(form: forms.Form) -> None:
    if not form.is_valid():
        fields = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
        raise Refusal("request.invalid", _("Please look at the marked fields."), fields=fields)
