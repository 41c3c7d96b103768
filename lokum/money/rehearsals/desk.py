"""The register of rehearsals, and their lines for export."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.money.rehearsals import actions
from lokum.money.rehearsals.forms import ApproveForm, MonthForm
from lokum.money.rehearsals.models import Rehearsal, RehearsalLine
from lokum.money.rehearsals.queries import part_labels, rehearsal_figures
from lokum.money.rehearsals.services import drop_rehearsal


def _in(*states: str) -> Any:
    return lambda row: row.state in states


def _approvable(row: Rehearsal) -> bool:
    return row.state == Rehearsal.State.REHEARSED and not row.problem_count


@register
class RehearsalDesk(ModelDesk):
    """Months closed on trial; approved ones are committed."""

    model = Rehearsal
    purpose = _(
        "A whole month done and taken back: charges, transfers, interest, closing, compared with the month "
        "before. Approve it and it is carried out exactly so."
    )
    section = "charges"
    icon = "checklist"
    order = 12
    columns = ("month", "entity", "state", "payer_count", "former_amount", "total_amount", "changed_count",
               "alarm_count", "problem_count", "rehearsed_at", "approved_at", "committed_at", "voided_at",
               "reason")  # fmt: skip
    default_columns = ("month", "entity", "state", "former_amount", "total_amount", "changed_count", "alarm_count",
                       "rehearsed_at")  # fmt: skip
    filters = ("entity", "month", "state")
    ordering = ("-month", "-pk")
    months = ("month",)
    related = ("entity",)
    facts = ("entity", "month", "total_amount")
    currency = "entity__currency"
    state = "state"
    tones = {"rehearsed": "warn", "approved": "info", "committed": "ok", "void": "bad", "dropped": "muted"}
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("figures", _("Figures"), icon="chart-bar", template="rehearsals/tab_rehearsal.html",
            context=rehearsal_figures),
        Tab("lines", _("All payers"), child=RehearsalLine, lookup="rehearsal"),
    )  # fmt: skip
    actions = (
        Action("rehearse", _("Rehearse a month"), actions.order_rehearsal, icon="calculator", tone="primary",
               form=MonthForm, collection=True, result_url=actions.page_after,
               confirm=_("The month is closed on trial and taken back; nothing is booked and no payer sees it.")),
        Action("again", _("Rehearse again"), actions.order_again, icon="refresh",
               available=_in("rehearsed", "approved", "void"), result_url=actions.page_after),
        Action("approve", _("Approve"), actions.approve, icon="check", tone="primary", form=ApproveForm,
               available=_approvable, result_url=actions.page_after,
               confirm=_("Exactly this result may be committed. Any change of prices, facts or payments voids it.")),
        Action("commit", _("Commit"), actions.order_commit, icon="send", tone="primary", available=_in("approved"),
               result_url=actions.page_after,
               confirm=_("Notices are issued, the month is closed and interest is noted, all at once.")),
        Action("drop", _("Drop the rehearsal"), drop_rehearsal, icon="trash", available=_in("rehearsed", "approved"),
               confirm=_("The rehearsal is thrown away; nothing was booked.")),
    )  # fmt: skip


def _part(line: RehearsalLine) -> str:
    return str(part_labels().get(line.part, line.part))


@register
class RehearsalLineDesk(ModelDesk):
    """What each part comes to for each payer; reached from its rehearsal, exported from here."""

    model = RehearsalLine
    section = "charges"
    icon = "list"
    menu = False
    searchable_globally = False
    in_api = True
    columns = ("rehearsal", "part_label", "account", "account__payer", "account__agreement__premises", "former_amount",
               "amount", "difference_amount")  # fmt: skip
    default_columns = ("part_label", "account__payer", "account__agreement__premises", "former_amount", "amount",
                       "difference_amount")  # fmt: skip
    cell = {"part_label": _part}
    labels = {"part_label": _("part")}
    filters = ("rehearsal", "part", "account__agreement__premises__building")
    search = ("account__code", "account__payer__last_name", "account__agreement__premises__code")
    related = ("rehearsal", "account__payer", "account__agreement__premises")
    ordering = ("pk",)
    totals = ("former_amount", "amount", "difference_amount")
    currency = "rehearsal__entity__currency"
    facts = ("rehearsal", "account", "amount")
    fields = ()
    editable = addable = deletable = importable = False
