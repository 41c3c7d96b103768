"""Jobs: ordered once, done whole or not at all, seen while they run, started again after a kill."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import gettext, gettext_lazy, override

from lokum.core.access.factories import make_user
from lokum.core.base.context import Actor, acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import worded
from lokum.core.jobs import registry
from lokum.core.jobs.models import Job, JobLine
from lokum.core.jobs.registry import RunningJob, job_kind
from lokum.core.jobs.schedule import order_due
from lokum.core.jobs.services import cancel_job, order_job, rescue_jobs, retry_job
from lokum.core.jobs.testing import run_jobs
from lokum.core.outbox.models import Event
from lokum.core.outbox.services import publish

pytestmark = [pytest.mark.req("PLT-21"), pytest.mark.database]


@pytest.fixture(autouse=True)
def own_kinds() -> Iterator[None]:
    before, calendar = dict(registry.kinds), list(registry.calendar)
    yield
    registry.kinds.clear()
    registry.kinds.update(before)
    registry.calendar[:] = calendar


def _order(kind: str, key: str = "one", **arguments: Any) -> Job:
    with acting(system_actor("test")) as actor:
        return order_job(kind, key=key, title="Work", arguments=arguments, actor=actor)


def test_the_same_key_is_the_same_work(fresh_database: str) -> None:
    @job_kind("test.write", title="Write")
    def write(job: RunningJob, *, name: str) -> dict[str, Any]:
        publish(name, {}, dedupe_key=name)
        job.log("wrote")
        return {"name": name}

    first = _order("test.write", name="a")
    assert _order("test.write", name="a").pk == first.pk
    assert run_jobs() == 1
    first.refresh_from_db()
    assert (first.state, first.result, first.attempt_count) == ("done", {"name": "a"}, 1)
    assert Event.objects.count() == 1
    assert [line.text for line in JobLine.objects.all()] == ["wrote"]


def test_a_failure_leaves_nothing_and_can_be_repeated(fresh_database: str) -> None:
    broken = [True]

    @job_kind("test.break", title="Break")
    def work(job: RunningJob) -> None:
        publish("half", {}, dedupe_key="half")
        if broken[0]:
            raise Refusal("test.broken", "The premises A/3 have no area.")

    job = _order("test.break")
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The premises A/3 have no area.")
    assert not Event.objects.exists()
    broken[0] = False
    with acting(system_actor("test")) as actor:
        retry_job(job.pk, actor=actor)
    run_jobs()
    job.refresh_from_db()
    assert (job.state, Event.objects.count()) == ("done", 1)


def test_texts_of_a_job_are_read_in_the_language_of_the_reader(fresh_database: str) -> None:
    """Title, step, log and problem are kept in every language where they are lazy, else in that of the owner."""

    @job_kind("test.words", title="Words")
    def work(job: RunningJob) -> None:
        job.progress(1, 2, gettext_lazy("Adding up"))
        job.log(gettext_lazy("Finding prices"))
        job.log(gettext("Computing amounts"))
        told = {"day": "2026-03-31"}
        raise Refusal("test.words", worded(lambda: gettext("Change of owner on %(day)s") % told))

    user = make_user(language="pl")
    with acting(system_actor("test")):
        actor = Actor(user_id=user.pk, label="Ewa")
        job = order_job("test.words", key="w", title=gettext_lazy("Posting the month"), arguments={}, actor=actor)
    run_jobs()
    job = Job.objects.get(pk=job.pk)
    pages = {}
    for language in ("en", "pl", "zh-hans"):
        with override(language):
            pages[language] = (job.name, job.step_now, *map(str, job.lines.order_by("pk")), job.problem)
    assert pages["en"] == (
        "Posting the month", "Adding up", "Finding prices", "Obliczanie kwot", "Change of owner on 2026-03-31",
    )  # fmt: skip
    assert pages["pl"][3] == pages["zh-hans"][3] == "Obliczanie kwot"  # worded at once, for the owner
    for place in (0, 1, 2, 4):
        assert len({pages[language][place] for language in pages}) == 3


def test_progress_is_seen_while_the_work_is_open_and_cancel_rolls_back(fresh_database: str) -> None:
    seen: list[tuple[int, int]] = []

    @job_kind("test.long", title="Long")
    def work(job: RunningJob) -> None:
        publish("half", {}, dedupe_key="half")
        job.progress(3, 10, "third")
        import psycopg

        params = connection.get_connection_params()
        for name in ("cursor_factory", "context"):
            params.pop(name, None)
        with psycopg.connect(**params, autocommit=True) as other:
            seen.append(other.execute("SELECT done_count, total_count FROM jobs_job").fetchone())  # type: ignore[arg-type]
            other.execute("UPDATE jobs_job SET cancel_requested = true")
        job.progress(4, 10)
        raise AssertionError("a cancelled job goes on")

    job = _order("test.long")
    run_jobs()
    job.refresh_from_db()
    assert seen == [(3, 10)]
    assert (job.state, Event.objects.count()) == ("cancelled", 0)
    with pytest.raises(Refusal), acting(system_actor("test")) as actor:
        cancel_job(job.pk, actor=actor)


def test_the_calendar_orders_a_day_once(fresh_database: str) -> None:
    @job_kind("test.daily", title="Daily")
    def work(job: RunningJob) -> None:
        return None

    registry.calendar[:] = []
    registry.every_day("test.daily", "02:30", time_zone="Asia/Taipei")
    before = dt.datetime(2026, 3, 1, 18, 29, tzinfo=dt.UTC)  # 02:29 in Taipei
    after = dt.datetime(2026, 3, 1, 18, 31, tzinfo=dt.UTC)
    order_due(before)
    assert Job.objects.count() == 0
    order_due(after)
    order_due(after)
    assert [job.key for job in Job.objects.all()] == ["test.daily:all:2026-03-02"]


SLOW = """
import os, django
django.setup()
from lokum.core.jobs.registry import job_kind
from lokum.core.jobs.running import execute
from lokum.core.outbox.services import publish
import time
@job_kind("test.slow", title="Slow")
def slow(job):
    publish("slow", {}, dedupe_key="slow")
    job.progress(1, 2)
    print("working", flush=True)
    time.sleep(float(os.environ["NAP"]))
execute(int(os.environ["JOB"]))
"""


def test_a_killed_worker_loses_and_doubles_nothing(database_environment: dict[str, str]) -> None:
    @job_kind("test.slow", title="Slow")
    def slow(job: RunningJob) -> None:
        publish("slow", {}, dedupe_key="slow")

    job = _order("test.slow")
    env = database_environment | {"JOB": str(job.pk), "NAP": "30"}
    child = subprocess.Popen([sys.executable, "-c", SLOW], env=env, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "working"
    assert rescue_jobs() == 0, "a living worker's job is left alone"
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    for _try in range(50):  # the server needs a moment to see that the client is gone
        if rescue_jobs():
            break
        time.sleep(0.1)
    job.refresh_from_db()
    assert (job.state, Event.objects.count()) == ("waiting", 0)
    assert run_jobs() == 1
    job.refresh_from_db()
    assert (job.state, Event.objects.count(), job.attempt_count) == ("done", 1, 2)


def test_the_worker_command_does_what_waits(database_environment: dict[str, str]) -> None:
    with acting(system_actor("test")):
        publish("nobody.listens", {}, dedupe_key="x")
    subprocess.run([sys.executable, "manage.py", "worker", "--once"], env=database_environment, check=True, timeout=60)
    assert Event.objects.filter(dispatched_at=None).count() == 0
