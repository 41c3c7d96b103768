"""Buttons: a page that says what happens, then the service behind it; and work on a selection."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk import likely
from lokum.core.desk.columns import key_text
from lokum.core.desk.desk import Action, ModelDesk
from lokum.core.desk.fields import KeyField
from lokum.core.desk.forms import action_form, add_refusal, bulk_form
from lokum.core.desk.records import MAX_ID, check_right, desk_at, find_choices, missing, record_of, rows_of
from lokum.core.desk.routes import by_desk
from lokum.core.desk.services import delete_records, edit_records, run_action, told_by

SELECTION_LIMIT = 1000


@by_desk("action")
def run(request: HttpRequest, app_label: str, model: str, name: str, pk: int | None = None) -> HttpResponse:
    """An action of one record or of the register itself."""
    desk = desk_at(app_label, model, request.user)
    action = desk.action(name)
    if action is None or action.collection != (pk is None):
        raise missing()
    check_right(desk, request.user, name)
    record = record_of(desk, pk, request.user, name) if pk is not None else None
    if "choices" in request.GET:
        return _choices(request, _form(request, action, record, sent=False))
    return _action_page(request, desk, action, [pk] if pk is not None else [], record)


def _form(request: HttpRequest, action: Action, record: Any, sent: bool) -> Any:
    """The form of an action with what is likely meant; typed fields suggest what the form would take."""
    data, files = (request.POST, request.FILES) if sent else (None, None)
    form = action_form(action.form, request.user, data, files, record)
    likely.preselect(form, request)
    for name, field in form.fields.items():
        if isinstance(field, KeyField) and field.rows is not None:
            field.widget.choices_url = f"{request.path}?choices={name}"
    return form


def _action_page(request: HttpRequest, desk: ModelDesk, action: Action, pks: list[int], record: Any) -> HttpResponse:
    sent = request.method == "POST" and "selected_only" not in request.POST
    form = _form(request, action, record, sent)
    status = 200
    if sent and form.is_valid():
        try:
            actor: Any = current_actor()
            result = run_action(desk, action, user=request.user, actor=actor, values=form.cleaned_data, pks=pks)
            likely.remember(form, request)
            return _done(request, desk, action, record, result)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            add_refusal(form, refusal)
            status = refusal.status
    elif sent:
        status = 422
    blocked = [] if record is None or action.available(record) else [_("This is not possible in the present state.")]
    context = {
        "desk": desk, "action": action, "record": record, "form": form, "blocked": blocked, "selected": pks,
        "title": action.label,
        "cancel_url": desk.path("detail", record.pk) if record is not None else desk.path("list"),
        "breadcrumbs": [{"label": desk.title, "url": desk.path("list")}, {"label": action.label, "url": ""}],
    }  # fmt: skip
    return render(request, "desk/action.html", context, status=status)


def _choices(request: HttpRequest, form: Any) -> HttpResponse:
    """Suggestions while somebody types into a field of the form: only what it would take."""
    name = request.GET["choices"]
    field = form.fields.get(name)
    if not isinstance(field, KeyField) or field.rows is None:
        raise missing()
    rows = find_choices(field.model, request.GET.get(name, ""), request.user, of=field.rows)
    return render(request, "desk/choices.html", {"found": [(key_text(row), str(row)) for row in rows]})


def _done(request: HttpRequest, desk: ModelDesk, action: Action, record: Any, result: Any) -> HttpResponse:
    """A service may return a sentence for the user; `result_url` says where its result is shown."""
    messages.success(request, told_by(result) or _("Done: %(action)s.") % {"action": action.label})
    if action.result_url is not None:
        return redirect(action.result_url(result))
    if record is not None and rows_of(desk, request.user).filter(pk=record.pk).exists():
        return redirect(desk.path("detail", record.pk))
    return redirect(desk.path("list"))


def _selection(request: HttpRequest) -> list[int]:
    texts = request.POST.getlist("selected")[:SELECTION_LIMIT]
    return [int(text) for text in texts if text.isdigit() and int(text) <= MAX_ID]


@by_desk("bulk")
def bulk(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    """Work on a selection: the list's form posts here, then the page's own form does with `confirmed`."""
    desk = desk_at(app_label, model, request.user)
    check_right(desk, request.user, "view")
    pks, name = _selection(request), request.POST.get("bulk", "")
    if request.method != "POST" or not pks:
        if request.method == "POST":
            messages.warning(request, _("Nothing was selected."))
        return redirect(desk.path("list"))
    if name == "edit":
        return _bulk_edit(request, desk, pks)
    if name == "delete":
        return _bulk_delete(request, desk, pks)
    action = desk.action(name)
    if action is None or not action.bulk:
        raise missing()
    return _bulk_action(request, desk, action, pks)


def _names(desk: ModelDesk, request: HttpRequest, pks: list[int], action: str) -> list[str]:
    check_right(desk, request.user, action)
    rows = list(rows_of(desk, request.user, action).filter(pk__in=pks))
    if len(rows) != len(set(pks)):
        raise missing()
    return [str(row) for row in rows]


def _page(
    request: HttpRequest, desk: ModelDesk, name: str, pks: list[int], status: int, **context: Any
) -> HttpResponse:
    context |= {"desk": desk, "bulk": name, "selected": pks, "cancel_url": desk.path("list")}
    context["breadcrumbs"] = [{"label": desk.title, "url": desk.path("list")}, {"label": context["title"], "url": ""}]
    return render(request, "desk/bulk.html", context, status=status)


def _bulk_edit(request: HttpRequest, desk: ModelDesk, pks: list[int]) -> HttpResponse:
    names, status = _names(desk, request, pks, "edit"), 200
    form = bulk_form(desk, request.user, request.POST if "confirmed" in request.POST else None)
    if form.is_bound:
        status = 422
        if form.is_valid():
            values = {name: form.cleaned_data[name] for name in form.cleaned_data["set_fields"]}
            good_only = form.cleaned_data["policy"] == "good"
            try:
                actor: Any = current_actor()
                changed, refused = edit_records(desk, pks, values, user=request.user, actor=actor, good_only=good_only)
            except Refusal as refusal:
                if refusal.status in (403, 404):
                    raise
                add_refusal(form, refusal)
            else:
                return _edited(request, desk, changed, refused)
    return _page(request, desk, "edit", pks, status, title=_("Edit the selected records"), form=form, names=names)


def _edited(request: HttpRequest, desk: ModelDesk, changed: int, refused: dict[int, str]) -> HttpResponse:
    text = ngettext("%(count)d record was changed.", "%(count)d records were changed.", changed)
    messages.success(request, text % {"count": changed})
    for pk, reason in list(refused.items())[:10]:
        messages.warning(request, f"{rows_of(desk, request.user).filter(pk=pk).first()}: {reason}")
    return redirect(desk.path("list"))


def _bulk_delete(request: HttpRequest, desk: ModelDesk, pks: list[int]) -> HttpResponse:
    names = _names(desk, request, pks, "delete")
    if "confirmed" in request.POST:
        actor: Any = current_actor()
        count = delete_records(desk, pks, user=request.user, actor=actor)
        text = ngettext("%(count)d record was deleted.", "%(count)d records were deleted.", count)
        messages.success(request, text % {"count": count})
        return redirect(desk.path("list"))
    return _page(request, desk, "delete", pks, 200, title=_("Delete the selected records"), names=names, tone="bad")


def _bulk_action(request: HttpRequest, desk: ModelDesk, action: Action, pks: list[int]) -> HttpResponse:
    names, status = _names(desk, request, pks, action.name), 200
    confirmed = "confirmed" in request.POST
    form = action_form(action.form, request.user, request.POST if confirmed else None, request.FILES or None)
    likely.preselect(form, request)
    if confirmed and form.is_valid():
        try:
            actor: Any = current_actor()
            result = run_action(desk, action, user=request.user, actor=actor, values=form.cleaned_data, pks=pks)
            likely.remember(form, request)
            return _done(request, desk, action, None, result)
        except Refusal as refusal:
            add_refusal(form, refusal)
            status = refusal.status
    elif confirmed:
        status = 422
    context = {"title": action.label, "form": form, "names": names, "confirm": action.confirm, "tone": action.tone}
    return _page(request, desk, action.name, pks, status, **context)
