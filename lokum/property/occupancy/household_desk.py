"""Registers of households, declarations and members."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, Filter, ModelDesk, Tab, register
from lokum.property.estates.seams import add_premises_action, add_premises_filter, add_premises_tab
from lokum.property.occupancy import household_queries, services, states
from lokum.property.occupancy.forms import (
    AddMemberForm,
    ContributionForm,
    DeclareForm,
    LeaveForm,
    PayContributionForm,
    PersonsSourceForm,
    ReasonForm,
    StateForm,
    StatusForm,
)
from lokum.property.occupancy.models import (
    ContributionPayment,
    Declaration,
    HouseholdMember,
    Member,
    MemberContribution,
    MemberStatus,
    PersonsSource,
    PremisesState,
    UseState,
)
from lokum.property.occupancy.seams import remark_text


@register
class HouseholdMemberDesk(ModelDesk):
    """Who lives where; where a residence register is kept the charged number of persons follows."""

    model = HouseholdMember
    purpose = _(
        "Who lives in which premises, with role and dates. Charges by persons follow it where the premises say so."
    )
    section = "people"
    icon = "users-group"
    order = 66
    columns = ("premises", "name", "party", "role", "counted", "valid", "document")
    fields = ("premises", "party", "name", "role", "counted", "valid", "document")
    search = ("name", "party__last_name", "party__first_name", "premises__code")
    filters = ("premises__building__estate", "premises__building", "role", "counted", "valid")
    related = ("premises", "party")
    facts = ("premises", "role", "valid")
    deletable = False
    actions = (
        Action("move_out", _("Moves out"), services.end_household_member, icon="logout", form=LeaveForm),
        Action("remove", _("Entered by mistake"), services.remove_household_member, icon="trash", tone="danger",
               form=ReasonForm),
    )  # fmt: skip

    def saved(self, records: Sequence[Any], *, created: bool, actor: Actor) -> None:
        sources = {record.document for record in records}
        services.follow_register(
            [record.premises_id for record in records],
            actor=actor,
            source=sources.pop() if len(sources) == 1 else "",
        )


@register
class PersonsSourceDesk(ModelDesk):
    """Read here, changed by the action on premises."""

    model = PersonsSource
    section = "people"
    icon = "list"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("premises", "source", "valid")
    filters = ("premises__building", "source", "valid")
    related = ("premises",)


def _declare(*, actor: Actor, premises: Any, party: Any, **values: Any) -> Declaration:
    return services.declare(
        premises.pk,
        values["kind"],
        values["value"],
        values["valid_from"],
        actor=actor,
        party_pk=party.pk if party else None,
        text=values["text"],
    )


def remarks_text(record: Declaration) -> str:
    """Why a declaration is unusual, in the reader's language."""
    return "; ".join(remark_text(one["code"], one["details"]) for one in record.remarks)


def _unusual(rows: Any, values: list[str], user: Any) -> Any:
    if not set(values) <= {"0", "1"}:
        raise ValueError(values)
    if set(values) == {"0", "1"}:
        return rows
    return rows.exclude(remarks=[]) if "1" in values else rows.filter(remarks=[])


def _is_open(record: Declaration) -> bool:
    return record.state == Declaration.State.SUBMITTED


@register
class DeclarationDesk(ModelDesk):
    model = Declaration
    purpose = _("What residents or the office declared about persons and advance norms, with document and day.")
    section = "people"
    icon = "forms"
    order = 67
    columns = ("premises", "kind", "value", "valid_from", "party", "declared_at", "state", "unusual", "note", "reason")
    default_columns = ("premises", "kind", "value", "valid_from", "party", "declared_at", "state", "unusual")
    cell = {"unusual": remarks_text}
    labels = {"unusual": _("why it is unusual")}
    extra_filters = (
        Filter("unusual", _("unusual"), _unusual, kind="choice",
               options=lambda: [("1", str(_("yes"))), ("0", str(_("no")))]),
    )  # fmt: skip
    search = ("premises__code", "party__last_name", "note")
    filters = ("premises__building__estate", "premises__building", "kind", "state", "valid_from")
    related = ("premises", "party")
    facts = ("premises", "kind", "valid_from")
    state = "state"
    tones = {"submitted": "warn", "accepted": "ok", "refused": "bad"}
    editable = addable = deletable = importable = False
    actions = (
        Action("declare", _("Take in a declaration"), _declare, icon="plus", form=DeclareForm, collection=True,
               result_url=url_of),
        Action("accept", _("Accept"), services.accept_declaration, icon="check", tone="primary", available=_is_open,
               confirm=_("The declared value becomes the value that is charged from its first day.")),
        Action("refuse", _("Refuse"), services.refuse_declaration, icon="x", form=ReasonForm, available=_is_open),
    )  # fmt: skip


def _add_member(*, actor: Actor, entity: Any, party: Any, **values: Any) -> Member:
    return services.add_member(
        entity.pk, party.pk, values.pop("number"), values.pop("member_from"), actor=actor, **values
    )


def _set_status(pk: int, *, actor: Actor, **values: Any) -> str:
    new = services.set_status(pk, values["status"], values["valid_from"], actor=actor, document=values["document"])
    return str(_("Recorded.") if new else _("This value is recorded already; nothing changed."))


def _status_label(member: Any) -> str:
    return str(MemberStatus.Status(member.status_now).label) if member.status_now else ""


class Figure:
    """An annotated figure as a computed column of a kind (amounts are written as money)."""

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind

    def __call__(self, record: Any) -> Any:
        return getattr(record, self.name)


