"""The register of corrections of posted months: compare, look through, ask for approval."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.languages import worded
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.charges.forms import CompareForm
from lokum.money.charges.models import CorrectionLine, CorrectionRun
from lokum.money.charges.queries.corrections import correction_figures
from lokum.money.charges.queries.notices import causes_in_words
from lokum.money.charges.services.correcting import drop_correction, request_correction
from lokum.property.estates.models import Premises


def order_comparing(
    *, entity: Entity, since: dt.date, until: dt.date, reason: str, actor: Actor, premises: Premises | None = None
) -> Job:
    """Have posted months compared with what is known now, as a job."""
    words = {"since": f"{since:%Y-%m}", "until": f"{until:%Y-%m}", "entity": entity}
    title = worded(lambda: str(_("Comparing %(since)s to %(until)s of %(entity)s") % words))
    values: dict[str, Any] = {
        "entity_id": entity.pk, "since": since.isoformat(), "until": until.isoformat(), "reason": reason,
        "premises_id": premises.pk if premises else None,
    }  # fmt: skip
    key = f"charges.compare:{entity.pk}:{values['premises_id']}:{clock.now():%Y%m%d%H%M%S}"
    return order_job("charges.compare_months", key=key, title=title, arguments=values, actor=actor)


def _job_page(job: Any) -> str:
    return reverse("desk:detail", args=["jobs", "job", job.pk])


@register
class CorrectionRunDesk(ModelDesk):
    model = CorrectionRun
    purpose = _(
        "Differences in posted months after a change back in time: listed with causes, approved, posted as corrections."
    )
    section = "charges"
    icon = "arrows-exchange"
    order = 15
    columns = ("entity", "since", "until", "premises", "reason", "state", "document_count", "line_count",
               "problem_count", "total_amount", "by_night", "created_at", "posted_at")  # fmt: skip
    default_columns = ("entity", "since", "until", "premises", "reason", "state", "document_count", "total_amount")
    filters = ("entity", "state", "since", "by_night")
    ordering = ("-pk",)
    related = ("entity", "premises")
    facts = ("entity", "since", "total_amount")
    currency = "entity__currency"
    state = "state"
    tones = {"compared": "warn", "requested": "info", "posted": "ok", "dropped": "muted"}
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("differences", _("Differences"), icon="list", template="charges/tab_correction.html",
            context=lambda run, user: correction_figures(run)),
        Tab("lines", _("All of them"), child=CorrectionLine, lookup="run", icon="table"),
    )  # fmt: skip
    actions = (
        Action("compare", _("Compare posted months"), order_comparing, icon="arrows-exchange", tone="primary",
               form=CompareForm, collection=True, result_url=_job_page,
               confirm=_("Every posted notice that would read otherwise today is listed. Nothing is posted.")),
        Action("request", _("Ask for approval"), request_correction, icon="send", tone="primary",
               available=lambda run: run.state == "compared" and run.line_count > 0,
               confirm=_("A second person decides. Then one correction per notice is posted, linked to it.")),
        Action("drop", _("Drop"), drop_correction, icon="trash",
               available=lambda run: run.state in ("compared", "requested"),
               confirm=_("The comparison is thrown away; nothing was posted.")),
    )  # fmt: skip


def _causes(line: CorrectionLine) -> str:
    """Why it differs, in one cell."""
    return "; ".join(f"{one.label}: {one.text}" for one in causes_in_words(line.causes))


@register
class CorrectionLineDesk(ModelDesk):
    """Every touched document with its differences, however many: a tab of its correction, a sheet, the API."""

    model = CorrectionLine
    section = "charges"
    menu = False
    searchable_globally = False
    columns = ("run", "period", "premises", "account", "account__payer", "notice", "component", "before_net",
               "before_tax", "after_net", "after_tax", "amount", "causes", "problem")  # fmt: skip
    default_columns = ("period", "premises", "account", "notice", "component", "before_net", "after_net", "amount",
                       "causes", "problem")  # fmt: skip
    filters = ("run", "period", "component", "problem", "run__state")
    months = ("period",)
    totals = ("before_net", "before_tax", "after_net", "after_tax", "amount")
    ordering = ("-run_id", "pk")
    currency = "run__entity__currency"
    related = ("run__entity", "premises", "account__payer", "notice", "component")
    facts = ("run", "period", "amount")
    cell = {"causes": _causes}
    labels = {"causes": _("Cause")}
    fields = ()
    editable = addable = deletable = importable = False
