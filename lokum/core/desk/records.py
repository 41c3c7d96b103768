"""Reading records of a register as one user may: rows, one row, a row by its key."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.errors import Missing, NotAllowed, Refusal
from lokum.core.desk import switches
from lokum.core.desk.columns import KEY_JOINER, PATH, field_at, key_paths
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.sql import matches, search_text, search_words

MAX_ID = 2**63 - 1


def desk_at(app_label: str, model_name: str, user: Any) -> ModelDesk:
    """The register named in an address; "not found" when there is none or its function is switched off."""
    desk = registry.named(app_label, model_name)
    if desk is None or not switches.is_on(user, desk.module):
        raise Missing("register.missing", _("There is no such register."))
    return desk


def check_right(desk: ModelDesk, user: Any, action: str) -> None:
    if not policy.may(user, desk.right(action)):
        raise NotAllowed(
            "right.missing", _("You do not have the right to do this."), details={"right": desk.right(action)}
        )


def rows_of(desk: ModelDesk, user: Any, action: str = "view") -> QuerySet[Any]:
    """Rows the user may see (or act on): right, data scope and switched functions together."""
    return switches.narrowed(policy.allowed(desk.base_queryset(), user, action), desk.module)


def record_of(desk: ModelDesk, pk: Any, user: Any, action: str = "view", *, lock: bool = False) -> Any:
    """One record for one action: 403 without the right, 404 outside the scope.

    lock: the row is locked until the end of the transaction.
    """
    check_right(desk, user, "view")
    check_right(desk, user, action)
    if not str(pk).isdigit() or int(pk) > MAX_ID:
        raise missing()
    rows = rows_of(desk, user).filter(pk=int(pk))
    if lock:
        # Lock the plain row first: annotations of the register may not be locked.
        list(desk.model._default_manager.select_for_update(of=("self",)).filter(pk=int(pk)).values_list("pk"))
    record = rows.first()
    if record is None:
        raise missing()
    if action != "view" and not rows_of(desk, user, action).filter(pk=record.pk).exists():
        raise NotAllowed("right.missing", _("You do not have the right to do this here."))
    return record


def missing() -> Missing:
    return Missing("record.missing", _("There is no such record."))


def find_by_key(
    model: type[models.Model], text: str, user: Any, *, action: str = "view", id_first: bool = False
) -> Any:
    """The one record in the user's scope that a text names: "#id", an id, or its key ("B01 / 12").

    A number may be both: people and sheets mean the key, addresses and the API mean the id (`id_first`).
    """
    rows = policy.allowed(model._default_manager.all(), user, action)
    text = str(text).strip().replace("\x00", "")
    number = text.removeprefix("#")
    by_id = rows.filter(pk=int(number)) if number.isdigit() and int(number) <= MAX_ID else rows.none()
    found: Any = by_id.first() if id_first or text.startswith("#") else None
    paths = key_paths(model)
    parts = text.split(KEY_JOINER) if len(paths) > 1 else [text]
    if found is None and len(parts) == len(paths) and "pk" not in paths:
        found = _first_of(rows, dict(zip(paths, parts, strict=True)), model)
    found = found or by_id.first()
    if found is None:
        raise Refusal("record.unknown", _("“%(text)s” is not known here.") % {"text": text[:80]})
    return found


def _first_of(rows: QuerySet[Any], lookups: dict[str, str], model: type[models.Model]) -> Any:
    """First match; a part that cannot be a value of its field means no match."""
    for path, text in lookups.items():
        field = field_at(model, path)
        try:
            if field is not None:
                field.clean(text, None) if not field.is_relation else int(text)
        except Exception:
            return None
    return rows.filter(**lookups).first()


def find_choices(
    model: type[models.Model], text: str, user: Any, count: int = 20, *, of: QuerySet[Any] | None = None
) -> QuerySet[Any]:
    """Records to pick from while somebody types; `of`: only among these."""
    rows = policy.allowed(model._default_manager.all(), user, "view") if of is None else of
    desk = registry.of(model)
    if desk is not None:
        rows = switches.narrowed(rows, desk.module)
        own = [name for name in desk.search if PATH not in name]
        for word in search_words(text):
            if own:
                rows = rows.filter(matches(search_text(own, indexed=desk.search_indexed), word))
    return rows[:count]
