"""What the list templates show, computed from a listing."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lokum.core.base import policy
from lokum.core.base.wording import local_text
from lokum.core.desk.columns import Column, shown_text, unbroken
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.importing.services import offers_import
from lokum.core.desk.listing import COUNT_CAP, Count, Listing
from lokum.core.desk.menu import way_to
from lokum.core.desk.own_fields import own_names
from lokum.core.desk.sheets import FORMATS


def changed(query: QueryDict, **changes: str | None) -> str:
    """The address with some parameters changed; paging starts anew unless it is the change."""
    copy = query.copy()
    copy.pop("page", None)
    for name, value in changes.items():
        if value:
            copy[name] = value
        else:
            copy.pop(name, None)
    return f"?{copy.urlencode()}"


def _heading(shown: Listing, one: Column, query: QueryDict, currency: str, *, sortable: bool) -> dict[str, Any]:
    now = "ascending" if shown.sort == one.path else "descending" if shown.sort == f"-{one.path}" else ""
    following = f"-{one.path}" if now == "ascending" else one.path
    return {
        "column": one,
        "label": one.label + (f" ({currency})" if currency and one.kind == "amount" else ""),
        "sorted": now,
        "url": changed(query, sort=following) if sortable else "",
    }


def count_text(count: Count) -> str:
    number = formats.number_format(count.number, use_l10n=True, force_grouping=True)
    if count.exact:
        return str(number)
    if count.number == COUNT_CAP:
        return _("more than %(number)s") % {"number": number}
    return _("about %(number)s") % {"number": number}


def _currencies(shown: Listing, rows: Sequence[Any]) -> list[str]:
    """Currencies of the amounts shown: one alone stands in the headings, several stand beside the amounts."""
    if not any(one.kind == "amount" for one in shown.columns):
        return []
    return sorted({shown.desk.currency_of(row) for row in rows} - {""})


def _cells(desk: ModelDesk, columns: list[Column], record: Any, unmasked: bool, mixed: bool) -> list[dict[str, Any]]:
    cells = []
    for index, one in enumerate(columns):
        text = one.text(record, unmasked=unmasked)
        cell: dict[str, Any] = {
            "kind": one.kind,
            "text": text,
            "short": unbroken(text),
            "right": one.right_aligned,
            "first": index == 0,
        }
        if one.kind == "amount":
            currency = desk.currency_of(record)
            cell |= {"value": one.value(record), "currency": currency, "sign": currency if mixed else ""}
        if one.is_state:
            cell["tone"] = desk.tones.get(str(one.value(record)), "muted")
            cell["state"] = True
        cells.append(cell)
    return cells


def list_context(shown: Listing, query: QueryDict) -> dict[str, Any]:
    """Everything of the list that depends on the rows."""
    desk, user = shown.desk, shown.user
    page = shown.page(query.get("page", ""))
    count = shown.count_of(page)
    offered = shown.sorts(count)
    currencies = _currencies(shown, page.rows)
    alone = currencies[0] if len(currencies) == 1 else ""
    unmasked = not desk.masked or policy.may(user, desk.right("unmask"))
    last = page.first_rank + len(page.rows) - 1
    position = f"{page.first_rank}–{last}" if page.rows else ""
    words = _("%(position)s of %(count)s") % {"position": position, "count": count_text(count)} if page.rows else ""
    return {
        "desk": desk,
        "title": desk.title,
        "row_count": count_text(count),
        "count_words": ngettext("%(count)s record", "%(count)s records", count.number) % {"count": count_text(count)},
        "headings": [_heading(shown, one, query, alone, sortable=one in offered) for one in shown.columns],
        "rows": [
            {
                "pk": row.pk,
                "name": local_text(row),
                "url": desk.path("detail", row.pk),
                "cells": _cells(desk, shown.columns, row, False if desk.masked else unmasked, len(currencies) > 1),
            }
            for row in page.rows
        ],
        "totals": _totals(shown, count, query),
        "errors": [text for texts in shown.errors.values() for text in texts],
        "hints": shown.hints,
        "chips": [
            {"label": c.label, "text": c.text, "url": changed(query, **dict.fromkeys(c.names))} for c in shown.chips
        ],
        **(_empty(shown) if not page.rows else {}),
        "search_value": shown.search,
        "sort": shown.sort,
        "query": changed(query).removeprefix("?"),
        "hidden_params": [
            (name, value) for name in query for value in query.getlist(name) if name in ("sort", "columns", "view")
        ],
        "first_url": changed(query),
        "next_url": _paged(query, page.next),
        "previous_url": _paged(query, page.previous),
        "shown": words,
        "formats": FORMATS if policy.may(user, desk.right("export")) else (),
        "may_add": desk.addable and bool(desk.fields) and policy.may(user, desk.right("add")),
        "may_import": _may_import(desk, user),
        "bulk_actions": bulk_actions(desk, user),
        "collection_actions": [a for a in desk.actions if a.collection and policy.may(user, desk.right(a.name))],
    }


def _empty(shown: Listing) -> dict[str, Any]:
    """A list without rows says that nothing fits the filters, or what the register is for and what comes first."""
    desk, user = shown.desk, shown.user
    narrowed = bool(shown.chips or shown.search or shown.errors)
    if narrowed and policy.allowed(desk.base_queryset(), user, "view").exists():
        return {"filtered": True}
    steps = [one for one in desk.actions if one.collection and policy.may(user, desk.right(one.name))]
    chosen = [one for one in steps if one.name == desk.first_step]
    first: dict[str, Any] = {}
    if not chosen and desk.addable and desk.fields and policy.may(user, desk.right("add")):
        first = {"label": _("Add the first one"), "url": desk.path("add")}
    elif steps:
        one = (chosen or steps)[0]
        first = {"label": one.label, "url": desk.path("collection", one.name)}
    return {"first_step": first, "way_on": way_to(user, desk.filled_by) if desk.filled_by else None}


def _paged(query: QueryDict, cursor: str) -> str:
    if not cursor:
        return ""
    copy = query.copy()
    copy["page"] = cursor
    return f"?{copy.urlencode()}"


def _may_import(desk: ModelDesk, user: Any) -> bool:
    return offers_import(desk) and all(policy.may(user, desk.right(name)) for name in ("import", "add", "edit"))


def bulk_actions(desk: ModelDesk, user: Any) -> list[dict[str, Any]]:
    found = []
    if desk.writes and (desk.fields or own_names(desk.model)) and policy.may(user, desk.right("edit")):
        found.append({"name": "edit", "label": _("Edit"), "icon": "pencil", "tone": "plain"})
    for action in desk.actions:
        if action.bulk and policy.may(user, desk.right(action.name)):
            found.append({"name": action.name, "label": action.label, "icon": action.icon, "tone": "plain"})
    if desk.deletable and policy.may(user, desk.right("delete")):
        found.append({"name": "delete", "label": _("Delete"), "icon": "trash", "tone": "bad"})
    return found


def _totals(shown: Listing, count: Count, query: QueryDict) -> Any:
    """Totals of the filtered rows; over very many rows only when asked for."""
    if not any(one.path in shown.desk.totals for one in shown.columns):
        return None
    if not count.exact and query.get("totals") != "1":
        copy = query.copy()
        copy["totals"] = "1"
        return {"url": f"?{copy.urlencode()}"}
    lines = []
    for line in shown.totals():
        cells = []
        for index, one in enumerate(shown.columns):
            value = line["sums"].get(one.path)
            text = shown_text(value, one.kind) if value is not None else ""
            if index == 0 and value is None:
                text = f"{_('Total')} {line['currency'] or ''}".strip()
            cells.append(
                {
                    "text": text,
                    "right": one.right_aligned,
                    "kind": one.kind if value is not None else "text",
                    "value": value,
                    "currency": line["currency"] or "",
                }
            )
        lines.append(cells)
    return {"lines": lines}
