"""Types of bodies and answers, made from the declaration of a register."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Optional

from django import forms
from django.db import models
from ninja import Schema
from ninja.params.models import ParamModel
from pydantic import ConfigDict, Field, create_model

from lokum.core.desk.columns import Column, all_columns, kind_of
from lokum.core.desk.desk import Action, ModelDesk
from lokum.core.desk.fields import KeyField, PeriodField
from lokum.core.desk.filters import parameters
from lokum.core.desk.own_fields import takes_own_fields

LARGEST_ID = 2**63 - 1

# Thousands of types describe the calls, few of them are ever asked to check a body. Each one's checker is built when it
# is first needed: built at the start they take over a hundred megabytes in every web process.
for _base in (Schema, ParamModel):
    _base.model_config["defer_build"] = True


class Period(Schema):
    """First and last day; both belong to the period, null means open."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: dt.date | None = Field(None, alias="from")
    to: dt.date | None = None


class Upload(Schema):
    """A file in a body."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=255)
    content: str = Field(description="Base64")


class ActionAnswer(Schema):
    """What an action did: a sentence, and the record it was called on as it stands now."""

    message: str
    record: dict[str, Any] | None = None
    result_id: int | None = None


class _Strict(Schema):
    model_config = ConfigDict(extra="forbid")


def _name(desk: ModelDesk, suffix: str) -> str:
    return f"{desk.app_label.title()}{desk.model.__name__}{suffix}"


def _out_type(one: Column) -> Any:
    if one.masked or one.computed:
        return str | None
    kinds: dict[str, Any] = {
        "relation": int | None,
        "many": list[int],
        "yesno": bool | None,
        "period": dict[str, str | None] | None,
        "json": Any,
    }
    if one.kind in kinds:
        return kinds[one.kind]
    if one.kind == "number" and isinstance(one.field, models.IntegerField):
        return int | None
    if one.kind == "choice" and isinstance(one.field, models.IntegerField):
        return int | None
    return str | None


def out_schema(desk: ModelDesk) -> Any:
    fields: dict[str, Any] = {"id": (int, ...), "name": (str, ...)}
    if any(field.name == "version" for field in desk.model._meta.fields):
        fields["version"] = (int, ...)
    fields |= {one.path: (_out_type(one), Field(None, title=one.label)) for one in all_columns(desk, own=False)}
    if takes_own_fields(desk.model):
        fields["own"] = (dict[str, Any], Field({}, title="Fields of the operator"))
    return create_model(_name(desk, ""), __base__=Schema, **fields)


def page_schema(desk: ModelDesk, out: Any) -> Any:
    fields: Any = {
        "items": (list[out], ...),
        "next": (Optional[str], None),  # noqa: UP045 - pydantic names it in the description
        "previous": (Optional[str], None),  # noqa: UP045
        "count": (int, ...),
        "count_exact": (bool, ...),
    }
    return create_model(_name(desk, "Page"), __base__=Schema, **fields)


def _in_type(field: Any) -> Any:
    """The type a field takes; the exact rules are those of the save service."""
    kind = kind_of(field)
    identifier = Field(ge=1, le=LARGEST_ID)
    if kind == "many":
        return list[int]
    if kind == "relation":
        return Annotated[int, identifier]
    simple: dict[str, Any] = {"yesno": bool, "date": dt.date, "period": Period, "json": Any, "amount": Decimal}
    if kind in simple:
        return simple[kind]
    if kind == "moment":
        return dt.datetime
    if kind == "choice" and not isinstance(field, models.IntegerField):
        return str
    if isinstance(field, models.IntegerField):
        return int
    if isinstance(field, models.DecimalField):
        return Decimal
    return str


def _optional(field: Any) -> bool:
    return bool(field.blank or field.has_default() or field.null)


def in_schema(desk: ModelDesk, *, partial: bool) -> Any:
    """Body of POST (required fields must be there) or PATCH (only what changes)."""
    fields: dict[str, Any] = {}
    for name in desk.fields:
        field: Any = desk.field(name)
        kind = _in_type(field)
        kind = kind | None if field.null and kind is not Any else kind
        title = Field(None, title=str(field.verbose_name))
        fields[name] = (kind, title if partial or _optional(field) else Field(..., title=str(field.verbose_name)))
    if takes_own_fields(desk.model):
        fields["own"] = (dict[str, Any], Field(None, title="Fields of the operator"))
    for name, build in (desk.edit_extras if partial else desk.extras).items():
        fields[name] = (_form_type(build(None)) | None, None)
    return create_model(_name(desk, "Change" if partial else "New"), __base__=_Strict, **fields)


def _form_type(field: forms.Field) -> Any:
    pairs: tuple[tuple[Any, Any], ...] = (
        (forms.FileField, Upload),
        (forms.ModelMultipleChoiceField, list[int]),
        (forms.ModelChoiceField, int),
        (KeyField, int),
        (PeriodField, Period),
        ((forms.BooleanField, forms.NullBooleanField), bool),
        (forms.MultipleChoiceField, list[str]),
        (forms.DateTimeField, dt.datetime),
        (forms.DateField, dt.date),
        (forms.DecimalField, Decimal),
        (forms.IntegerField, int),
    )
    return next((kind for classes, kind in pairs if isinstance(field, classes)), str)


def action_schema(desk: ModelDesk, action: Action) -> Any:
    """Body of an action: the fields of its form; for a selection also the ids."""
    form: Any = action.form or forms.Form
    fields: dict[str, Any] = {}
    for name, field in form.base_fields.items():
        kind = _form_type(field)
        fields[name] = (
            (kind, ...) if field.required and not isinstance(field, forms.BooleanField) else (kind | None, None)
        )
    if action.bulk:
        fields["ids"] = (list[int], Field(..., min_length=1, max_length=1000))
    suffix = "".join(part.title() for part in action.name.split("_"))
    return create_model(_name(desk, suffix), __base__=_Strict, **fields)


def query_schema(desk: ModelDesk) -> Any:
    """Query parameters of a list: the filters of the page, search, sorting, paging."""
    fields: dict[str, Any] = {
        "q": (str | None, Field(None, max_length=200, description="Search without diacritics")),
        "sort": (str | None, Field(None, max_length=80, description="Column, with - in front for descending")),
        "limit": (int, Field(50, ge=1, le=200)),
        "cursor": (str | None, Field(None, description="`next` or `previous` of an earlier answer")),
    }
    for one in parameters(desk, options=False, own=False):
        many = one.kind in ("choice", "relation")
        fields[one.name] = (
            (list[str], Field([], title=one.label)) if many else (str | None, Field(None, title=one.label))
        )
    return create_model(_name(desk, "Query"), __base__=Schema, **fields)
