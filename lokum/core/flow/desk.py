"""Register of approval requests: who proposed what, what it changes, who decided."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lokum.core.base.approvals import kinds
from lokum.core.base.context import current_actor
from lokum.core.desk.desk import Action, Filter, ModelDesk, Tab, register, registry
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.queries import changes_of
from lokum.core.flow.services import approve, refuse, withdraw


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)


def _refuse(pk: int, *, reason: str, actor: Any) -> ApprovalRequest:
    return refuse(pk, reason, actor=actor)


def _open(request: ApprovalRequest) -> bool:
    return request.state == ApprovalRequest.State.PROPOSED


def _own(request: ApprovalRequest) -> bool:
    actor = current_actor()
    return actor is not None and actor.user_id == request.proposer_id


def _others(request: ApprovalRequest) -> bool:
    return not _own(request)


def _change(request: ApprovalRequest, user: Any) -> dict[str, Any]:
    desk = registry.desks.get(request.target_model)
    return {
        "request_record": request,
        "changes": changes_of(request),
        "target_url": desk.path("detail", request.target_id) if desk is not None else "",
        "own": user.pk == request.proposer_id,
        "open": _open(request),
    }


def _kind(rows: QuerySet[ApprovalRequest], values: list[str], user: Any) -> QuerySet[ApprovalRequest]:
    return rows.filter(kind__in=values)


def _kind_options() -> list[tuple[str, Any]]:
    return sorted(((code, str(kind.label)) for code, kind in kinds.items()), key=lambda pair: pair[1])


@register
class ApprovalRequestDesk(ModelDesk):
    model = ApprovalRequest
    section = "office"
    icon = "list-check"
    menu = False  # opened from the page of what waits
    columns = ("what", "about", "amount", "currency", "node", "why", "proposer", "proposed_at", "state",
               "decided_by", "decided_at", "decision_reason")  # fmt: skip
    default_columns = ("what", "about", "amount", "proposer", "proposed_at", "state", "decided_by")
    search = ("target_label", "reason")
    filters = ("state", "node", "proposer", "proposed_at", "decided_by")
    extra_filters = (Filter("act", _("Kind"), _kind, "choice", _kind_options),)
    ordering = ("-pk",)
    related = ("node", "proposer", "decided_by")
    facts = ("proposer", "proposed_at", "decided_by")
    currency = "currency"
    state = "state"
    tones = {"proposed": "warn", "approved": "ok", "refused": "bad", "withdrawn": "muted"}
    cell = {"what": lambda request: request.kind_label, "about": lambda request: request.about,
            "why": lambda request: request.why}  # fmt: skip
    labels = {"what": _("Kind"), "about": _("About"), "why": _("Reason")}
    fields = ()
    editable = addable = deletable = importable = searchable_globally = False
    tabs = (Tab("change", _("Change"), icon="arrows-exchange", template="flow/change.html", context=_change),)
    actions = (
        Action("approve", _("Approve"), approve, icon="check", tone="primary", available=_open, shown=_others,
               confirm=_("It is carried out at once, in your name as the second person.")),
        Action("refuse", _("Turn down"), _refuse, icon="x", form=ReasonForm, available=_open, shown=_others),
        Action("withdraw", _("Withdraw"), withdraw, icon="arrow-back-up", available=_open, shown=_own),
    )  # fmt: skip
