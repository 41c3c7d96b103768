"""Tiles of the home page: what needs attention, what waits for me, figures of my scope."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.backoffice.tiles import Tile, add_tile
from lokum.core.desk.desk import registry
from lokum.core.desk.listing import listing
from lokum.core.desk.rows import count_text
from lokum.core.flow.queries import decidable
from lokum.core.jobs.models import Job
from lokum.core.organisation.models import Entity
from lokum.core.outbox.models import Message
from lokum.money.banking.models import ClearingItem
from lokum.money.charges.models import ChargeRun
from lokum.property.estates.models import Premises
from lokum.property.parties.models import Party


def _counted(model: type[models.Model], query: dict[str, list[str]], address: str, *, zero: bool = False) -> Any:
    """A tile with the number of rows a filtered list shows this user, leading to that list."""

    def build(user: Any) -> dict[str, Any] | None:
        desk = registry.of(model)
        if desk is None:
            return None
        count = listing(desk, user, query).count()
        if count.number == 0 and not zero:
            return None
        return {"value": count_text(count), "url": f"{desk.path('list')}{address}"}

    return build


def _failed_jobs(user: Any) -> dict[str, Any] | None:
    count = Job.objects.filter(owner_id=user.pk, state=Job.State.FAILED).count()
    return {"value": count, "url": "/office/jobs/job/?state=failed"} if count else None


def _approvals(user: Any) -> dict[str, Any] | None:
    count = decidable(user).count()
    return {"value": count, "url": reverse("flow:todo")} if count else None


def install() -> None:
    add_tile(
        Tile(
            "approvals",
            _("Waiting for your approval"),
            _approvals,
            "flow.approvalrequest:view",
            "todo",
            "list-check",
            1,
        )
    )
    add_tile(Tile("failed_jobs", _("My failed jobs"), _failed_jobs, "jobs.job:view", "alarm", "alert-triangle", 10))
    stuck = _counted(Message, {"state": ["failed"]}, "?state=failed")
    add_tile(
        Tile("stuck_messages", _("Messages that could not be sent"), stuck, "outbox.message:view", "alarm", "mail")
    )
    clearing = _counted(ClearingItem, {"state": ["open"]}, "?state=open")
    add_tile(Tile("clearing", _("Payments to be assigned"), clearing, "banking.clearingitem:view", "todo", "cash"))
    runs = _counted(ChargeRun, {"state": ["draft", "checked", "approved"]}, "?state=draft&state=checked&state=approved")
    add_tile(Tile("charge_runs", _("Month runs in work"), runs, "charges.chargerun:view", "todo", "calculator"))
    for order, (model, name, label, icon) in enumerate(
        (
            (Premises, "premises", _("Premises"), "building-community"),
            (Party, "parties", _("People and companies"), "users"),
            (Entity, "entities", _("Entities"), "building-bank"),
        )
    ):
        right = f"{model._meta.label_lower}:view"
        add_tile(Tile(name, label, _counted(model, {}, "", zero=True), right, "figure", icon, order))
