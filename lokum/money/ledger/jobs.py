"""Proving the books every night."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.base.errors import Refusal
from lokum.core.jobs.registry import RunningJob, every_day, job_kind
from lokum.money.ledger.proof import prove, rules


@job_kind("ledger.prove", title=_("Proving the books"))
def prove_books(job: RunningJob) -> dict[str, Any]:
    """Ask every rule; a finding fails the job, so that it stands out, and its log names the rows."""
    result: dict[str, int] = {}
    lines: list[str] = []
    everything = rules()
    for done, rule in enumerate(everything):
        job.progress(done, len(everything), rule.title)
        for outcome in prove([rule.code]):
            result[outcome.code] = outcome.count
            lines += [f"{outcome.code}: {finding}" for finding in outcome.findings]
    if lines:
        raise Refusal("ledger.unproven", "\n".join(lines[:50]))
    return {"rules": result}


every_day("ledger.prove", "04:10")
