"""What the buttons of documents call: long work as jobs."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.languages import worded
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.documents.models import Advance, DeliveryBatch, FeeChange, Invoice
from lokum.money.documents.services import (
    deliver_run,
    issue_advance,
    issue_fee_change,
    issue_invoice,
    issue_run_invoices,
    order_statements,
)
from lokum.money.ledger.scope import require_entity, require_within


def order_bulk_statements(
    *, entity: Entity, kind: str, start: dt.date, end: dt.date, building: Any = None, district: Any = None,
    only_open: bool = False, actor: Actor,
) -> Job:  # fmt: skip
    """Statements or confirmations for all payers: a batch is made, and filled by a job that may be repeated."""
    with transaction.atomic():
        batch = order_statements(entity=entity, kind=kind, start=start, end=end, building=building,
                                 district=district, only_open=only_open, actor=actor)  # fmt: skip
        require_within(batch, actor, "order")
        return order_issuing(batch.pk, actor=actor)


def order_issuing(pk: int, *, actor: Actor) -> Job:
    """Go on issuing: only what is missing is made."""
    batch = DeliveryBatch.objects.get(pk=pk)
    key = f"documents.issue:{pk}:{clock.now():%Y%m%d%H%M}"
    return order_job(
        "documents.issue", key=key, title=worded(lambda: batch.name), arguments={"batch_id": pk}, actor=actor
    )


def order_producing(pk: int, *, actor: Actor) -> Job:
    batch = DeliveryBatch.objects.get(pk=pk)
    title = worded(lambda: _("Producing: %(batch)s") % {"batch": batch.name})
    key = f"documents.produce:{pk}:{clock.now():%Y%m%d%H%M}"
    return order_job("documents.produce", key=key, title=title, arguments={"batch_id": pk}, actor=actor)


def order_run_delivery(*, run: Any, actor: Actor) -> DeliveryBatch:
    batch = deliver_run(run.pk, actor=actor)
    require_within(batch, actor, "order_run")
    return batch


def write_fee_change(**values: Any) -> FeeChange:
    with transaction.atomic():
        change = issue_fee_change(**values)
        require_within(change, values["actor"], "issue")
        return change


def write_invoice(**values: Any) -> Invoice:
    with transaction.atomic():
        made = issue_invoice(**values)
        require_within(made, values["actor"], "issue")
        return made


def write_run_invoices(*, run: Any, exempt_reason: str = "", actor: Actor) -> list[Invoice]:
    require_entity(run.entity, actor, "documents.invoice:issue_run")
    return issue_run_invoices(run=run, exempt_reason=exempt_reason, actor=actor)


def write_advance(**values: Any) -> Advance:
    with transaction.atomic():
        made = issue_advance(**values)
        require_within(made, values["actor"], "issue")
        return made
