"""Pages of this app that are no register."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lokum.core.base import clock
from lokum.core.desk.routes import needs
from lokum.property.parties.letters import letters_pdf
from lokum.property.parties.services import sign_ins


@needs(f"parties.party:{sign_ins.MAKE}")
@require_http_methods(["GET", "POST"])
def letters(request: HttpRequest) -> HttpResponse:
    """How many letters wait; printing sets their passwords, so it is a POST and happens once per letter."""
    if request.method == "POST":
        actor: Any = request.actor  # type: ignore[attr-defined]
        drawn = sign_ins.draw_letters(request.user, actor=actor)
        if not drawn:
            messages.info(request, _("No letter is waiting."))
            return redirect("parties:letters")
        name = f"access-letters-{clock.now():%Y%m%d-%H%M%S}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(letters_pdf(drawn), content_type="application/pdf", headers=headers)
    context = {
        "title": _("Letters with first passwords"),
        "waiting": sign_ins.waiting_letters(request.user).count(),
        "volume": sign_ins.VOLUME,
    }
    return render(request, "parties/letters.html", context)
