"""Is the installation well? Database, background worker, jobs, outbox and disk, each with a word and a figure."""

import datetime as dt
import shutil
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.jobs.models import Job, WorkerBeat
from lokum.core.outbox.models import Message, OutboxState

SILENT_FOR = dt.timedelta(seconds=60)
LATE_FOR = dt.timedelta(minutes=15)
LEAST_FREE = 1024**3


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Health:
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)


def health() -> Health:
    """Ask each part; a part that does not answer is unwell, never an error page."""
    checks: tuple[Check, ...]
    try:
        with acting(system_actor("health")):
            checks = (_database(), _worker(), _jobs(), _outbox(), _disk())
    except DatabaseError as error:
        checks = (Check(_("Database"), False, str(error)),)
    return Health(checks)


def database_answers() -> bool:
    """The cheapest question there is: load balancers ask it every few seconds."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
    text = _("PostgreSQL %(version)s, %(size)d MB") % {"version": version, "size": size // 1_048_576}
    return Check(_("Database"), True, text)


def _worker() -> Check:
    beat = WorkerBeat.objects.filter(name="worker").first()
    if beat is None:
        return Check(_("Background worker"), False, _("has never reported"))
    silence = clock.now() - beat.seen_at
    text = _("last reported %(seconds)d seconds ago") % {"seconds": silence.total_seconds()}
    return Check(_("Background worker"), silence < SILENT_FOR, text)


def _jobs() -> Check:
    waiting = Job.objects.filter(state=Job.State.WAITING)
    late = waiting.filter(created_at__lt=clock.now() - LATE_FOR).count()
    failed = Job.objects.filter(state=Job.State.FAILED, finished_at__gt=clock.now() - dt.timedelta(days=1)).count()
    counts: dict[str, Any] = {"waiting": waiting.count(), "failed": failed}
    return Check(_("Jobs"), not late, _("%(waiting)d waiting, %(failed)d failed since yesterday") % counts)


def _outbox() -> Check:
    queued = Message.objects.filter(state__in=[OutboxState.QUEUED, OutboxState.SENDING])
    late = queued.filter(created_at__lt=clock.now() - LATE_FOR).count()
    return Check(
        _("Outbox"), not late, _("%(queued)d queued, %(late)d late") % {"queued": queued.count(), "late": late}
    )


def _disk() -> Check:
    settings.FILE_STORE.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.FILE_STORE).free
    return Check(_("Disk"), free > LEAST_FREE, _("%(free)d MB free") % {"free": free // 1_048_576})
