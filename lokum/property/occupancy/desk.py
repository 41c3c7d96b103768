"""Registers of titles and agreements."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.base.context import Actor
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.property.estates.models import Premises
from lokum.property.occupancy import household_desk as _household_desk  # noqa: F401 - registers of people
from lokum.property.occupancy import import_actions, queries, services
from lokum.property.occupancy.forms import AttributeForm, DueDayForm, LastDayForm, OpenTitleForm, TransferForm
from lokum.property.occupancy.models import (
    Agreement,
    AgreementAttribute,
    EstateImport,
    EstateImportRow,
    Title,
    TitleHolder,
)
from lokum.property.occupancy.services import AgreementTerms


def _open(*, actor: Actor, premises: Premises, with_agreement: bool, **values: Any) -> Title:
    return services.open_title(
        premises.pk,
        values.pop("kind"),
        values.pop("holders"),
        values.pop("valid_from"),
        actor=actor,
        agreement=AgreementTerms() if with_agreement else None,
        **values,
    )


def _transfer(pk: int, *, actor: Actor, with_agreement: bool, **values: Any) -> Title:
    return services.transfer_title(
        pk,
        values["holders"],
        values["transferred_on"],
        actor=actor,
        document=values["document"],
        agreement=AgreementTerms() if with_agreement else None,
    )


def _set_attribute(pk: int, *, actor: Actor, **values: Any) -> str:
    new = services.set_attribute(
        pk, values.pop("name"), values.pop("value"), values.pop("valid_from"), actor=actor, **values
    )
    return str(_("Recorded.") if new else _("This value is recorded already; nothing changed."))


def _change_due_day(pk: int, *, actor: Actor, **values: Any) -> str:
    services.change_due_day(pk, actor=actor, **values)
    return str(_("Recorded."))


def _is_running(record: Any) -> bool:
    return record.valid.upper is None


@register
class TitleDesk(ModelDesk):
    model = Title
    purpose = _(
        "Who owns, rents or otherwise holds which premises, since when. A new title opens the agreement and "
        "account of its payer."
    )
    section = "people"
    icon = "key"
    order = 60
    columns = ("premises", "kind", "holder_names", "member", "valid", "document")
    search = ("premises__code", "holders__party__last_name", "document")
    filters = ("premises__building__estate", "premises__building", "kind", "member", "valid")
    related = ("premises",)
    facts = ("premises", "kind", "valid")
    editable = addable = deletable = importable = False
    cell = {"holder_names": lambda title: ", ".join(str(one) for one in title.holders.all())}
    labels = {"holder_names": _("holders")}
    tabs = (
        Tab("holders", _("Holders"), child=TitleHolder, lookup="title"),
        Tab("agreements", _("Agreements"), child=Agreement, lookup="title"),
    )
    actions = (
        Action("open", _("Open a title"), _open, icon="plus", form=OpenTitleForm, collection=True, result_url=url_of),
        Action("transfer", _("Transfer"), _transfer, icon="arrows-exchange", form=TransferForm,
               available=_is_running, result_url=url_of),
        Action("end", _("End"), services.end_title, icon="calendar-event", form=LastDayForm, result_url=url_of),
    )  # fmt: skip

    def base_queryset(self) -> Any:
        return Title.objects.prefetch_related("holders__party")


@register
class TitleHolderDesk(ModelDesk):
    """Holders as of any day: the filter `title__valid` on a day gives the owners of that day."""

    model = TitleHolder
    purpose = _(
        "Who holds which premises today, alone or in shares. Holders come with titles and with workbooks of estates."
    )
    filled_by = "occupancy.title"
    section = "people"
    searchable_globally = False
    icon = "users"
    order = 65
    menu = False
    editable = addable = deletable = importable = False
    columns = ("title__premises", "title__kind", "party", "numerator", "denominator", "title__valid")
    search = ("party__last_name", "party__first_name", "title__premises__code")
    filters = ("title__premises__building", "title__kind", "title__valid")
    related = ("title__premises", "party")


@register
class AgreementDesk(ModelDesk):
    model = Agreement
    purpose = _(
        "Who pays for which premises, since when. An agreement is made with a title, by the workbook of an estate "
        "or for a customer."
    )
    filled_by = "occupancy.title"
    section = "people"
    icon = "file-text"
    order = 70
    columns = ("code", "premises", "payer", "entity", "kind", "valid", "due_day")
    search = ("code", "premises__code", "payer__last_name", "payer__first_name")
    filters = ("entity", "premises__building__estate", "premises__building", "kind", "valid")
    related = ("premises", "payer", "entity", "title")
    facts = ("premises", "payer", "entity")
    addable = deletable = importable = False  # edited are only fields the operator added
    tabs = (
        Tab(
            "changes",
            _("History of changes"),
            template="occupancy/tab_changes.html",
            context=lambda record, user: {"lines": queries.agreement_history(record.pk)},
        ),
        Tab("attributes", _("Attributes"), child=AgreementAttribute, lookup="agreement"),
    )
    actions = (
        Action("set_attribute", _("Record an attribute"), _set_attribute, icon="pencil", form=AttributeForm),
        Action("change_due_day", _("Change the due day"), _change_due_day, icon="calendar", form=DueDayForm),
        Action("end", _("End"), services.end_agreement, icon="calendar-event", form=LastDayForm, result_url=url_of),
    )


@register
class AgreementAttributeDesk(ModelDesk):
    """Every value ever recorded; changed by actions on the agreement."""

    model = AgreementAttribute
    section = "people"
    icon = "list"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("agreement", "name", "value", "valid", "recorded", "source", "actor_label")
    filters = ("name", "valid")
    related = ("agreement",)


@register
class EstateImportDesk(ModelDesk):
    """The log of workbooks; a new one is brought in on its own page."""

    model = EstateImport
    section = "premises"
    icon = "file-spreadsheet"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("file_name", "entity", "valid_from", "policy", "state", "row_count", "problem_count", "created_at")
    search = ("file_name", "source")
    filters = ("entity", "state", "created_at")
    related = ("entity",)
    facts = ("entity", "valid_from", "state")
    state = "state"
    tones = {"done": "ok", "checked": "info", "undone": "muted"}
    actions = (
        Action(
            "undo",
            _("Undo the workbook"),
            import_actions.undo,
            icon="arrow-back-up",
            tone="bad",
            confirm=_("Take back everything this workbook brought in?"),
            available=lambda record: record.state == "done" and record.kept,
        ),
    )


no_desk(EstateImportRow, "what a workbook changed, for its undo; shown as the history of the records themselves")
