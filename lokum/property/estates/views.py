"""Pages of estates that are not registers: the tree, facts as of a day, the generator."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from lokum.core.base import clock, policy
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.addresses import url_of
from lokum.core.desk.routes import needs
from lokum.core.organisation.chosen import preselected_entity
from lokum.core.organisation.models import Entity
from lokum.property.estates import queries
from lokum.property.estates.forms import AsOfForm
from lokum.property.estates.generator import Conflict, Outcome
from lokum.property.estates.generator_forms import GeneratorForm, PositionFormSet, parameters_of
from lokum.property.estates.models import Building, Estate, Premises
from lokum.property.estates.services import generate_estate, preview_estate


def _found(rows: Any, user: Any, pk: int, action: str = "view") -> Any:
    record = policy.allowed(rows, user, action).filter(pk=pk).first()
    if record is None:
        raise Missing("record.missing", _("There is no such record."))
    return record


@needs("estates.premises:view")
def tree(request: HttpRequest) -> HttpResponse:
    """Estate, building, entrance, premises; the chosen building is opened."""
    chosen = request.GET.get("building", "")
    context = {
        "title": _("Estates as a tree"),
        "tree": queries.tree_of(
            policy.allowed(Estate.objects.all(), request.user, "view"),
            policy.allowed(Building.objects.all(), request.user, "view"),
            policy.allowed(Premises.objects.proper(), request.user, "view"),
            int(chosen) if chosen.isdigit() and len(chosen) < 19 else None,
        ),
    }
    return render(request, "estates/tree.html", context)


@needs("estates.premises:view")
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """To the page of premises, or of the supply point they are: for lists that hold both."""
    return redirect(url_of(_found(Premises.objects.all(), request.user, pk)))


@needs("estates.premises:view")
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Attributes of premises as of any day, and as they were known on any day."""
    premises = _found(Premises.objects.all(), request.user, pk)
    form = AsOfForm(request.GET or None, initial={"on": clock.today()})
    on, known_on = form.days() if form.is_bound else (None, None)
    on = on or clock.today()
    known_at = dt.datetime.combine(known_on, dt.time.max, dt.UTC) if known_on else None
    context = {
        "title": _("Attributes of %(premises)s") % {"premises": premises},
        "form": form,
        "on": on,
        "known_on": known_on,
        "facts": [*queries.facts_as_of(pk, on, known_at).values(), *queries.own_values_as_of(pk, on, known_at)],
        "lines": queries.whole_history(pk),
        "breadcrumbs": [
            {"label": str(premises), "url": reverse("desk:detail", args=["estates", "premises", pk])},
            {"label": _("Attributes"), "url": ""},
        ],
    }
    return render(request, "estates/facts.html", context)


_STEPS = (_lazy("Parameters"), _lazy("Preview"), _lazy("Done"))


def _steps(current: int) -> list[dict[str, Any]]:
    states = ["done"] * current + ["current"] + ["todo"] * (2 - current)
    if current == 2:
        states[2] = "done"
    return [{"label": label, "state": state} for label, state in zip(_STEPS, states, strict=True)]


def conflict_text(conflict: Conflict) -> str:
    """Why something of the plan cannot be made, in words."""
    texts = {
        "number_taken": _("The number is taken by other premises (%(detail)s)."),
        "number_twice": _("The mask gives this number twice."),
        "building_elsewhere": _("The code is taken by a building of the estate %(detail)s."),
        "too_long": _("This is longer than twenty characters."),
    }
    return texts[conflict.code] % {"detail": conflict.detail}


@needs("estates.premises:add")
def generate(request: HttpRequest, pk: int) -> HttpResponse:
    """Parameters, then a preview with counts and conflicts, then what was made. Nothing is kept between the steps."""
    estate = _found(Estate.objects.all(), request.user, pk)
    entities = policy.allowed(Entity.objects.filter(closed_on=None), request.user, "view")
    step = request.POST.get("step", "")
    data = request.POST if step else None
    initial = {"valid_from": clock.today(), "entity": preselected_entity(request, entities)}
    form = GeneratorForm(data, entities=entities, initial=initial)
    positions = PositionFormSet(data, prefix="position")
    context: dict[str, Any] = {"estate": estate, "form": form, "positions": positions, "steps": _steps(0)}
    status = 200
    if step in ("preview", "apply"):
        status = 422
        if form.is_valid() and positions.is_valid():
            try:
                context |= _outcome(request, estate, form, positions, apply=step == "apply")
                status = 200
            except Refusal as refusal:
                _show(refusal, form, positions)
    context |= {
        "title": _("Generate premises of %(estate)s") % {"estate": estate},
        "cancel_url": reverse("desk:detail", args=["estates", "estate", pk]),
    }
    return render(request, "estates/generate.html", context, status=status)


def _outcome(request: HttpRequest, estate: Estate, form: Any, positions: Any, *, apply: bool) -> dict[str, Any]:
    parameters = parameters_of(estate, form, positions)
    if not apply:
        outcome = preview_estate(estate.pk, parameters)
        sent = [
            (n, v) for n in request.POST for v in request.POST.getlist(n) if n not in ("step", "csrfmiddlewaretoken")
        ]
        return {"outcome": outcome, "steps": _steps(1), "sent": sent, **_shown(outcome)}
    actor: Any = current_actor()
    values = form.cleaned_data
    outcome = generate_estate(
        estate.pk,
        parameters,
        actor=actor,
        entity_pk=values["entity"].pk,
        valid_from=values["valid_from"],
        source=values["source"],
    )
    return {"outcome": outcome, "done": True, "steps": _steps(2), **_shown(outcome)}


def _shown(outcome: Outcome) -> dict[str, Any]:
    rows = outcome.premises if len(outcome.premises) <= 20 else [*outcome.premises[:10], *outcome.premises[-10:]]
    return {
        "samples": [(code, one, Premises.Kind(one.kind).label) for code, one in rows],
        "conflicts": [(conflict, conflict_text(conflict)) for conflict in outcome.conflicts[:500]],
    }


def _show(refusal: Refusal, form: Any, positions: Any) -> None:
    placed = False
    for name, texts in refusal.fields.items():
        if name in form.fields:
            for text in texts:
                form.add_error(name, str(text))
                placed = True
    if not placed:
        form.add_error(None, str(refusal.message))
