"""Long work with progress a person can watch. The queue itself is procrastinate's."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base.languages import in_own_language


class Job(models.Model):
    """One piece of long work: a charge run, an import, an export, a mailing."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    scope_path = {"user": "owner_id"}

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(max_length=150, unique=True)  # the same key is the same work: it is not queued twice
    title = models.CharField(_("title"), max_length=200)
    owner_id = models.BigIntegerField(_("owner"), null=True)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    done_count = models.PositiveBigIntegerField(_("done"), default=0)
    total_count = models.PositiveBigIntegerField(_("of"), default=0)
    step = models.CharField(_("step"), max_length=200, blank=True)
    cancel_requested = models.BooleanField(default=False)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    result = models.JSONField(default=dict)
    result_url = models.CharField(max_length=300, blank=True)
    error = models.TextField(_("error"), blank=True)
    # {"title": {language: text}, "step": ..., "error": ...}: what of the three depends on the reader's language.
    words = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("ordered at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    seen_at = models.DateTimeField(null=True)  # last sign of life of the worker
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name

    def _told(self, name: str, otherwise: str) -> str:
        return in_own_language(self.words.get(name) or {}, otherwise) if otherwise else ""

    @property
    def name(self) -> str:
        """The title in the language of the reader; that of work on a schedule was kept as the source text."""
        return self._told("title", gettext(self.title))

    @property
    def step_now(self) -> str:
        return self._told("step", self.step)

    @property
    def problem(self) -> str:
        """Why it failed."""
        return self._told("error", self.error)


class JobLine(models.Model):
    """A line of a job's log."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    text = models.TextField()
    words = models.JSONField(default=dict, editable=False)  # {language: text}, where they differ

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return in_own_language(self.words, self.text)


class WorkerBeat(models.Model):
    """Last sign of life of the background worker."""

    name = models.CharField(max_length=40, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
