"""Filters of a list, read from the address: the page and the API understand the same parameters.

text            ?name=part             folded part of the text
choice          ?kind=a&kind=b         one of
relation        ?estate=3 or ?estate=KEY  one of, by id or by key; only records in the user's scope count
yes/no          ?enabled=1
date, number    ?opened_on_from= &opened_on_to=   ?area_from= &area_to=
period          ?valid_on=2026-11-01   holds on that day
any             ?name_empty=1          has no value (0: has one)
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.errors import Refusal
from lokum.core.base.wording import read_day
from lokum.core.desk.columns import column, crosses_many, shown_text
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.hits import Hits
from lokum.core.desk.own_fields import own_field, own_names
from lokum.core.desk.records import find_by_key
from lokum.core.desk.sql import matches, search_text, search_words

Params = Mapping[str, Sequence[str]]
LIST_LIMIT = 300  # longer relations are typed, not picked


@dataclass(frozen=True)
class Parameter:
    """One parameter of a filter: its name in the address, and how people and machines give it."""

    name: str
    label: str
    kind: str  # text, choice, relation, yesno, date, number
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Chip:
    """What is filtered, in words, and the parameters to drop to take it away."""

    label: str
    text: str
    names: tuple[str, ...]


@dataclass
class Filtered:
    queryset: QuerySet[Any]
    chips: list[Chip] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)


def parameters(desk: ModelDesk, user: Any = None, *, options: bool = True, own: bool = True) -> list[Parameter]:
    """All filter parameters of a register; with the options a user may pick unless told otherwise.

    own: False leaves out the operator's own fields (which need the database).
    """
    found: list[Parameter] = []
    hidden = hidden_fields(desk, user) if user is not None else set()
    for name in [*desk.filters, *(own_names(desk.model) if own else ())]:
        one = column(desk, name)
        if name in hidden:
            continue
        if one.kind in ("date", "number", "amount", "moment"):
            kind = "date" if one.kind in ("date", "moment") else "number"
            found.append(Parameter(f"{name}_from", _("%(field)s: from") % {"field": one.label}, kind))
            found.append(Parameter(f"{name}_to", _("%(field)s: to") % {"field": one.label}, kind))
        elif one.kind == "period":
            found.append(Parameter(f"{name}_on", _("%(field)s: on the day") % {"field": one.label}, "date"))
        elif one.kind == "choice" and one.field is not None:
            choices = [(str(value), str(label)) for value, label in one.field.flatchoices]
            found.append(Parameter(name, one.label, "choice", choices))
        elif name in desk.words and (options_of_words := desk.words[name].options()):
            found.append(Parameter(name, one.label, "choice", options_of_words))
        elif one.kind in ("relation", "many") and one.field is not None:
            picked = _relation_options(one.field.related_model, user) if options else []
            found.append(Parameter(name, one.label, "relation", picked))
        else:
            found.append(Parameter(name, one.label, "yesno" if one.kind == "yesno" else "text"))
    for extra in desk.extra_filters:
        found.append(Parameter(extra.name, str(extra.label), extra.kind, list(extra.options()) if options else []))
    return found


def _relation_options(model: Any, user: Any) -> list[tuple[str, str]]:
    """Records to pick from; empty when there are too many to list."""
    rows = list(policy.allowed(model._default_manager.all(), user, "view")[: LIST_LIMIT + 1])
    return [] if len(rows) > LIST_LIMIT else [(str(row.pk), str(row)) for row in rows]


def _date(text: str) -> dt.date:
    try:
        return read_day(text)
    except ValueError:
        raise ValueError(_("Write the date as YYYY-MM-DD."))


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise ValueError(_("This is not a number."))
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError(_("This is not a number."))
    return number


def _bounds(
    queryset: QuerySet[Any], name: str, kind: str, params: Params, at: str = ""
) -> tuple[QuerySet[Any], list[str], list[str]]:
    """Apply `_from` and `_to` of a date or number (at: the lookup, when it is not the name)."""
    at = at or name
    texts, used = [], []
    for end, lookup, sign in (("from", "gte", "≥"), ("to", "lte", "≤")):
        text = _first(params, f"{name}_{end}")
        if not text:
            continue
        value: Any = _date(text) if kind in ("date", "moment") else _number(text)
        if kind == "moment":  # as a bound that an index serves: from the start of the day, before the next day
            if not 1 < value.year < 9999:
                raise ValueError(_("Write the date as YYYY-MM-DD."))
            day = value if end == "from" else value + dt.timedelta(days=1)
            moment = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
            queryset = queryset.filter(**{f"{at}__{'gte' if end == 'from' else 'lt'}": moment})
        else:
            queryset = queryset.filter(**{f"{at}__{lookup}": value})
        texts.append(f"{sign} {shown_text(value, 'date' if kind in ('date', 'moment') else 'number')}")
        used.append(f"{name}_{end}")
    return queryset, texts, used


def _first(params: Params, name: str) -> str:
    values = params.get(name) or [""]
    return str(values[-1]).strip().replace("\x00", "")


def _all(params: Params, name: str) -> list[str]:
    return [text for text in (str(value).strip().replace("\x00", "") for value in params.get(name) or []) if text]


def _choose(queryset: QuerySet[Any], one: Any, values: list[str], user: Any) -> tuple[QuerySet[Any], list[str]]:
    """Choice, relation, yes/no or text: the rows and what was chosen in words."""
    if one.kind == "choice":
        labels = {str(value): str(label) for value, label in one.field.flatchoices}
        unknown = [value for value in values if value not in labels]
        if unknown:
            raise ValueError(_("%(value)s is not one of the choices.") % {"value": unknown[0]})
        return queryset.filter(**{f"{one.path}__in": values}), [labels[value] for value in values]
    if one.kind in ("relation", "many"):
        records = [find_by_key(one.field.related_model, value, user, id_first=True) for value in values]
        return queryset.filter(**{f"{one.path}__in": [row.pk for row in records]}), [str(row) for row in records]
    if one.kind == "yesno":
        if values[-1] not in ("0", "1", "true", "false"):
            raise ValueError(_("Answer with 1 or 0."))
        wanted = values[-1] in ("1", "true")
        return queryset.filter(**{one.path: wanted}), [shown_text(wanted, "yesno")]
    if one.path in one.desk.words and {code for code, _label in one.desk.words[one.path].options()}.issuperset(values):
        return queryset.filter(**{f"{one.path}__in": values}), [one.desk.words[one.path].text(code) for code in values]
    return queryset.filter(matches(search_text([one.path]), values[-1])), [values[-1]]


def _one_filter(desk: ModelDesk, name: str, params: Params, user: Any, into: Filtered) -> None:
    one = column(desk, name)
    if one.kind in ("date", "number", "amount", "moment"):
        into.queryset, texts, used = _bounds(into.queryset, name, one.kind, params)
        if texts:
            into.chips.append(Chip(one.label, ", ".join(texts), tuple(used)))
    elif one.kind == "period":
        if text := _first(params, f"{name}_on"):
            day = _date(text)
            into.queryset = into.queryset.filter(**{f"{name}__contains": day})
            into.chips.append(Chip(one.label, shown_text(day, "date"), (f"{name}_on",)))
    elif values := _all(params, name):
        if crosses_many(desk.model, name):
            found, texts = _choose(desk.model._base_manager.order_by(), one, values, user)
            into.queryset = into.queryset.filter(pk__in=found.values("pk"))
        else:
            into.queryset, texts = _choose(into.queryset, one, values, user)
        into.chips.append(Chip(one.label, ", ".join(texts), (name,)))
    if empty := _first(params, f"{name}_empty"):
        blank = Q(**{f"{name}__isnull": True})
        if one.kind == "text":
            blank |= Q(**{name: ""})
        into.queryset = into.queryset.filter(blank if empty == "1" else ~blank)
        into.chips.append(Chip(one.label, _("empty") if empty == "1" else _("filled"), (f"{name}_empty",)))


def _own_filter(desk: ModelDesk, name: str, params: Params, into: Filtered) -> None:
    """The same for a field the operator added: its value is taken out of the JSON column as its type."""
    one, at = column(desk, name), name.replace("__", "_value_")
    used: list[str] = []
    rows = into.queryset.alias(**{at: own_field(desk.model, name).expression()})
    if one.kind in ("date", "number", "amount"):
        found, texts, used = _bounds(rows, name, one.kind, params, at)
    elif values := _all(params, name):
        unknown = sorted(set(values) - set(own_field(desk.model, name).choices)) if one.kind == "choice" else []
        if unknown:
            raise ValueError(_("%(value)s is not one of the choices.") % {"value": unknown[0]})
        part = Q(**{f"{at}__in": values}) if one.kind == "choice" else Q(**{f"{at}__icontains": values[-1]})
        found, texts, used = rows.filter(part), values, [name]
    if used:
        into.queryset = found
        into.chips.append(Chip(one.label, ", ".join(texts), tuple(used)))
    if empty := _first(params, f"{name}_empty"):
        into.queryset = rows.filter(**{f"{at}__isnull": empty == "1"}) if not used else into.queryset
        into.chips.append(Chip(one.label, _("empty") if empty == "1" else _("filled"), (f"{name}_empty",)))


def apply_filters(desk: ModelDesk, queryset: QuerySet[Any], params: Params, user: Any) -> Filtered:
    """Rows that pass all filters; what cannot be read is an error by parameter, never ignored in silence."""
    result = Filtered(queryset)
    hidden = hidden_fields(desk, user)
    for name in desk.filters:
        if name in hidden:
            continue  # probing a filter would reveal what is masked
        try:
            _one_filter(desk, name, params, user, result)
        except (ValueError, Refusal) as problem:
            result.errors[name] = [str(problem)]
    for name in own_names(desk.model):
        try:
            _own_filter(desk, name, params, result)
        except ValueError as problem:
            result.errors[name] = [str(problem)]
    for extra in desk.extra_filters:
        values = _all(params, extra.name)
        if not values:
            continue
        try:
            result.queryset = extra.apply(result.queryset, values, user)
            words = dict(extra.options())
            text = ", ".join(str(words.get(value, value)) for value in values)
            result.chips.append(Chip(str(extra.label), text, (extra.name,)))
        except (ValueError, Refusal) as problem:
            result.errors[extra.name] = [str(problem)]
    if result.errors:
        result.queryset = queryset.none()
    return result


def hidden_fields(desk: ModelDesk, user: Any) -> set[str]:
    """Protected fields this user may neither see nor probe by filter, search or sorting."""
    return set() if not desk.masked or policy.may(user, desk.right("unmask")) else set(desk.masked)


def apply_search(
    desk: ModelDesk, queryset: QuerySet[Any], text: str, user: Any = None, known: Hits | None = None
) -> QuerySet[Any]:
    """Every word is found in the register's own search fields taken together, or in a related record.

    Hits are gathered as ids, so that a record with several matching relations stays one row. known: hits of the same
    request, to be shared between registers.
    """
    hidden = hidden_fields(desk, user) if user is not None else set()
    names = [name for name in desk.search if name not in hidden]
    hits = known or Hits()
    for word in search_words(text):
        queryset = hits.narrow(queryset, names, word)
    return queryset


def filter_form(desk: ModelDesk, params: Params, user: Any) -> forms.Form:
    """The filters as a form that sends them back in the address."""
    widgets: dict[str, forms.Field] = {}
    for one in parameters(desk, user):
        label = capfirst(one.label)
        if one.kind == "relation" and not one.options:
            widgets[one.name] = forms.CharField(label=label, required=False, help_text=_("Write the key."))
        elif one.kind in ("choice", "relation"):
            select = forms.SelectMultiple(attrs={"data-enhance": "", "data-no-results": _("Nothing found"), "size": 4})
            widgets[one.name] = forms.MultipleChoiceField(
                label=label, required=False, choices=list(one.options), widget=select
            )
        elif one.kind == "yesno":
            yesno = [("", _("all")), ("1", _("yes")), ("0", _("no"))]
            widgets[one.name] = forms.ChoiceField(label=label, required=False, choices=yesno)
        elif one.kind == "date":
            date = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            widgets[one.name] = forms.CharField(label=label, required=False, widget=date)
        else:
            widgets[one.name] = forms.CharField(label=label, required=False)
    form_class = type("FilterForm", (forms.Form,), dict(widgets))
    initial = {
        name: list(params.get(name, [])) if isinstance(widget, forms.MultipleChoiceField) else _first(params, name)
        for name, widget in widgets.items()
    }
    form: forms.Form = form_class(initial=initial, auto_id="filter_%s")
    return form
