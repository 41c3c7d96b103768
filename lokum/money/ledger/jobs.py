"""Proving the books every night."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.jobs.anchor import add_heads
from lokum.core.jobs.registry import RunningJob, every_day, job_kind
from lokum.core.outbox.services import publish
from lokum.money.ledger.models import Batch, SubAccount
from lokum.money.ledger.proof import prove, rules
from lokum.money.ledger.services import transfer_between_sub_accounts

KEPT = 200  # findings kept with the job; `manage.py prove` shows them all


def batch_heads() -> dict[str, str]:
    """The newest sealed batch of each entity, for the message that leaves the house every day."""
    rows = Batch.objects.filter(chain_number__isnull=False).order_by("entity_id", "-chain_number").distinct("entity_id")
    found = rows.values_list("entity__code", "chain_number", "hash")
    return {f"ledger/{code}/{number}": value for code, number, value in found}


add_heads(batch_heads)


@job_kind("ledger.prove", title=_("Proving the books"), result_url=lambda result: reverse("ledger:proof"))
def prove_books(job: RunningJob) -> dict[str, Any]:
    """Ask every rule; findings stand in the result and go out as the event "ledger.unproven"."""
    counts: dict[str, int] = {}
    findings: list[str] = []
    everything = rules()
    for done, rule in enumerate(everything):
        job.progress(done, len(everything), rule.title)
        for outcome in prove([rule.code]):
            counts[outcome.code] = outcome.count
            findings += [f"{outcome.code}: {finding}" for finding in outcome.findings]
    if findings:
        values = {"rules": {code: count for code, count in counts.items() if count}, "findings": findings[:20]}
        publish("ledger.unproven", values, dedupe_key=f"ledger.unproven:{clock.now():%Y%m%d%H%M%S}")
    return {"rules": counts, "findings": findings[:KEPT]}


@job_kind("ledger.transfers", title=_("Transfers between sub-accounts"))
def transfer_everywhere(job: RunningJob) -> dict[str, Any]:
    """Move what is missing in every entity that keeps sub-accounts; one by one, so that none waits."""
    actor = system_actor("ledger.transfers")
    entities = sorted(set(SubAccount.objects.values_list("entity_id", flat=True)))
    moved: dict[str, str] = {}
    for done, entity_id in enumerate(entities):
        job.progress(done, len(entities), "")
        count, amount = transfer_between_sub_accounts(entity_id, actor=actor)
        if count:
            moved[str(entity_id)] = str(amount)
    return {"moved": moved}


every_day("ledger.prove", "04:10")
every_day("ledger.transfers", "03:20")
