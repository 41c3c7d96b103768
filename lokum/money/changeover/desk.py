"""The register of changes of owner; the guide is a page of its own."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.base.context import Actor
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.money.changeover import services
from lokum.money.changeover.forms import DetailsStepForm, HoldersStepForm, StartForm
from lokum.money.changeover.models import BorderReading, HandedKey, NewHolder, OwnerChange
from lokum.money.changeover.wiring import guide_url


def _start(*, actor: Actor, title: Any, transferred_on: Any, document: str) -> OwnerChange:
    return services.start(title.pk, transferred_on, actor=actor, document=document)


def set_holders(pk: int, *, actor: Actor, payer: Any = None, **values: Any) -> OwnerChange:
    holders = values.pop("holders")
    return services.set_holders(pk, holders, actor=actor, payer_pk=payer.pk if payer else None, **values)


def _prepared(change: Any) -> bool:
    return bool(change.state == OwnerChange.State.PREPARED)


@register
class OwnerChangeDesk(ModelDesk):
    model = OwnerChange
    purpose = _(
        "Changes of owner, step by step: buyer, day, readings, keys, the month split between both, arrears taken over."
    )
    section = "people"
    icon = "arrows-exchange"
    order = 62
    columns = ("premises", "transferred_on", "title", "payer", "arrears", "arrears_amount", "deposits", "state",
               "new_agreement", "document")  # fmt: skip
    search = ("premises__code", "document", "payer__last_name")
    filters = ("premises__building__estate", "premises__building", "state", "arrears", "transferred_on")
    related = ("premises", "title__premises", "payer", "new_agreement")
    facts = ("premises", "transferred_on", "payer")
    state = "state"
    tones = {"prepared": "info", "done": "ok", "undone": "muted", "discarded": "muted"}
    editable = addable = deletable = importable = False
    tabs = (
        Tab(
            "guide",
            _("Steps"),
            template="changeover/tab_guide.html",
            context=lambda record, user: {"change": record, "guide_url": guide_url(record)},
        ),
        Tab("holders", _("New owners"), child=NewHolder, lookup="change"),
        Tab("readings", _("Border readings"), child=BorderReading, lookup="change"),
        Tab("keys", _("Keys"), child=HandedKey, lookup="change"),
    )
    actions = (
        Action("start", _("Begin a change of owner"), _start, icon="plus", form=StartForm, collection=True,
               result_url=guide_url),
        Action("set_holders", _("New owners"), set_holders, icon="users", form=HoldersStepForm, available=_prepared),
        Action("set_details", _("Readings, arrears, deposits, keys"),
               lambda pk, *, actor, **v: services.set_details(pk, actor=actor, **v),
               icon="gauge", form=DetailsStepForm, available=_prepared),
        Action("carry_out", _("Carry out"), services.carry_out, icon="check", tone="primary", available=_prepared,
               confirm=_("Titles, agreements and accounts change as the preview says."), result_url=guide_url),
        Action("discard", _("Discard"), services.discard, icon="x", available=_prepared),
        Action("undo", _("Undo"), services.undo, icon="arrow-back-up", tone="danger",
               available=lambda change: change.state == OwnerChange.State.DONE,
               confirm=_("The new title, agreement, account and bank number go; the former ones run on as before.")),
    )  # fmt: skip


@register
class NewHolderDesk(ModelDesk):
    """Part of a change of owner."""

    model = NewHolder
    section = "people"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("party", "numerator", "denominator")
    related = ("party",)


@register
class BorderReadingDesk(ModelDesk):
    """Part of a change of owner."""

    model = BorderReading
    section = "people"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("change", "meter", "value", "unit", "read_on")
    labels = {"change": _("Change of owner")}
    filters = ("read_on",)
    related = ("change__premises",)


@register
class HandedKeyDesk(ModelDesk):
    """Part of a change of owner."""

    model = HandedKey
    section = "people"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("change", "what", "count")
    labels = {"change": _("Change of owner")}
    related = ("change__premises",)
