"""Register of approval requests: who proposed what, what it changes, who decided."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.approvals import kinds
from lokum.core.base.context import current_actor
from lokum.core.desk.desk import Action, Filter, ModelDesk, Tab, no_desk, register, registry
from lokum.core.desk.fields import DayInput
from lokum.core.flow.deputies import appoint_deputy, appoint_own_deputy, end_deputy
from lokum.core.flow.models import ApprovalDecision, ApprovalRequest, Deputy
from lokum.core.flow.queries import changes_of, decidable, deciders_of, steps_of_request
from lokum.core.flow.services import approve, refuse, withdraw

no_desk(ApprovalDecision, "shown on the page of its request")


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
        "steps": steps_of_request(request),
        "deciders": deciders_of(request),
    }


def _kind(rows: QuerySet[ApprovalRequest], values: list[str], user: Any) -> QuerySet[ApprovalRequest]:
    return rows.filter(kind__in=values)


def _mine(rows: QuerySet[ApprovalRequest], values: list[str], user: Any) -> QuerySet[ApprovalRequest]:
    """ "1": what this user may decide now; "0": the rest."""
    if not set(values) <= {"0", "1"}:
        raise ValueError
    wanted = decidable(user).values("pk")
    return rows.filter(pk__in=wanted) if "1" in values else rows.exclude(pk__in=wanted)


def _mine_options() -> list[tuple[str, Any]]:
    return [("1", _("yes")), ("0", _("no"))]


def _progress(request: ApprovalRequest) -> str:
    """Step that is next, of how many; nothing where one person decides."""
    if request.step_count == 1:
        return ""
    done = len(request.decisions.all())
    return f"{done}/{request.step_count}"


def _kind_options() -> list[tuple[str, Any]]:
    return sorted(((code, str(kind.label)) for code, kind in kinds.items()), key=lambda pair: pair[1])


@register
class ApprovalRequestDesk(ModelDesk):
    model = ApprovalRequest
    section = "office"
    icon = "list-check"
    menu = False  # opened from the page of what waits
    columns = ("what", "about", "amount", "currency", "node", "why", "proposer", "proposed_at", "state",
               "progress", "waits_for", "decided_by", "decided_at", "decision_reason")  # fmt: skip
    default_columns = ("what", "about", "amount", "proposer", "proposed_at", "state", "decided_by")
    search = ("target_label", "reason")
    filters = ("state", "node", "proposer", "proposed_at", "amount", "decided_by")
    extra_filters = (Filter("act", _("Kind"), _kind, "choice", _kind_options),
                     Filter("mine", _("Waits for my decision"), _mine, "choice", _mine_options))  # fmt: skip
    ordering = ("-pk",)
    related = ("node", "proposer", "decided_by")
    facts = ("proposer", "proposed_at", "decided_by")
    currency = "currency"
    state = "state"
    tones = {"proposed": "warn", "approved": "ok", "refused": "bad", "withdrawn": "muted"}
    cell = {"what": lambda request: request.kind_label, "about": lambda request: request.about,
            "why": lambda request: request.why, "progress": _progress}  # fmt: skip
    labels = {"what": _("Kind"), "about": _("About"), "why": _("Reason"), "progress": _("Approved steps")}
    fields = ()
    editable = addable = deletable = importable = searchable_globally = False

    def base_queryset(self) -> QuerySet[ApprovalRequest]:
        return super().base_queryset().prefetch_related("decisions")

    tabs = (Tab("change", _("Change"), icon="arrows-exchange", template="flow/change.html", context=_change),)
    actions = (
        Action("approve", _("Approve"), approve, icon="check", tone="primary", available=_open, shown=_others,
               confirm=_("Carried out at once, in your name, unless a further person is asked after you.")),
        Action("refuse", _("Turn down"), _refuse, icon="x", form=ReasonForm, available=_open, shown=_others),
        Action("withdraw", _("Withdraw"), withdraw, icon="arrow-back-up", available=_open, shown=_own),
    )  # fmt: skip


def _staff() -> QuerySet[User]:
    return User.objects.filter(user_class=User.UserClass.STAFF, is_active=True).order_by("display_name")


class OwnDeputyForm(forms.Form):
    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=User.objects.none())
    starts_on = forms.DateField(label=_("From"), widget=DayInput(), initial=clock.today)
    ends_on = forms.DateField(label=_("To"), widget=DayInput())
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("principal", "deputy"):
            if name in self.fields:
                self.fields[name].queryset = _staff()  # type: ignore[attr-defined]


class DeputyForm(OwnDeputyForm):
    principal = forms.ModelChoiceField(label=_("In the place of"), queryset=User.objects.none())
    field_order = ("principal", "deputy", "starts_on", "ends_on", "reason")


@register
class DeputyDesk(ModelDesk):
    """Who decides approvals in whose place."""

    model = Deputy
    purpose = _(
        "Who decides approvals for somebody who is away, from day to day, with that person's rights and no others."
    )
    section = "office"
    icon = "user-check"
    order = 6
    columns = ("principal", "deputy", "starts_on", "ends_on", "reason")
    filters = ("principal", "deputy", "starts_on", "ends_on")
    ordering = ("-starts_on", "pk")
    related = ("principal", "deputy")
    facts = ("principal", "deputy", "ends_on")
    fields = ()
    editable = addable = deletable = importable = searchable_globally = False
    actions = (
        Action("appoint_own", _("Appoint my deputy"), appoint_own_deputy, icon="user-check", tone="primary",
               form=OwnDeputyForm, collection=True),
        Action("appoint", _("Appoint a deputy for somebody"), appoint_deputy, icon="users", form=DeputyForm,
               collection=True),
        Action("end", _("End it now"), end_deputy, icon="player-stop",
               available=lambda one: one.ends_on >= clock.today(),
               confirm=_("From today on the deputy decides by own rights alone.")),
    )  # fmt: skip
