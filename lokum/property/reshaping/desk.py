"""The register of splits and merges; the guide is a page of its own."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.base.context import Actor
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.property.reshaping import services
from lokum.property.reshaping.forms import MergeCodesForm, ResultsTextForm, TitleForm
from lokum.property.reshaping.models import FormerPremises, NewPremises, NewTitleHolder, Reshaping
from lokum.property.reshaping.wiring import guide_url

no_desk(NewTitleHolder, "shown in the steps of a merge; given by the action “title”")


def _merge(*, actor: Actor, premises: Any, **values: Any) -> Reshaping:
    return services.start_merge([one.pk for one in premises], actor=actor, **values)


def set_results(pk: int, *, actor: Actor, results: Any) -> Reshaping:
    return services.set_results(pk, results, actor=actor)


def set_title(pk: int, *, actor: Actor, payer: Any = None, **values: Any) -> Reshaping:
    return services.set_title(pk, values.pop("holders"), actor=actor, payer_pk=payer.pk if payer else None, **values)


def page_after(result: Any) -> str:
    """The guide, or the request that waits for a second person."""
    return guide_url(result) if isinstance(result, Reshaping) else url_of(result)


def _prepared(act: Any) -> bool:
    return bool(act.state == Reshaping.State.PREPARED)


@register
class ReshapingDesk(ModelDesk):
    model = Reshaping
    purpose = _(
        "Premises split into several or merged into one from a day on, with what happens to titles, agreements "
        "and money. A split starts on the page of premises."
    )
    filled_by = "estates.premises"
    section = "premises"
    icon = "git-merge"
    order = 58
    columns = ("kind", "premises", "effective_on", "document", "state", "done_at", "corrects_posted")
    default_columns = ("kind", "premises", "effective_on", "document", "state")
    search = ("premises__code", "document")
    filters = ("kind", "premises__building__estate", "premises__building", "state", "effective_on")
    related = ("premises",)
    facts = ("kind", "premises", "effective_on")
    state = "state"
    tones = {"prepared": "info", "done": "ok", "undone": "muted", "discarded": "muted"}
    editable = addable = deletable = importable = False
    tabs = (
        Tab(
            "guide",
            _("Steps"),
            template="reshaping/tab_guide.html",
            context=lambda record, user: {"act": record, "guide_url": guide_url(record)},
        ),
        Tab("former", _("Former premises"), child=FormerPremises, lookup="act"),
        Tab("new", _("New premises"), child=NewPremises, lookup="act"),
    )
    actions = (
        Action("merge", _("Merge premises"), _merge, icon="git-merge", form=MergeCodesForm, collection=True,
               result_url=guide_url),
        Action("set_results", _("New premises"), set_results, icon="home", form=ResultsTextForm, available=_prepared),
        Action("set_title", _("Title and payer"), set_title, icon="key", form=TitleForm,
               available=lambda act: _prepared(act) and act.kind == Reshaping.Kind.MERGE),
        Action("carry_out", _("Carry out"), services.carry_out, icon="check", tone="primary", available=_prepared,
               confirm=_("Premises, titles, agreements, prices and accounts change as the preview says."),
               result_url=page_after),
        Action("discard", _("Discard"), services.discard, icon="x", available=_prepared),
        Action("undo", _("Undo"), services.undo, icon="arrow-back-up", tone="danger",
               available=lambda act: act.state == Reshaping.State.DONE, result_url=guide_url,
               confirm=_("The new premises go with all that was opened for them; the former ones run on as before.")),
    )  # fmt: skip


@register
class FormerPremisesDesk(ModelDesk):
    """Part of a split or merge."""

    model = FormerPremises
    section = "premises"
    icon = "home"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("act", "position", "premises")
    filters = ("premises__building",)
    related = ("act__premises", "premises")


@register
class NewPremisesDesk(ModelDesk):
    """Part of a split or merge."""

    model = NewPremises
    section = "premises"
    icon = "home"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("act", "position", "number", "kind", "premises")
    filters = ("premises__building", "kind")
    related = ("act__premises", "premises")
