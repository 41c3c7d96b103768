"""A record: its page, its form, deleting, protected values."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk import likely, panels
from lokum.core.desk.detail import detail_context
from lokum.core.desk.forms import add_refusal, record_form
from lokum.core.desk.records import check_right, desk_at, missing, record_of
from lokum.core.desk.routes import by_desk
from lokum.core.desk.services import delete_record, dependents, reveal_field, save_record, writable_fields


@by_desk("view")
def show(request: HttpRequest, app_label: str, model: str, pk: int) -> HttpResponse:
    desk = desk_at(app_label, model, request.user)
    record = record_of(desk, pk, request.user)
    context = detail_context(desk, record, request.user, request.GET)
    return render(request, "desk/detail.html", context)


@by_desk("view")
def use_panel(request: HttpRequest, app_label: str, model: str, pk: int, panel: str) -> HttpResponse:
    """A form inside a panel (attach a file, add a comment)."""
    desk = desk_at(app_label, model, request.user)
    chosen = panels.panels.get(panel)
    record = record_of(desk, pk, request.user, chosen.right if chosen else "view")
    if chosen is None or chosen.post is None or not chosen.applies(record):
        raise missing()
    address = f"{desk.path('detail', pk)}?tab={panel}"
    if request.method == "POST":
        try:
            messages.success(request, chosen.post(record, request, request.user))
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
    return redirect(address)


@by_desk("add")
def add(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    desk = desk_at(app_label, model, request.user)
    check_right(desk, request.user, "add")
    if not desk.addable or not desk.fields:
        raise missing()
    given = {name: value for name, value in request.GET.items() if name in desk.fields or name in desk.extras}
    return _form_page(request, desk, None, initial=given)


@by_desk("edit")
def edit(request: HttpRequest, app_label: str, model: str, pk: int) -> HttpResponse:
    desk = desk_at(app_label, model, request.user)
    record = record_of(desk, pk, request.user, "edit")
    if not desk.writes or not writable_fields(desk, request.user):
        raise missing()
    return _form_page(request, desk, record)


def _form_page(request: HttpRequest, desk: Any, record: Any, initial: Any = None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = record_form(desk, request.user, data=data, files=request.FILES or None, record=record, initial=initial)
    if record is None:
        likely.preselect(form, request)
    status = 200
    if data is not None:
        saved = _save(request, desk, record, form) if form.is_valid() else None
        if saved is not None:
            likely.remember(form, request)
            messages.success(request, _("“%(record)s” was saved.") % {"record": saved})
            return redirect(_after(request, desk, saved))
        status = getattr(form, "refused_status", 422)
    title = (
        _("Edit %(record)s") % {"record": record} if record else _("Add: %(register)s") % {"register": desk.singular}
    )
    cancel = desk.path("detail", record.pk) if record else desk.path("list")
    context = {"desk": desk, "form": form, "title": title, "cancel_url": cancel, "record": record}
    context["breadcrumbs"] = [{"label": desk.title, "url": desk.path("list")}, {"label": title, "url": ""}]
    return render(request, "desk/form.html", context, status=status)


def _after(request: HttpRequest, desk: Any, saved: Any) -> str:
    if "again" in request.POST:
        return desk.path("add")  # type: ignore[no-any-return]
    return desk.path("detail", saved.pk)  # type: ignore[no-any-return]


def _save(request: HttpRequest, desk: Any, record: Any, form: Any) -> Any:
    """The saved record, or None with the refusal put on the form."""
    extras = desk.extras if record is None else desk.edit_extras
    extra = {name: value for name, value in form.values().items() if name in extras}
    values = {name: value for name, value in form.values().items() if name not in extras}
    try:
        return save_record(
            desk, record, values, user=request.user, actor=_actor(),
            version=form.cleaned_data.get("version"), extra=extra,
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        add_refusal(form, refusal)
        form.refused_status = refusal.status
        return None


def _actor() -> Any:
    actor = current_actor()
    assert actor is not None, "pages run inside the transaction of their request"
    return actor


@by_desk("delete")
def delete(request: HttpRequest, app_label: str, model: str, pk: int) -> HttpResponse:
    desk = desk_at(app_label, model, request.user)
    record = record_of(desk, pk, request.user, "delete")
    if not desk.deletable:
        raise missing()
    if request.method == "POST":
        name = delete_record(desk, pk, user=request.user, actor=_actor())
        messages.success(request, _("“%(record)s” was deleted.") % {"record": name})
        return redirect(desk.path("list"))
    hanging = dependents(record)
    context = {
        "desk": desk,
        "record": record,
        "title": _("Delete %(record)s") % {"record": record},
        "consequences": [{"label": label, "count": count} for label, count, forbids in hanging if not forbids],
        "blocked": [f"{label}: {count}" for label, count, forbids in hanging if forbids],
        "cancel_url": desk.path("detail", pk),
    }
    return render(request, "desk/delete.html", context)


@by_desk("unmask")
def unmask(request: HttpRequest, app_label: str, model: str, pk: int, name: str) -> HttpResponse:
    """Show a protected value: asks for the reason, writes it down, shows the value once."""
    desk = desk_at(app_label, model, request.user)
    record = record_of(desk, pk, request.user, "unmask")
    if name not in desk.masked:
        raise missing()
    context = {"desk": desk, "record": record, "title": desk.field(name).verbose_name, "value": None, "problem": ""}
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "")
            context["value"] = reveal_field(desk, pk, name, reason, user=request.user, actor=_actor())
        except Refusal as refusal:
            context["problem"] = refusal.message
    response = render(request, "desk/unmask.html", context)
    response["Cache-Control"] = "no-store"
    return response
