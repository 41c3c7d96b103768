"""Long work of this app."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.jobs.registry import RunningJob, job_kind
from lokum.property.parties.services import sign_ins


@job_kind("parties.make_sign_ins", title=_("Sign-ins for residents"))
def make_sign_ins(job: RunningJob, *, pks: list[int], channel: str) -> dict[str, Any]:
    outcome = sign_ins.make_sign_ins(pks, channel, job=job)
    return {"made": outcome.made, "passed": outcome.passed, "unreachable": outcome.unreachable}
