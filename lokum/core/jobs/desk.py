"""Register of jobs: one's own work with its progress; everybody's with the right to view all."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.core.jobs.models import Job, JobLine, WorkerBeat
from lokum.core.jobs.services import cancel_job, retry_job

no_desk(JobLine, "the log is shown on the page of its job")
no_desk(WorkerBeat, "read by the health page")


def progress_of(job: Job, user: Any = None) -> dict[str, Any]:
    """What the progress panel shows."""
    running = job.state in (Job.State.WAITING, Job.State.RUNNING)
    percent = 100 * job.done_count // job.total_count if job.total_count else 0
    return {"job": job, "running": running, "percent": min(percent, 100), "lines": list(job.lines.all())}


@register
class JobDesk(ModelDesk):
    model = Job
    purpose = _(
        "Long work in the background: runs, imports, large sheets, with progress and result. It is listed as soon "
        "as somebody starts some."
    )
    section = "office"
    icon = "player-play"
    columns = ("created_at", "title", "state", "done_count", "total_count", "started_at", "finished_at", "error")
    default_columns = ("created_at", "title", "state", "finished_at", "error")
    search = ("title",)
    cell = {"title": lambda job: job.name, "error": lambda job: job.problem}  # in the language of the reader
    labels = {"title": _("Title"), "error": _("Error")}
    filters = ("state",)
    ordering = ("-pk",)
    facts = ("title", "state", "created_at")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    actions = (
        Action(
            name="cancel",
            label=_("Stop"),
            icon="ban",
            service=cancel_job,
            available=lambda job: job.state in (Job.State.WAITING, Job.State.RUNNING),
            confirm=_("What has been done so far is rolled back."),
        ),
        Action(
            name="retry",
            label=_("Start again"),
            icon="refresh",
            service=retry_job,
            available=lambda job: job.state in (Job.State.FAILED, Job.State.CANCELLED),
        ),
    )
    tabs = (
        Tab(name="progress", label=_("Progress"), icon="clock", template="jobs/progress.html", context=progress_of),
    )

    def name_of(self, record: Job) -> str:
        return record.name
