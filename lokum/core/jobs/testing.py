"""For tests: run the work that waits, in this process."""

from lokum.core.jobs.models import Job
from lokum.core.jobs.running import execute


def run_jobs() -> int:
    """Run every waiting job to its end and return how many ran. Needs committed data (`fresh_database`)."""
    count = 0
    while pk := Job.objects.filter(state=Job.State.WAITING).order_by("pk").values_list("pk", flat=True).first():
        execute(pk)
        count += 1
    return count
