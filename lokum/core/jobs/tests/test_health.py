"""The health page: each part with a word and a figure, red and 503 when one of them is unwell (PLT-36)."""

import datetime as dt
from collections import namedtuple
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.jobs import health
from lokum.core.jobs.models import Job, WorkerBeat
from lokum.core.outbox.models import Message

pytestmark = [pytest.mark.req("PLT-36"), pytest.mark.usefixtures("as_system")]
LONG_AGO = dt.timedelta(minutes=20)


@pytest.fixture
def staff() -> Client:
    """Somebody who may see jobs, with a worker that has just reported."""
    user = make_user()
    make_grant(user, ["jobs.job:view"])
    client = Client()
    client.force_login(user)
    WorkerBeat.objects.update_or_create(name="worker", defaults={"seen_at": clock.now()})
    return client


def states(client: Client) -> tuple[int, dict[str, bool]]:
    answer = client.get(reverse("jobs:health"))
    return answer.status_code, {one.name: one.ok for one in answer.context["health"].checks}


def test_all_is_well_while_the_worker_reports(staff: Client) -> None:
    status, parts = states(staff)
    assert (status, set(parts)) == (200, {"Database", "Background worker", "Jobs", "Outbox", "Disk"})
    assert all(parts.values())
    page = staff.get(reverse("jobs:health")).content.decode()
    assert "PostgreSQL" in page and "MB free" in page
    assert Client().get(reverse("jobs:health")).status_code == 302  # strangers sign in first


def test_a_stopped_worker_turns_the_page_red(staff: Client) -> None:
    WorkerBeat.objects.update(seen_at=clock.now() - dt.timedelta(seconds=61))
    status, parts = states(staff)
    assert status == 503 and [name for name, ok in parts.items() if not ok] == ["Background worker"]
    WorkerBeat.objects.all().delete()
    assert states(staff)[0] == 503 and "has never reported" in staff.get(reverse("jobs:health")).content.decode()


def test_late_jobs_late_messages_and_a_full_disk_are_named(staff: Client, monkeypatch: Any) -> None:
    job = Job.objects.create(kind="toy", key="toy", title="toy")
    Job.objects.filter(pk=job.pk).update(created_at=clock.now() - LONG_AGO)
    message = Message.objects.create(channel="email", recipient="a@example.org", body="x", dedupe_key="late")
    Message.objects.filter(pk=message.pk).update(created_at=clock.now() - LONG_AGO)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: usage(10, 9, health.LEAST_FREE))
    status, parts = states(staff)
    assert status == 503 and [name for name, ok in parts.items() if not ok] == ["Jobs", "Outbox", "Disk"]


def test_a_database_that_does_not_answer_is_said_so(monkeypatch: Any) -> None:
    def broken() -> None:
        raise DatabaseError("the server closed the connection")

    monkeypatch.setattr(health, "_database", broken)
    state = health.health()
    assert not state.ok and [one.text for one in state.checks] == ["the server closed the connection"]


def test_strangers_hear_well_or_unwell_and_a_silent_worker_takes_no_web_process_away(staff: Client) -> None:
    stranger = Client()
    assert stranger.get("/health/").json() == stranger.get("/health/web/").json() == {"ok": True}
    WorkerBeat.objects.update(seen_at=clock.now() - dt.timedelta(seconds=61))
    ill = stranger.get("/health/")
    assert (ill.status_code, ill.json()) == (503, {"ok": False})
    assert stranger.get("/health/web/").status_code == 200


def test_a_web_process_without_a_database_asks_to_be_left_out(monkeypatch: Any) -> None:
    class Broken:
        def cursor(self) -> None:
            raise DatabaseError("the server closed the connection")

    monkeypatch.setattr(health, "connection", Broken())
    answer = Client().get("/health/web/")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})
