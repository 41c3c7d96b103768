"""The user's own pages: password, language, tokens."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from lokum.core.access import services
from lokum.core.access.forms import LanguageForm, OwnPasswordForm, TokenForm
from lokum.core.access.tokens import issue_token, withdraw_token
from lokum.core.base.errors import Refusal
from lokum.core.desk.routes import public, signed_in


@signed_in
@require_http_methods(["GET", "POST"])
def own_password(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = OwnPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        services.set_own_password(user, form.cleaned_data["password"], actor=request.actor)  # type: ignore[attr-defined]
        update_session_auth_hash(request, user)
        messages.success(request, _("Your new password is set."))
        return redirect("/")
    return render(request, "access/own_password.html", {"form": form, "due": user.must_change_password})


@signed_in
@require_http_methods(["GET", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = LanguageForm(request.POST or None, initial={"language": user.language})
    if request.method == "POST" and form.is_valid():
        services.set_language(user, form.cleaned_data["language"], actor=request.actor)  # type: ignore[attr-defined]
        with translation.override(user.language):
            messages.success(request, _("From now on the pages are in this language."))
        return redirect("access:language")
    return render(request, "access/language.html", {"form": form})


@public
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """The switch in the head of every page; a signed-in user keeps the choice."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        services.set_language(request.user, chosen, actor=request.actor)  # type: ignore[attr-defined]
    return set_language(request)


def _tokens_page(request: HttpRequest, form: TokenForm, **more: Any) -> HttpResponse:
    user: Any = request.user
    context = {"form": form, "tokens": user.api_tokens.order_by("-pk"), **more}
    return render(request, "access/tokens.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        try:
            token, secret = issue_token(user, **form.cleaned_data, actor=request.actor)  # type: ignore[attr-defined]
        except Refusal as refusal:
            form.add_error("scopes" if "right" in refusal.fields else "days", str(refusal.message))
        else:
            return _tokens_page(request, TokenForm(), made=token, secret=secret)
    return _tokens_page(request, form)


@signed_in
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    withdraw_token(pk, owner=request.user, actor=request.actor)  # type: ignore[arg-type, attr-defined]
    messages.success(request, _("The token is withdrawn."))
    return redirect("access:tokens")
