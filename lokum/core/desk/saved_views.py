"""Saved views: a list's filters, sorting and columns under a name, private or shared."""

from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.models import SavedView

NOT_KEPT = ("page", "view", "format", "totals")


def views_of(desk: ModelDesk, user: Any) -> list[SavedView]:
    mine = Q(owner_id=user.pk) | Q(shared=True)
    return list(SavedView.objects.filter(mine, desk=desk.label).order_by("position", "name"))


def find(desk: ModelDesk, user: Any, pk: str) -> SavedView | None:
    if not pk.isdigit() or len(pk) > 18:
        return None
    return next((view for view in views_of(desk, user) if view.pk == int(pk)), None)


def keep_view(desk: ModelDesk, user: Any, *, name: str, query: str, shared: bool) -> SavedView:
    """Save under a name; the same name of the same owner is overwritten. Sharing needs the right "edit"."""
    name = name.strip()[:80]
    if not name:
        text = _("Give the view a name.")
        raise Refusal("view.name", text, fields={"name": [text]})
    if shared and not policy.may(user, desk.right("edit")):
        raise NotAllowed("right.missing", _("Views are shared by people who may edit this register."))
    params = QueryDict(query[:4000].lstrip("?"), mutable=True)
    for parameter in NOT_KEPT:
        params.pop(parameter, None)
    columns = [column for text in params.pop("columns", []) for column in str(text).split(",") if column]
    view, _created = SavedView.objects.update_or_create(
        desk=desk.label,
        owner_id=user.pk,
        name=name,
        defaults={"query": params.urlencode(), "columns": columns, "shared": shared},
    )
    return view


def remove_view(desk: ModelDesk, user: Any, pk: str) -> None:
    """Owners remove their own views."""
    view = find(desk, user, pk)
    if view is not None and view.owner_id == user.pk:
        view.delete()
