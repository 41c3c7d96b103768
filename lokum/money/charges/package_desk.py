"""Registers of packages of components and of the acts that attached them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.money.charges import attaching
from lokum.money.charges.attaching_forms import AttachManyForm
from lokum.money.charges.forms import DetachForm, ReasonForm
from lokum.money.charges.models import (
    BulkAttachment,
    BulkAttachmentLine,
    Package,
    PackageAssignment,
    PackageComponent,
)
from lokum.money.charges.queries.packages import difference_count, outcomes, package_differences
from lokum.money.charges.services import apply_differences, end_attachment, undo_attachment

SHOWN = 200


def _differences(record: Package, user: Any) -> dict[str, Any]:
    count = difference_count(record)
    return {
        "package": record,
        "differences": package_differences(record, SHOWN) if count else [],
        "count": count,
        "more": count > SHOWN,
        "shown": SHOWN,
    }


@register
class PackageDesk(ModelDesk):
    model = Package
    purpose = _("Components that are usually charged together, so that new premises get all of them at once.")
    section = "charges"
    icon = "package"
    order = 31
    columns = ("entity", "code", "name", "note")
    fields = ("entity", "code", "name", "note")
    search = ("code", "name")
    filters = ("entity",)
    import_key = ("entity", "code")
    related = ("entity",)
    facts = ("entity", "code", "note")
    searchable_globally = False
    tabs = (
        Tab("contents", _("Components"), child=PackageComponent, lookup="package"),
        Tab("assignments", _("Attached to"), child=PackageAssignment, lookup="package"),
        Tab("differences", _("Differences"), template="charges/tab_differences.html", context=_differences),
        Tab("attachments", _("Attaching to many"), child=BulkAttachment, lookup="package"),
    )
    actions = (
        Action("attach", _("Attach to many"), attaching.attach_package_to, icon="link", form=AttachManyForm,
               tone="primary", result_url=attaching.result_page,
               confirm=_("Every place of the entity that matches gets the package from the first day on.")),
        Action("apply_differences", _("Apply the differences"), apply_differences, icon="check",
               available=lambda package: difference_count(package) > 0, result_url=attaching.result_page,
               confirm=_("Every place that carries the package gets what it lacks and loses what the package holds "
                         "no longer.")),
    )  # fmt: skip


@register
class PackageComponentDesk(ModelDesk):
    """What a package holds, and when. Places that carry it follow by the differences on its page."""

    model = PackageComponent
    section = "charges"
    icon = "tag"
    menu = False
    columns = ("package", "component", "valid")
    fields = ("package", "component", "valid")
    filters = ("package__entity", "package", "component", "valid")
    related = ("package", "component")
    facts = ("package", "component", "valid")
    searchable_globally = False


@register
class PackageAssignmentDesk(ModelDesk):
    model = PackageAssignment
    purpose = _("Which places carry which package. Attach one on the page of a package.")
    filled_by = "charges.package"
    section = "charges"
    icon = "link"
    order = 51
    columns = ("package", "premises", "premises__building", "valid", "origin")
    search = ("premises__code", "package__code", "package__name")
    filters = ("package__entity", "package", "premises__building", "valid")
    related = ("package", "premises__building", "origin")
    facts = ("package", "premises", "valid")
    fields = ()
    editable = addable = deletable = importable = False
    searchable_globally = False
    actions = (
        Action("end", _("End"), attaching.end_chosen_packages, icon="calendar", form=DetachForm, bulk=True,
               confirm=_("The package and its components are charged up to the month of the last day.")),
    )  # fmt: skip


def _done(record: BulkAttachment) -> bool:
    return record.state == BulkAttachment.State.DONE


@register
class BulkAttachmentDesk(ModelDesk):
    """Every act of attaching with its result; a new one begins at a component, a package or a selection of places."""

    model = BulkAttachment
    purpose = _(
        "Every time a component or package was attached to many places at once, with what was left out and why. "
        "Start it on the page of a component or package."
    )
    filled_by = "charges.component"
    section = "charges"
    icon = "list-check"
    order = 52
    columns = ("created_at", "name", "entity", "component", "package", "reach", "estate", "building", "group",
               "premises_kind", "agreement_kind", "starts_on", "ends_on", "attached_count", "skipped_count", "state",
               "created_by_label", "undo_reason")  # fmt: skip
    default_columns = ("created_at", "name", "reach", "starts_on", "attached_count", "skipped_count",
                       "state")  # fmt: skip
    filters = ("entity", "component", "package", "reach", "starts_on", "state")
    ordering = ("-pk",)
    related = ("entity", "component", "package", "estate", "building", "group")
    facts = ("starts_on", "attached_count", "skipped_count")
    state = "state"
    tones = {"done": "ok", "undone": "muted"}
    fields = ()
    editable = addable = deletable = importable = False
    searchable_globally = False
    tabs = (
        Tab("lines", _("Places"), child=BulkAttachmentLine, lookup="bulk"),
        Tab("outcomes", _("Figures"), template="charges/tab_outcomes.html",
            context=lambda record, user: outcomes(record)),
    )  # fmt: skip
    actions = (
        Action("end", _("End all"), end_attachment, icon="calendar", form=DetachForm, available=_done,
               confirm=_("Everything that was attached by this act ends with the last day.")),
        Action("undo", _("Undo"), undo_attachment, icon="arrow-back-up", tone="bad", form=ReasonForm, available=_done,
               confirm=_("Everything is as if it had never been attached. Not possible once it was charged.")),
    )  # fmt: skip


@register
class BulkAttachmentLineDesk(ModelDesk):
    model = BulkAttachmentLine
    section = "charges"
    icon = "list"
    menu = False
    columns = ("bulk", "premises", "component", "outcome")
    search = ("premises__code",)
    filters = ("bulk", "component", "outcome", "premises__building")
    related = ("bulk", "premises", "component")
    ordering = ("pk",)
    facts = ("premises", "component", "outcome")
    state = "outcome"
    tones = {"attached": "ok", "ended": "info", "known": "muted", "package": "muted", "foreign": "warn",
             "closed": "warn"}  # fmt: skip
    fields = ()
    editable = addable = deletable = importable = False
    searchable_globally = False