@register
class MemberDesk(ModelDesk):
    """The member register in the order of numbers; statuses and contributions change by actions."""

    model = Member
    purpose = _("Members of a cooperative with status, shares and contributions.")
    section = "people"
    icon = "id-badge"
    order = 68
    columns = (
        "number", "party", "entity", "status_now", "status_since", "shares", "due_total", "paid_total", "note",
    )  # fmt: skip
    fields = ("note",)
    search = ("number", "party__last_name", "party__first_name")
    filters = ("entity",)
    related = ("party", "entity")
    ordering = ("entity_id", "sort_number", "pk")
    facts = ("number", "party", "entity")
    addable = deletable = importable = False
    cell = {
        "status_now": _status_label,
        "status_since": lambda member: member.status_span.lower if member.status_span else None,
        "shares": Figure("share_count", "number"),
        "due_total": Figure("due_total", "amount"),
        "paid_total": Figure("paid_total", "amount"),
    }
    labels = {
        "status_now": _("status"),
        "status_since": _("since"),
        "shares": _("shares"),
        "due_total": _("amount due"),
        "paid_total": _("paid"),
    }
    tabs = (
        Tab("statuses", _("Statuses"), child=MemberStatus, lookup="member"),
        Tab("contributions", _("Contributions"), child=MemberContribution, lookup="member"),
    )
    actions = (
        Action("enter", _("Enter a member"), _add_member, icon="plus", form=AddMemberForm, collection=True,
               result_url=url_of),
        Action("set_status", _("Change the status"), _set_status, icon="user-check", form=StatusForm),
        Action("add_contribution", _("Add a contribution"),
               lambda pk, *, actor, **v: services.add_contribution(
                   pk, v.pop("kind"), v.pop("amount"), v.pop("due_on"), actor=actor, **v),
               icon="coin", form=ContributionForm),
    )  # fmt: skip

    def base_queryset(self) -> Any:
        return household_queries.with_status(Member.objects.all(), clock.today())


@register
class MemberStatusDesk(ModelDesk):
    """Statuses as of any day: the filter `valid` with status "member" gives the members of that day."""

    model = MemberStatus
    section = "people"
    icon = "user-check"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("member__number", "member__party", "status", "valid", "document")
    filters = ("member__entity", "status", "valid")
    related = ("member__party",)
    ordering = ("member__entity_id", "member__sort_number", "pk")


@register
class MemberContributionDesk(ModelDesk):
    model = MemberContribution
    section = "people"
    icon = "coin"
    order = 69
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("member__number", "member__party", "kind", "count", "amount", "paid_amount", "due_on", "document")
    filters = ("member__entity", "kind", "due_on")
    totals = ("amount", "paid_amount")
    currency = "member__entity__currency"
    related = ("member__party", "member__entity")
    facts = ("member", "kind", "due_on")
    tabs = (Tab("payments", _("Payments"), child=ContributionPayment, lookup="contribution"),)
    actions = (
        Action("pay", _("Record a payment"),
               lambda pk, *, actor, **v: str(_("Recorded.")) if services.pay_contribution(
                   pk, v["amount"], v["paid_on"], actor=actor, document=v["document"]) else "",
               icon="cash", form=PayContributionForm),
    )  # fmt: skip


@register
class ContributionPaymentDesk(ModelDesk):
    model = ContributionPayment
    section = "people"
    icon = "cash"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("contribution", "paid_on", "amount", "document")
    filters = ("paid_on",)
    related = ("contribution",)


@register
class PremisesStateDesk(ModelDesk):
    """Noted states; what titles, leases and households say comes before them."""

    model = PremisesState
    section = "premises"
    icon = "flag"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("premises", "state", "valid", "document")
    filters = ("premises__building", "state", "valid")
    related = ("premises",)


def _note_state(pk: int, *, actor: Actor, state: str, valid_from: Any, document: str) -> str:
    services.note_state(pk, state, valid_from, actor=actor, document=document)
    return str(_("Recorded."))


def _use_context(record: Any, user: Any) -> dict[str, Any]:
    row = states.uses_on([record.pk], clock.today())[0]
    return {"label": UseState(row.state).label, "row": row, "noted": record.use_states.all()}


def set_source(*, pks: list[int], actor: Actor, source: str, valid_from: Any) -> str:
    """The bulk action on premises."""
    made = services.set_persons_source(pks, source, valid_from, actor=actor)
    return ngettext("Recorded for %(count)s premises.", "Recorded for %(count)s premises.", len(made)) % {
        "count": len(made)
    }


def hang_in() -> None:
    """Household and state on the card of premises, the actions that change them, and the filter by state."""
    add_premises_tab(Tab("use", _("State of use"), template="occupancy/tab_use.html", context=_use_context))
    add_premises_action(Action("note_state", _("Note a state"), _note_state, icon="flag", form=StateForm))
    add_premises_filter(
        Filter(
            "use_state",
            _("state of use"),
            states.by_state,
            kind="choice",
            options=lambda: [(value, str(label)) for value, label in UseState.choices],
        )
    )
    add_premises_tab(
        Tab(
            "household",
            _("Household"),
            template="occupancy/tab_household.html",
            context=lambda record, user: {"premises": record, "household": household_queries.household_of(record)},
            right="occupancy.householdmember:view",
        )
    )
    add_premises_action(
        Action(
            "set_persons_source",
            _("Source of the number of persons"),
            set_source,
            icon="users-group",
            form=PersonsSourceForm,
            bulk=True,
        )
    )
