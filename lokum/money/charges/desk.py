"""Registers of components, tariffs, attached components, month runs and notices."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.core.desk.panels import Panel, add_panel
from lokum.core.desk.words import COUNTRY_PACKS
from lokum.money.charges import (  # noqa: F401 - registers
    actions,
    attaching,
    correction_desk,
    one_off_desk,
    package_desk,
    payer_desk,
    reduction_desk,
)
from lokum.money.charges.approvals import page_after, release_run, take_back_run
from lokum.money.charges.attaching_forms import AttachManyForm
from lokum.money.charges.control import CheckForm, check_confirmed
from lokum.money.charges.due_dates import preview
from lokum.money.charges.forms import DetachForm, MonthForm, ReasonForm
from lokum.money.charges.models import (
    ChargeLine,
    ChargeRun,
    Component,
    ComponentAssignment,
    DeclarationLimit,
    DraftLine,
    Notice,
    SharedTariff,
    Tariff,
    VatRate,
)
from lokum.money.charges.pages import rates_context
from lokum.money.charges.queries import explained_lines, run_figures
from lokum.money.charges.services import (
    approve_shared_tariff,
    approve_tariff,
    check_proposals,
    detach_component,
    drop_run,
    note_proposals,
    price_new_components,
    refuse_shared_tariff,
    refuse_tariff,
)
from lokum.money.charges.services.formulas import check_formulas
from lokum.money.charges.vat import check_packs
from lokum.money.charges.words import LINE_REASONS
from lokum.property.estates.models import Premises

no_desk(DraftLine, "shown on the page of its run until it is posted")


def _job_page(job: Any) -> str:
    return reverse("desk:detail", args=["jobs", "job", job.pk])


@register
class ComponentDesk(ModelDesk):
    model = Component
    purpose = _(
        "What you charge for: operation, repair fund, waste, water, rent. Give each a name, what it is counted by "
        "and its account in the books; then a price."
    )
    section = "charges"
    searchable_globally = False
    icon = "tag"
    order = 30
    columns = ("entity", "code", "name", "component_class", "basis", "formula", "rhythm", "billing", "cycle_months",
               "proration", "billing_start", "rounding", "decimals", "vat_kind", "fund", "income_account",
               "valid")  # fmt: skip
    default_columns = ("entity", "code", "name", "component_class", "basis", "rhythm", "vat_kind", "valid")
    fields = ("entity", "code", "name", "name_pl", "name_zh_hant", "name_zh_hans", "component_class", "basis",
              "formula", "rhythm", "months", "cycle_months", "billing", "proration", "billing_start", "rounding",
              "decimals", "vat_kind", "fund", "sub_account",
              "income_account", "online_payable", "in_portal", "position", "valid")  # fmt: skip
    search = ("code", "name", "name_pl")
    filters = ("entity", "component_class", "basis", "rhythm", "vat_kind")
    import_key = ("entity", "code")
    related = ("entity", "fund", "income_account")
    facts = ("entity", "code", "component_class")
    tabs = (
        Tab("tariffs", _("Prices"), child=Tariff, lookup="component"),
        Tab("assignments", _("Attached to"), child=ComponentAssignment, lookup="component"),
        Tab("limits", _("Limits of declarations"), child=DeclarationLimit, lookup="component"),
    )
    actions = (
        Action("attach", _("Attach to many"), attaching.attach_component_to, icon="link", form=AttachManyForm,
               result_url=attaching.result_page,
               confirm=_("Every place of the entity that matches gets the component from the first day on.")),
    )  # fmt: skip

    def saved(self, records: Sequence[Any], *, created: bool, actor: Any) -> None:
        check_formulas([record.pk for record in records], actor=actor)
        price_new_components([record.pk for record in records], actor=actor)


@register
class TariffDesk(ModelDesk):
    """Plain edits make and change proposals; approving them is an action of somebody else."""

    model = Tariff
    purpose = _(
        "Prices of components with the day they begin: one person proposes, another approves. First you need a "
        "component."
    )
    section = "charges"
    icon = "coin"
    order = 40
    columns = ("component__entity", "component", "level", "building", "group", "premises", "party", "title_kind",
               "membership", "price", "valid", "state", "source", "approved_at")  # fmt: skip
    default_columns = ("component", "level", "title_kind", "membership", "price", "valid", "state")
    fields = ("component", "level", "building", "group", "premises", "party", "title_kind", "membership", "price",
              "valid", "source")  # fmt: skip
    search = ("component__code", "component__name", "source")
    filters = ("component__entity", "component", "level", "state", "title_kind", "membership", "valid")
    related = ("component__entity", "building", "group", "premises", "party")
    facts = ("component", "price", "valid")
    state = "state"
    tones = {"proposed": "warn", "approved": "ok", "refused": "bad"}
    deletable = False
    searchable_globally = False
    actions = (
        Action("approve", _("Approve"), approve_tariff, icon="check", tone="primary",
               available=lambda tariff: tariff.state == "proposed",
               confirm=_("The price counts from its first day; an open-ended price before it ends the day before.")),
        Action("refuse", _("Turn down"), refuse_tariff, icon="x", form=ReasonForm,
               available=lambda tariff: tariff.state == "proposed"),
    )  # fmt: skip

    def saved(self, records: Sequence[Any], *, created: bool, actor: Any) -> None:
        check_proposals([record.pk for record in records], actor=actor)


@register
class VatRateDesk(ModelDesk):
    """Rates by country and kind; a month is taxed by the rate of its first day."""

    model = VatRate
    purpose = _(
        "VAT rates of each country with the days they hold. The legal ones are there; add a new one when the law "
        "changes."
    )
    section = "charges"
    icon = "percentage"
    order = 46
    columns = ("country_pack", "kind", "valid_from", "percent", "act")
    words = {"country_pack": COUNTRY_PACKS}
    fields = ("country_pack", "kind", "valid_from", "percent", "act")
    search = ("act",)
    filters = ("country_pack", "kind", "valid_from")
    ordering = ("country_pack", "kind", "-valid_from")
    facts = ("country_pack", "kind", "percent")
    import_key = ("country_pack", "kind", "valid_from")
    deletable = False
    searchable_globally = False

    def saved(self, records: Sequence[Any], *, created: bool, actor: Any) -> None:
        check_packs(records)


@register
class SharedTariffDesk(ModelDesk):
    """Prices for all components of a code below a node; approving one is an action of somebody else."""

    model = SharedTariff
    purpose = _("One price for all entities and components of the same code, such as a municipal waste fee.")
    section = "charges"
    icon = "coins"
    order = 45
    columns = ("node", "code", "title_kind", "membership", "price", "currency", "valid", "state", "source",
               "approved_at")  # fmt: skip
    fields = ("node", "code", "title_kind", "membership", "price", "valid", "source")
    search = ("code", "source")
    filters = ("node", "code", "state", "title_kind", "membership", "valid")
    related = ("node",)
    facts = ("code", "price", "valid")
    state = "state"
    tones = {"proposed": "warn", "approved": "ok", "refused": "bad"}
    deletable = False
    searchable_globally = False
    tabs = (Tab("tariffs", _("Components"), child=Tariff, lookup="shared"),)
    actions = (
        Action("approve", _("Approve"), approve_shared_tariff, icon="check", tone="primary",
               available=lambda tariff: tariff.state == "proposed",
               confirm=_("Every component of this code below the node has the price from its first day on; prices of "
                         "entities, buildings, groups, premises and persons win over it.")),
        Action("refuse", _("Turn down"), refuse_shared_tariff, icon="x", form=ReasonForm,
               available=lambda tariff: tariff.state == "proposed"),
    )  # fmt: skip

    def saved(self, records: Sequence[Any], *, created: bool, actor: Any) -> None:
        note_proposals([record.pk for record in records], actor=actor)


@register
class ComponentAssignmentDesk(ModelDesk):
    model = ComponentAssignment
    purpose = _(
        "Which premises and agreements are charged for which component, since when and until when. Many at once: "
        "the page of a component."
    )
    section = "charges"
    icon = "link"
    order = 50
    columns = ("component", "premises", "premises__building", "valid", "package", "origin")
    fields = ("component", "premises", "valid")
    search = ("premises__code", "component__code", "component__name")
    filters = ("component__entity", "component", "premises__building", "package", "valid")
    related = ("component", "premises__building", "package", "origin")
    facts = ("component", "premises", "valid")
    searchable_globally = False
    actions = (
        Action("end", _("End"), detach_component, icon="calendar", form=DetachForm,
               confirm=_("The component is charged up to the month of its last day.")),
        Action("end_many", _("End"), attaching.end_chosen, icon="calendar", form=DetachForm, bulk=True,
               shown=lambda record: False,
               confirm=_("The components are charged up to the month of their last day.")),
    )  # fmt: skip


@register
class DeclarationLimitDesk(ModelDesk):
    """Limits of a component; without them the settings of its node count."""

    model = DeclarationLimit
    purpose = _(
        "What residents may declare of a component: the least, the most, and from where somebody looks at it first."
    )
    section = "charges"
    icon = "gauge"
    order = 55
    columns = ("component__entity", "component", "kind", "per", "usual_least", "usual_most", "possible_most", "jump",
               "area_each", "valid")  # fmt: skip
    default_columns = ("component", "kind", "per", "usual_least", "usual_most", "possible_most", "jump", "valid")
    fields = ("component", "kind", "per", "usual_least", "usual_most", "possible_most", "jump", "area_each", "valid")
    search = ("component__code", "component__name")
    filters = ("component__entity", "component", "kind", "valid")
    related = ("component__entity",)
    facts = ("component", "kind", "valid")
    searchable_globally = False


def _in(*states: str) -> Any:
    return lambda run: run.state in states


@register
class ChargeRunDesk(ModelDesk):
    model = ChargeRun
    purpose = _(
        "The charges of a month for all payers of an entity: computed as a draft, checked, approved, posted. "
        "First you need premises with agreements, components attached to them, and approved prices."
    )
    section = "charges"
    icon = "calculator"
    order = 10
    columns = ("period", "entity", "kind", "state", "agreement_count", "line_count", "problem_count", "notice_count",
               "total_amount", "created_at", "approved_at", "posted_at", "undone_at")  # fmt: skip
    default_columns = ("period", "entity", "state", "agreement_count", "problem_count", "total_amount", "posted_at")
    filters = ("entity", "period", "kind", "state")
    months = ("period",)
    ordering = ("-period", "-pk")
    related = ("entity",)
    facts = ("entity", "period", "total_amount")
    currency = "entity__currency"
    state = "state"
    tones = {"draft": "warn", "checked": "info", "approved": "info", "posted": "ok", "undone": "bad",
             "dropped": "muted"}  # fmt: skip
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (
        Tab("figures", _("Figures"), icon="chart-bar", template="charges/tab_run.html", context=run_figures),
        Tab("notices", _("Notices"), child=Notice, lookup="run"),
    )
    actions = (
        Action("compute", _("Compute a month"), actions.order_computing, icon="calculator", tone="primary",
               form=MonthForm, collection=True, result_url=_job_page,
               confirm=_("A draft is computed that no payer sees. Computing again replaces an open draft.")),
        Action("recompute", _("Compute again"), actions.order_computing_again, icon="refresh",
               available=_in("draft", "checked", "approved"), result_url=_job_page),
        Action("check", _("Checked"), check_confirmed, icon="list-check", tone="primary", form=CheckForm,
               available=_in("draft"), confirm=_("You have looked at totals, problems and differences.")),
        Action("approve", _("Approve"), release_run, icon="check", tone="primary", available=_in("checked"),
               result_url=page_after, confirm=_("The run may be posted afterwards.")),
        Action("post", _("Post"), actions.order_posting, icon="send", tone="primary", available=_in("approved"),
               result_url=_job_page, confirm=_("Notices are issued and every payer sees the charges at once.")),
        Action("drop", _("Drop the draft"), drop_run, icon="trash", available=_in("draft", "checked", "approved"),
               confirm=_("The draft is thrown away; nobody was charged.")),
        Action("notices", _("Print all notices"), actions.order_printing, icon="printer", available=_in("posted"),
               result_url=_job_page,
               confirm=_("PDF files of at most 500 notices, in the order of delivery, are attached to the run.")),
        Action("undo", _("Undo the run"), take_back_run, icon="arrow-back-up", tone="bad", form=ReasonForm,
               available=_in("posted"), result_url=page_after,
               confirm=_("Every notice is taken back by a linked entry. Not possible once one was paid.")),
    )  # fmt: skip


def _lines(notice: Notice, user: Any) -> dict[str, Any]:
    return {
        "notice": notice,
        "lines": explained_lines(notice),
        "currency": notice.account.currency,
        "pdf_url": reverse("papers:pdf", args=[notice.document_id]),
        "sheet_url": reverse("ledger:sheet", args=[notice.account_id]),
    }


@register
class NoticeDesk(ModelDesk):
    model = Notice
    purpose = _(
        "The monthly letters to payers: what to pay and until when. They are issued when a month run is posted."
    )
    filled_by = "charges.chargerun"
    section = "charges"
    icon = "receipt"
    order = 20
    columns = ("number", "period", "account", "account__payer", "account__agreement__premises", "due_on",
               "total_amount", "run")  # fmt: skip
    default_columns = ("number", "period", "account__payer", "account__agreement__premises", "due_on", "total_amount")
    search = ("number", "document__number", "account__code", "account__payer__last_name")
    filters = ("account__entity", "period", "due_on")
    months = ("period",)
    totals = ("total_amount",)
    ordering = ("-pk",)
    currency = "account__currency"
    related = ("account__payer", "account__agreement__premises", "run")
    facts = ("number", "period", "account")
    fields = ()
    editable = addable = deletable = False
    tabs = (Tab("lines", _("Lines"), icon="list", template="charges/tab_lines.html", context=_lines),)


@register
class ChargeLineDesk(ModelDesk):
    model = ChargeLine
    purpose = _("Every charged line with quantity, price and source. Lines come from month runs.")
    filled_by = "charges.chargerun"
    section = "charges"
    icon = "list"
    order = 60
    columns = ("period", "notice", "notice__account__payer", "component", "quantity", "price", "net_amount",
               "tax_amount", "amount", "reason")  # fmt: skip
    default_columns = ("period", "notice", "notice__account__payer", "component", "quantity", "price", "amount")
    filters = ("component__entity", "component", "period")
    months = ("period",)
    words = {"reason": LINE_REASONS}
    totals = ("net_amount", "tax_amount", "amount")
    ordering = ("-pk",)
    currency = "notice__account__currency"
    related = ("notice__account__payer", "component")
    facts = ("notice", "component", "amount")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False


add_panel(
    Panel(
        "components",
        _("Components and prices"),
        template="charges/panel_components.html",
        by_query=rates_context,
        icon="tag",
        order=30,
        applies=lambda record: record._meta.concrete_model is Premises,
    )
)
add_panel(
    Panel(
        "due_days",
        _("Due dates"),
        template="charges/panel_due_dates.html",
        context=lambda account, user: {"months": preview(account)},
        icon="calendar",
        order=35,
        applies=lambda record: record._meta.label_lower == "ledger.account",
    )
)
