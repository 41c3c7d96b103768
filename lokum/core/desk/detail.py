"""What the page of a record shows: header, allowed actions, tabs."""

from typing import Any

from django.http import QueryDict

from lokum.core.base import policy
from lokum.core.base.wording import local_text
from lokum.core.desk.addresses import url_of
from lokum.core.desk.columns import Column, all_columns, column
from lokum.core.desk.desk import ModelDesk, Tab, registry
from lokum.core.desk.listing import listing
from lokum.core.desk.panels import panels_of, timeline_of
from lokum.core.desk.rows import list_context
from lokum.core.desk.services import writable_fields

MOST_BUTTONS = 4  # more than these stand behind one button


def _may(desk: ModelDesk, record: Any, user: Any, action: str) -> bool:
    if not policy.may(user, desk.right(action)):
        return False
    return policy.allowed(desk.model._default_manager.filter(pk=record.pk), user, action).exists()


def fact(desk: ModelDesk, record: Any, one: Column, user: Any) -> dict[str, Any]:
    """One labelled value; a relation links to its own page, a protected value to the page that reveals it."""
    value = one.value(record)
    shown: dict[str, Any] = {
        "label": one.label,
        "kind": one.kind,
        "text": one.text(record, unmasked=not one.masked),
        "value": value if one.kind == "amount" else None,
        "currency": desk.currency_of(record) if one.kind == "amount" else "",
        "url": "",
        "unmask_url": "",
    }
    if one.kind == "relation" and value is not None and policy.may(user, policy.right_of(value, "view")):
        shown["url"] = url_of(value)
    if one.masked and shown["text"] and policy.may(user, desk.right("unmask")):
        shown["unmask_url"] = desk.path("unmask", record.pk, one.path)
    return shown


def _buttons(desk: ModelDesk, record: Any, user: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": action.label,
            "icon": action.icon,
            "tone": action.tone,
            "url": desk.path("action", record.pk, action.name),
        }
        for action in desk.actions
        if not action.collection
        and action.available(record)
        and action.shown(record)
        and _may(desk, record, user, action.name)
    ]


def _folded(buttons: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(in sight, behind "More actions"): a record that can do much still shows its facts before the fold."""
    if len(buttons) <= MOST_BUTTONS:
        return buttons, []
    first = sorted(buttons, key=lambda button: button["tone"] != "primary")[: MOST_BUTTONS - 1]
    return [button for button in buttons if button in first], [button for button in buttons if button not in first]


def _shown_tab(tab: Tab, user: Any) -> bool:
    if tab.right and not policy.may(user, tab.right):
        return False
    if tab.child is None:
        return True
    return registry.of(tab.child) is not None and policy.may(user, policy.right_of(tab.child, "view"))


def child_context(desk: ModelDesk, tab: Tab, record: Any, user: Any, query: QueryDict) -> dict[str, Any]:
    """The rows of a child register that belong to the record."""
    assert tab.child is not None
    child = registry.of(tab.child)
    assert child is not None
    params = {name: [str(v) for v in query.getlist(name)] for name in query if name in ("page", "sort", "q")}
    shown = listing(child, user, params)
    shown.queryset = shown.queryset.filter(**{tab.lookup: record.pk})
    parent = tab.lookup.split("__")[0]
    shown.columns = [one for one in shown.columns if one.path != parent] or shown.columns
    context = list_context(shown, query)
    prefill = f"?{parent}={record.pk}" if parent in child.fields else ""
    add_url = child.path("add") + prefill if context["may_add"] else ""
    return {**context, "child": child, "add_url": add_url, "embedded": True, "bulk_actions": [], "desk": desk}


def detail_context(desk: ModelDesk, record: Any, user: Any, query: QueryDict) -> dict[str, Any]:
    tabs: list[dict[str, Any]] = [{"name": "", "label": None}]
    own = {tab.name: tab for tab in desk.tabs if _shown_tab(tab, user)}
    filled = {p.name: p for p in panels_of(record) if policy.may(user, desk.right(p.right))}
    tabs += [{"name": tab.name, "label": tab.label} for tab in own.values()]
    tabs += [{"name": panel.name, "label": panel.label} for panel in filled.values()]
    current = query.get("tab", "") if query.get("tab", "") in own or query.get("tab", "") in filled else ""
    name = local_text(desk.name_of(record))
    buttons, more_buttons = _folded(_buttons(desk, record, user))
    context: dict[str, Any] = {
        "desk": desk,
        "record": record,
        "currency": desk.currency_of(record),
        "title": name,
        "facts": [fact(desk, record, column(desk, name), user) for name in desk.facts],
        "buttons": buttons,
        "more_buttons": more_buttons,
        "edit_url": _edit_url(desk, record, user),
        "delete_url": desk.path("delete", record.pk) if desk.deletable and _may(desk, record, user, "delete") else "",
        "tabs": tabs,
        "current_tab": current,
        "timeline": timeline_of(record, user),
        "breadcrumbs": [{"label": desk.title, "url": desk.path("list")}, {"label": name, "url": ""}],
        "tab_template": "desk/tab_fields.html",
    }
    if desk.state:
        state = column(desk, desk.state)
        context |= {"state": state.text(record), "state_tone": desk.tones.get(str(state.value(record)), "muted")}
    if current in own:
        context |= _own_tab(desk, own[current], record, user, query)
    elif current in filled:
        panel = filled[current]
        context |= {"tab_template": panel.template, "panel_url": desk.path("panel", record.pk, panel.name)}
        context |= panel.filled(record, user, query)
    else:
        context["fields"] = [fact(desk, record, one, user) for one in all_columns(desk)]
    return context


def _own_tab(desk: ModelDesk, tab: Tab, record: Any, user: Any, query: QueryDict) -> dict[str, Any]:
    if tab.child is not None:
        inner = child_context(desk, tab, record, user, query)
        return {"tab_template": "desk/tab_child.html", "inner": inner}
    context = tab.context(record, user) if tab.context else {}
    return {"tab_template": tab.template, **context}


def _edit_url(desk: ModelDesk, record: Any, user: Any) -> str:
    if desk.writes and writable_fields(desk, user) and _may(desk, record, user, "edit"):
        return desk.path("edit", record.pk)
    return ""
