"""Registers of interest: regimes, rates, policies, runs, notes, waivers."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.core.desk.words import COUNTRIES
from lokum.money.interest import actions
from lokum.money.interest.forms import MonthForm, ReasonForm, WaiverForm
from lokum.money.interest.models import (
    InterestDraftLine,
    InterestLine,
    InterestNote,
    InterestPolicy,
    InterestRate,
    InterestRegime,
    InterestRun,
    InterestWaiver,
    InterestWaiverLine,
)
from lokum.money.interest.queries import accrued_of, accrued_sheets, note_sheets, run_figures
from lokum.money.interest.services import drop_run, withdraw_rate
from lokum.money.ledger.models import Account

no_desk(InterestDraftLine, "added up on the page of its run until it is posted")
no_desk(InterestLine, "shown on the page of its note, with the calculation")
no_desk(InterestWaiverLine, "shown on its waiver")


@register
class InterestRegimeDesk(ModelDesk):
    model = InterestRegime
    purpose = _(
        "Kinds of interest the law or a contract knows. The legal ones are there; add a contractual one where agreed."
    )
    section = "ledger"
    icon = "percentage"
    order = 80
    columns = ("code", "name", "name_pl", "name_zh_hant", "name_zh_hans", "kind", "unit", "country", "basis", "limit",
               "limit_factor")  # fmt: skip
    default_columns = ("code", "name", "kind", "unit", "country", "basis")
    words = {"country": COUNTRIES}
    fields = ("code", "name", "name_pl", "name_zh_hant", "name_zh_hans", "kind", "unit", "country", "basis", "limit",
              "limit_factor")  # fmt: skip
    search = ("code", "name", "name_pl", "name_zh_hant", "name_zh_hans")
    filters = ("kind", "country")
    import_key = ("code",)
    related = ("limit",)
    facts = ("code", "kind", "unit")
    searchable_globally = False
    tabs = (Tab("rates", _("Rates"), child=InterestRate, lookup="regime"),)


@register
class InterestRateDesk(ModelDesk):
    """Rates are added, by hand or by a sheet, and withdrawn; never changed."""

    model = InterestRate
    purpose = _(
        "Rates of each regime with the day they begin and their publication. New ones are added when they are "
        "announced."
    )
    section = "ledger"
    icon = "percentage"
    order = 81
    columns = ("regime", "valid_from", "rate", "act", "recorded_at", "withdrawn_at", "withdrawn_reason")
    default_columns = ("regime", "valid_from", "rate", "act", "withdrawn_at")
    fields = ("regime", "valid_from", "rate", "act")
    search = ("act",)
    filters = ("regime", "valid_from", "withdrawn_at")
    ordering = ("-valid_from", "-pk")
    related = ("regime",)
    facts = ("regime", "valid_from", "rate")
    editable = deletable = False
    import_key = ("regime", "valid_from")
    searchable_globally = False
    actions = (
        Action("withdraw", _("Withdraw"), withdraw_rate, icon="x", form=ReasonForm, tone="bad",
               available=lambda rate: rate.withdrawn_at is None,
               confirm=_("From its first day on the rate before it counts again. Notes posted by it are put right by "
                         "the next interest run.")),
    )  # fmt: skip


@register
class InterestPolicyDesk(ModelDesk):
    model = InterestPolicy
    purpose = _(
        "Which interest an entity or a component asks for late money, and from which amount on. Without a policy "
        "no interest is charged."
    )
    section = "ledger"
    icon = "adjustments"
    order = 82
    columns = ("entity", "premises", "party", "sub_account", "regime", "valid", "due_day_counts", "moves_due_day",
               "grace_days", "grace_start", "cap_percent", "rounding", "minimum_amount", "recorded_at")  # fmt: skip
    default_columns = (
        "entity",
        "premises",
        "party",
        "sub_account",
        "regime",
        "valid",
        "grace_days",
        "cap_percent",
        "minimum_amount",
    )
    fields = ("entity", "premises", "party", "sub_account", "regime", "valid", "due_day_counts", "moves_due_day",
              "grace_days", "grace_start", "cap_percent", "rounding", "minimum_amount")  # fmt: skip
    filters = ("entity", "regime", "valid")
    related = ("entity", "premises", "party", "sub_account", "regime")
    facts = ("entity", "regime", "valid")
    currency = "entity__currency"
    searchable_globally = False


def _job_page(job: Any) -> str:
    return reverse("desk:detail", args=["jobs", "job", job.pk])


def _in(*states: str) -> Any:
    return lambda run: run.state in states


@register
class InterestRunDesk(ModelDesk):
    model = InterestRun
    purpose = _(
        "Interest of a month for all payers of an entity: looked at first, then posted with its notes. First set "
        "an interest policy."
    )
    section = "ledger"
    icon = "clock-dollar"
    order = 45
    columns = ("through_on", "entity", "state", "note_count", "line_count", "total_amount", "correction_count",
               "corrected_amount", "small_count", "small_amount", "created_at", "posted_at", "undone_at",
               "undone_reason")  # fmt: skip
    default_columns = ("through_on", "entity", "state", "note_count", "total_amount", "correction_count", "posted_at")
    filters = ("entity", "through_on", "state")
    ordering = ("-through_on", "-pk")
    related = ("entity",)
    facts = ("entity", "through_on", "total_amount")
    currency = "entity__currency"
    state = "state"
    tones = {"draft": "warn", "posted": "ok", "undone": "bad", "dropped": "muted"}
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("figures", _("Figures"), icon="chart-bar", template="interest/tab_run.html", context=run_figures),
        Tab("notes", _("Interest notes"), child=InterestNote, lookup="run"),
    )
    actions = (
        Action("compute", _("Compute interest of a month"), actions.order_computing, icon="calculator", tone="primary",
               form=MonthForm, collection=True, result_url=_job_page,
               confirm=_("A preview is computed; nothing is booked yet.")),
        Action("recompute", _("Compute again"), actions.order_computing_again, icon="refresh",
               available=_in("draft"), result_url=_job_page),
        Action("post", _("Post"), actions.order_posting, icon="send", tone="primary", available=_in("draft"),
               result_url=_job_page,
               confirm=_("Notes get their numbers and every payer sees them at once. The month must be closed.")),
        Action("drop", _("Drop the preview"), drop_run, icon="trash", available=_in("draft"),
               confirm=_("The preview is thrown away; nothing was booked.")),
        Action("undo", _("Undo the run"), actions.order_undoing, icon="arrow-back-up", tone="bad", form=ReasonForm,
               available=_in("posted"), result_url=_job_page,
               confirm=_("Every note is taken back by a linked entry; money that paid it is free again.")),
    )  # fmt: skip


def _lines(note: InterestNote, user: Any) -> dict[str, Any]:
    return {
        "note": note,
        "sheets": note_sheets(note),
        "currency": note.account.currency,
        "pdf_url": reverse("papers:pdf", args=[note.document_id]),
        "sheet_url": reverse("ledger:sheet", args=[note.account_id]),
    }


@register
class InterestNoteDesk(ModelDesk):
    model = InterestNote
    purpose = _("Letters that ask for interest. They are issued by interest runs.")
    filled_by = "interest.interestrun"
    section = "ledger"
    icon = "receipt-tax"
    order = 46
    columns = ("number", "kind", "reason", "account", "account__payer", "account__agreement__premises", "issued_on",
               "through_on", "total_amount", "run")  # fmt: skip
    default_columns = ("number", "kind", "account__payer", "account__agreement__premises", "through_on", "total_amount")
    search = ("number", "account__code", "account__payer__last_name")
    filters = ("account__entity", "kind", "reason", "issued_on", "through_on")
    totals = ("total_amount",)
    ordering = ("-pk",)
    currency = "account__currency"
    related = ("account__payer", "account__agreement__premises", "run", "document")
    facts = ("number", "through_on", "account")
    fields = ()
    editable = addable = deletable = False
    tabs = (Tab("lines", _("Calculation"), icon="calculator", template="interest/tab_note.html", context=_lines),)


@register
class InterestWaiverDesk(ModelDesk):
    model = InterestWaiver
    purpose = _("Interest forgiven on request, decided on by a second person.")
    section = "ledger"
    icon = "discount"
    order = 47
    columns = ("waived_at", "account", "account__payer", "through_on", "amount", "reason")
    filters = ("account__entity", "waived_at")
    totals = ("amount",)
    ordering = ("-pk",)
    currency = "account__currency"
    related = ("account__payer",)
    facts = ("account", "amount", "waived_at")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    actions = (
        Action("request", _("Ask to waive interest"), actions.ask_for_waiver, icon="minus", form=WaiverForm,
               collection=True, tone="primary",
               confirm=_("Somebody else approves it. Unpaid notes are taken back, the rest never becomes a note.")),
    )  # fmt: skip


def _of_account(account: Account, user: Any) -> dict[str, Any]:
    today = clock.today(account.entity.time_zone)
    return {
        "account": account,
        "accrued": accrued_of([account], today)[account.pk],
        "sheets": accrued_sheets(account.entity, account.pk, today),
        "notes": InterestNote.objects.filter(account=account).order_by("-pk")[:24],
        "currency": account.currency,
        "waive_url": InterestWaiverDesk().path("collection", "request"),
    }


add_panel(
    Panel(
        "interest",
        _("Interest"),
        template="interest/panel_account.html",
        context=_of_account,
        icon="percentage",
        order=20,
        applies=lambda record: record._meta.label_lower == "ledger.account",
    )
)
