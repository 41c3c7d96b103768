"""All rights there are: derived from desks and their actions, plus what apps declare for pages of their own.

A right is `app.model:action`. A role may hold a pattern: `*` stands for every app and model, every model of an
app ("estates.*:view") or every action ("estates.premises:*").
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base import approvals
from lokum.core.base.errors import Refusal
from lokum.core.desk.desk import registry
from lokum.core.desk.words import REGISTERS, Words

BASIC_ACTIONS = {
    "view": _("see"),
    "add": _("add"),
    "edit": _("change"),
    "delete": _("delete"),
    "export": _("export"),
    "print": _("print"),
    "import": _("import"),
    "unmask": _("see protected data"),
}

_declared: dict[str, Any] = {}


def declare(right: str, label: Any) -> None:
    """Make a right known that no desk gives, e.g. for a page of a process ("charges.chargerun:approve")."""
    model, colon, action = right.partition(":")
    if not colon or not action or model.count(".") != 1:
        raise ValueError(f"{right!r} is not of the form app.model:action")
    _declared[right] = label


def known_rights() -> dict[str, Any]:
    """Every right with its label: of each desk, each action of a desk, each kind of approval and each declared one."""
    found: dict[str, Any] = {kind.right: kind.label for kind in approvals.kinds.values()}
    for label, desk in registry.desks.items():
        labels = BASIC_ACTIONS | {one.name: one.label for one in desk.actions}
        for action in desk.action_names():
            found[f"{label}:{action}"] = labels[action]
    for model in apps.get_models():
        if model._meta.label_lower not in registry.desks and model.__module__.startswith("lokum."):
            found[f"{model._meta.label_lower}:view"] = BASIC_ACTIONS["view"]
    found.update(_declared)
    return found


class Rights(Words):
    """Rights and patterns of rights in words: register or area, then what may be done there."""

    def text(self, code: str) -> str:
        model, _colon, action = code.partition(":")
        app, _dot, name = model.partition(".")
        if model == "*":
            where = gettext("Everywhere")
        elif name == "*":
            known = [one for one in apps.get_app_configs() if one.label == app]
            where = str(known[0].verbose_name) if known else app
        else:
            where = REGISTERS.text(model)
        return f"{where}: {self._action(model, action)}"

    @staticmethod
    def _action(model: str, action: str) -> str:
        if action in ("", "*"):
            return gettext("everything")
        label = BASIC_ACTIONS.get(action) or known_rights().get(f"{model}:{action}")
        if label is None:
            label = next((text for right, text in known_rights().items() if right.endswith(f":{action}")), action)
        return str(label)


RIGHTS = Rights({})


@lru_cache(maxsize=4096)
def matches(pattern: str, right: str) -> bool:
    """Whether a role's pattern covers a right."""
    if pattern in ("*", "*:*", right):
        return True
    wanted, _colon, action = right.partition(":")
    model, colon, actions = pattern.partition(":")
    if not colon or actions not in ("*", action):
        return False
    if model in ("*", wanted):
        return True
    app, _dot, name = model.partition(".")
    return name == "*" and wanted.startswith(f"{app}.")


def holds(patterns: Iterable[str], right: str) -> bool:
    return any(matches(pattern, right) for pattern in patterns)


def check_right(pattern: str) -> None:
    """Refuse a pattern that covers no known right; a misspelt right would silently give nothing."""
    if not any(matches(pattern, right) for right in known_rights()):
        raise Refusal(
            "role.unknown_right",
            _("There is no right named “%(right)s”.") % {"right": pattern},
            fields={"right": [_("There is no right named “%(right)s”.") % {"right": pattern}]},
        )


def expand_pattern(pattern: str) -> frozenset[str]:
    """The known rights a pattern covers."""
    return frozenset(right for right in known_rights() if matches(pattern, right))
