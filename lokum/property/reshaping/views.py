"""The guide through a split or merge: one address, a step at a time, nothing done before the last button."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from lokum.core.base import policy
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.forms import add_refusal
from lokum.core.desk.records import desk_at, record_of
from lokum.core.desk.routes import needs
from lokum.property.reshaping import queries, services
from lokum.property.reshaping.desk import page_after, set_title
from lokum.property.reshaping.forms import ResultsForm, TitleForm
from lokum.property.reshaping.models import Reshaping
from lokum.property.reshaping.seams import carriers

LABELS = {
    "results": _lazy("New premises"),
    "title": _lazy("Title and payer"),
    "preview": _lazy("Preview"),
    "done": _lazy("Done"),
}
MOST_COLUMNS = 12


def _names(act: Reshaping) -> list[str]:
    return [name for name in LABELS if name != "title" or act.kind == Reshaping.Kind.MERGE]


def _steps(act: Reshaping, current: str) -> list[dict[str, Any]]:
    names = _names(act)
    place = names.index(current)
    steps = []
    for number, name in enumerate(names):
        open_ = act.state == Reshaping.State.PREPARED
        state = "done" if number < place or not open_ else "current" if number == place else "todo"
        steps.append(
            {"label": LABELS[name], "state": state, "url": f"?step={name}" if open_ and number < place else ""}
        )
    return steps


@needs("reshaping.reshaping:view")
def guide(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the step of the address; posting a step saves it and goes on to the next."""
    rows = Reshaping.objects.select_related("premises__building", "payer")
    act = policy.allowed(rows, request.user, "view").filter(pk=pk).first()
    if act is None:
        raise Missing("record.missing", _("There is no such record."))
    step = request.GET.get("step", "results")
    if act.state != Reshaping.State.PREPARED or step not in _names(act):
        step = "done" if act.state != Reshaping.State.PREPARED else "results"
    split = act.kind == Reshaping.Kind.SPLIT
    context = {
        "act": act,
        "title": (_("Split of %(premises)s") if split else _("Merge into %(premises)s")) % {"premises": act.premises},
        "steps": _steps(act, step),
        "record_url": reverse("desk:detail", args=["reshaping", "reshaping", act.pk]),
        "former": [one.premises for one in act.former_premises.select_related("premises")],
    }
    return SHOWN[step](request, act, context)


def _check(request: HttpRequest, act: Reshaping, right: str) -> None:
    record_of(desk_at("reshaping", "reshaping", request.user), act.pk, request.user, right)


def _after(act: Reshaping, step: str) -> HttpResponse:
    names = _names(act)
    following = names[names.index(step) + 1]
    return redirect(f"{reverse('reshaping:guide', args=[act.pk])}?step={following}")


def _count(request: HttpRequest, act: Reshaping) -> int:
    """Columns of the table: as asked for, as planned, or two."""
    if act.kind == Reshaping.Kind.MERGE:
        return 1
    asked = request.POST.get("count") or request.GET.get("count") or ""
    wanted = int(asked) if asked.isdigit() and len(asked) < 4 else max(2, act.new_premises.count())
    return min(max(2, wanted), MOST_COLUMNS)


def _results(request: HttpRequest, act: Reshaping, context: dict[str, Any]) -> HttpResponse:
    count, status = _count(request, act), 200
    data = request.POST if request.method == "POST" else None
    form = ResultsForm(act, queries.value_lines(act), count, data)
    if data is not None:
        status = 422
        _check(request, act, "set_results")
        if form.is_valid():
            actor: Any = current_actor()
            try:
                services.set_results(act.pk, form.planned(), actor=actor)
                return _after(act, "results")
            except Refusal as refusal:
                add_refusal(form, refusal)
    more = count + 1 if act.kind == Reshaping.Kind.SPLIT and count < MOST_COLUMNS else None
    fewer = count - 1 if act.kind == Reshaping.Kind.SPLIT and count > 2 else None
    context |= {"form": form, "columns": count, "more": more, "fewer": fewer, "places": range(1, count + 1)}
    return render(request, "reshaping/results.html", context, status=status)


def _title(request: HttpRequest, act: Reshaping, context: dict[str, Any]) -> HttpResponse:
    data, status = request.POST if request.method == "POST" else None, 200
    form = TitleForm(data, initial=TitleForm.initial_of(act))
    form.user = request.user
    if data is not None:
        status = 422
        _check(request, act, "set_title")
        if form.is_valid():
            actor: Any = current_actor()
            try:
                set_title(act.pk, actor=actor, **form.cleaned_data)
                return _after(act, "title")
            except Refusal as refusal:
                add_refusal(form, refusal)
    return render(request, "reshaping/title.html", context | {"form": form}, status=status)


def _preview(request: HttpRequest, act: Reshaping, context: dict[str, Any]) -> HttpResponse:
    """What will happen, in figures; the button does it."""
    actor: Any = current_actor()
    status = 200
    try:
        if request.method == "POST":
            _check(request, act, "carry_out")
            return redirect(page_after(services.carry_out(act.pk, actor=actor)))
        context["plan"] = services.preview(act.pk, actor=actor)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        context["problem"], status = refusal.message, refusal.status
    return render(request, "reshaping/preview.html", context, status=status)


def _done(request: HttpRequest, act: Reshaping, context: dict[str, Any]) -> HttpResponse:
    carried = act.former.get("carried", {})
    carriage = services.finished_carriage(act)
    context |= {
        "undo_url": reverse("desk:action", args=["reshaping", "reshaping", act.pk, "undo"]),
        "opened": [one.premises for one in act.new_premises.select_related("premises") if one.premises],
        "agreements": queries.carried_agreements(act),
        "links": [one for carrier in carriers() for one in carrier.links(carriage, carried.get(carrier.name))],
    }
    return render(request, "reshaping/done.html", context)


SHOWN: dict[str, Callable[[HttpRequest, Reshaping, dict[str, Any]], HttpResponse]] = {
    "results": _results,
    "title": _title,
    "preview": _preview,
    "done": _done,
}
