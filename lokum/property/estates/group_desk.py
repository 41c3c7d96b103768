"""Registers of districts and groups, and of changes of facts."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lokum.core.base.context import Actor
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.property.estates import group_queries, services
from lokum.property.estates.forms import GroupPlacesForm, LastDayForm
from lokum.property.estates.models import FactChange, GroupMember, PremisesGroup


def placed_text(placed: services.Placed) -> str:
    """What came in, in words."""
    text = ngettext("%(count)s place was added.", "%(count)s places were added.", placed.added) % {
        "count": placed.added
    }
    if placed.moved:
        text += " " + str(_("%(count)s of them left another district.") % {"count": placed.moved})
    return text


def _put_in(pk: int, *, actor: Actor, buildings: Any, premises: Any, **days: Any) -> str:
    placed = services.put_in_group(
        pk, actor=actor, buildings=[one.pk for one in buildings], premises=[one.pk for one in premises], **days
    )
    return placed_text(placed)


@register
class PremisesGroupDesk(ModelDesk):
    """Districts and free groups; places come in and leave with a date."""

    model = PremisesGroup
    purpose = _(
        "Groups of premises across estates: districts of caretakers, or any selection you charge or report together."
    )
    section = "premises"
    icon = "map-2"
    order = 60
    columns = ("code", "name", "kind", "node", "precedence", "note")
    fields = ("code", "name", "kind", "node", "precedence", "note")
    search = ("code", "name", "note")
    filters = ("kind", "node")
    import_key = ("code",)
    related = ("node",)
    facts = ("code", "kind", "node")
    tabs = (
        Tab("members", _("Places"), child=GroupMember, lookup="group"),
        Tab(
            "counts",
            _("Premises in figures"),
            template="estates/tab_group.html",
            context=lambda record, user: {"group": record, "counts": group_queries.group_counts(record.pk, user)},
        ),
    )
    actions = (Action("put_in", _("Add places"), _put_in, icon="map-pin", form=GroupPlacesForm),)


@register
class GroupMemberDesk(ModelDesk):
    """Read here, changed by actions, so that districts never overlap."""

    model = GroupMember
    section = "premises"
    icon = "map-pin"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("group", "building", "premises", "valid")
    filters = ("group", "building", "valid")
    related = ("group", "building", "premises")
    facts = ("group", "building", "valid")
    actions = (
        Action("leave", _("End"), lambda pk, *, actor, **v: services.leave_group(pk, actor=actor, **v),
               icon="calendar-event", form=LastDayForm),
    )  # fmt: skip


@register
class FactChangeDesk(ModelDesk):
    """What was changed, when, by whom: the list that corrections of charges start from."""

    model = FactChange
    purpose = _(
        "Changes of areas, counts and shares with their day and document. They come from the pages of premises "
        "and from imports."
    )
    filled_by = "estates.premises"
    section = "premises"
    icon = "history"
    order = 90
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = (
        "premises", "kind", "own_code", "effective_from", "effective_to", "old_value", "new_value", "source",
        "backdated", "recorded_at", "actor_label",
    )  # fmt: skip
    search = ("premises__code", "old_value", "new_value", "source")
    filters = ("premises__building__estate", "premises__building", "kind", "backdated", "effective_from",
               "recorded_at")  # fmt: skip
    related = ("premises",)
    facts = ("premises", "kind", "effective_from")
