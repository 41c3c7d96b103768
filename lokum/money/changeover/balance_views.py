"""The step after a split or merge: which open balances stay, and which move to a new account."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal
from lokum.core.desk.routes import needs
from lokum.money.changeover.models import BalanceMove
from lokum.money.changeover.services.balances import FormerBalance, former_balances, request_move
from lokum.money.ledger.models import Account
from lokum.property.reshaping.models import Reshaping


@needs("changeover.balancemove:view")
def balances(request: HttpRequest, pk: int) -> HttpResponse:
    """Former accounts with what is open; whoever may proposes where it goes."""
    rows = Reshaping.objects.filter(state=Reshaping.State.DONE).select_related("premises")
    act = policy.allowed(rows, request.user, "view").filter(pk=pk).first()
    if act is None:
        raise Missing("record.missing", _("There is no such record."))
    seen = set(policy.allowed(Account.objects.all(), request.user, "view").values_list("pk", flat=True))
    found = [one for one in former_balances(act) if one.account.pk in seen]
    context: dict[str, Any] = {
        "act": act, "balances": found, "title": _("Open balances: %(act)s") % {"act": act},
        "moves": BalanceMove.objects.filter(act=act, source__in=seen).select_related("source", "target"),
        "may_move": policy.may(request.user, "changeover.balancemove:move"),
        "back_url": reverse("reshaping:guide", args=[act.pk]),
    }  # fmt: skip
    if request.method == "POST":
        try:
            return redirect(_propose(request, found))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            context |= {"problem": refusal.message, "reason": request.POST.get("reason", "")}
            return render(request, "changeover/balances.html", context, status=422)
    return render(request, "changeover/balances.html", context)


def _propose(request: HttpRequest, found: list[FormerBalance]) -> str:
    """One request for each account that was chosen; where the last of them is shown."""
    if not policy.may(request.user, "changeover.balancemove:move"):
        raise NotAllowed("record.not_allowed", _("You do not have the right to do this."))
    chosen = []
    for one in found:
        wanted = request.POST.get(f"target_{one.account.pk}", "")
        target = next((each for each in one.targets if str(each.pk) == wanted), None)
        if target is not None:
            chosen.append((one.account, target))
    if not chosen:
        raise Refusal("changeover.none_chosen", _("Choose a new account for a balance, or leave all as they are."))
    actor: Any = current_actor()
    for source, target in chosen:
        made = request_move(source=source, target=target, reason=request.POST.get("reason", ""), actor=actor)
    return reverse("desk:detail", args=["flow", "approvalrequest", made.pk])
