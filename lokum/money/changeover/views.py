"""The guide through a change of owner: one address, a step at a time, nothing done before the last button."""

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
from lokum.money.changeover import services
from lokum.money.changeover.desk import set_holders
from lokum.money.changeover.forms import DetailsStepForm, HoldersStepForm
from lokum.money.changeover.models import OwnerChange

STEPS = (
    ("holders", _lazy("New owners")),
    ("details", _lazy("Readings, arrears, deposits, keys")),
    ("preview", _lazy("Preview")),
    ("done", _lazy("Done")),
)
NAMES = [name for name, _label in STEPS]


def _steps(change: OwnerChange, current: str) -> list[dict[str, Any]]:
    place = NAMES.index(current)
    steps = []
    for number, (name, label) in enumerate(STEPS):
        finished = number < place or change.state != OwnerChange.State.PREPARED
        state = "done" if finished else "current" if number == place else "todo"
        url = f"?step={name}" if change.state == OwnerChange.State.PREPARED and number < place else ""
        steps.append({"label": label, "state": state, "url": url})
    return steps


@needs("changeover.ownerchange:view")
def guide(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the step of the address; posting a step saves it and goes on to the next."""
    rows = OwnerChange.objects.select_related("premises__building", "title", "payer", "new_title", "new_agreement")
    change = policy.allowed(rows, request.user, "view").filter(pk=pk).first()
    if change is None:
        raise Missing("record.missing", _("There is no such record."))
    step = request.GET.get("step", "holders")
    if change.state != OwnerChange.State.PREPARED or step not in NAMES:
        step = "done" if change.state != OwnerChange.State.PREPARED else "holders"
    context = {
        "change": change,
        "title": _("Change of owner: %(premises)s") % {"premises": change.premises},
        "steps": _steps(change, step),
        "record_url": reverse("desk:detail", args=["changeover", "ownerchange", change.pk]),
    }
    return SHOWN[step](request, change, context)


def _form_step(
    request: HttpRequest,
    change: OwnerChange,
    context: dict[str, Any],
    form_class: Any,
    right: str,
    save: Any,
    after: str,
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = form_class(data, initial=form_class.initial_of(change))
    form.user, status = request.user, 200
    if data is not None:
        status = 422
        _check(request, change, right)
        if form.is_valid():
            try:
                save(change.pk, actor=current_actor(), **form.cleaned_data)
                return redirect(f"{reverse('changeover:guide', args=[change.pk])}?step={after}")
            except Refusal as refusal:
                add_refusal(form, refusal)
    return render(request, "changeover/step.html", context | {"form": form}, status=status)


def _check(request: HttpRequest, change: OwnerChange, right: str) -> None:
    record_of(desk_at("changeover", "ownerchange", request.user), change.pk, request.user, right)


def _holders(request: HttpRequest, change: OwnerChange, context: dict[str, Any]) -> HttpResponse:
    return _form_step(request, change, context, HoldersStepForm, "set_holders", set_holders, "details")


def _details(request: HttpRequest, change: OwnerChange, context: dict[str, Any]) -> HttpResponse:
    return _form_step(request, change, context, DetailsStepForm, "set_details", services.set_details, "preview")


def _preview(request: HttpRequest, change: OwnerChange, context: dict[str, Any]) -> HttpResponse:
    """What will happen, in figures; the button does it."""
    actor: Any = current_actor()
    status = 200
    try:
        if request.method == "POST":
            _check(request, change, "carry_out")
            services.carry_out(change.pk, actor=actor)
            return redirect("changeover:guide", pk=change.pk)
        context["plan"] = services.preview(change.pk, actor=actor)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        context["problem"], status = refusal.message, refusal.status
    return render(request, "changeover/preview.html", context, status=status)


def _done(request: HttpRequest, change: OwnerChange, context: dict[str, Any]) -> HttpResponse:
    undo_url = reverse("desk:action", args=["changeover", "ownerchange", change.pk, "undo"])
    context |= {"undo_url": undo_url, "deposit_requests": services.deposit_requests(change)}
    return render(request, "changeover/done.html", context)


SHOWN: dict[str, Callable[[HttpRequest, OwnerChange, dict[str, Any]], HttpResponse]] = {
    "holders": _holders,
    "details": _details,
    "preview": _preview,
    "done": _done,
}
