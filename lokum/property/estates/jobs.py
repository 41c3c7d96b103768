"""Work of every night: dated own fields whose new value holds from today on."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.jobs.registry import RunningJob, every_day, job_kind
from lokum.property.estates.services import refresh_today


@job_kind("estates.own_values", title=_("Own fields: values that hold from today"))
def refresh(job: RunningJob) -> dict[str, Any]:
    """Lists, sheets and filters read the value of today; a second run changes nothing."""
    return {"changed": refresh_today()}


every_day("estates.own_values", "00:05")
