"""The background worker: runs jobs, sends what waits in the outbox, keeps the calendar, rescues the left-behind."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection
from procrastinate.contrib.django import app

from lokum.core.jobs.schedule import order_due
from lokum.core.jobs.services import rescue_jobs
from lokum.core.jobs.upkeep import beat, chores

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run background work until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what waits now, then stop.")
        parser.add_argument("--pause", type=float, default=2.0, help="Seconds between two looks at the outbox.")

    def handle(self, *args: Any, once: bool, pause: float, **options: Any) -> None:
        stop = threading.Event()
        upkeep = threading.Thread(target=self._keep_up, args=(stop, pause, once), name="upkeep", daemon=True)
        upkeep.start()
        try:
            if once:
                upkeep.join()
            asyncio.run(self._work(wait=not once))
            if once:
                self._do(*chores)  # send what the jobs just put into the outbox
        finally:
            stop.set()
            upkeep.join(timeout=10)

    async def _work(self, *, wait: bool) -> None:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            async with app.open_async():
                await app.run_worker_async(
                    queues=["jobs"], wait=wait, concurrency=1, delete_jobs="always", install_signal_handlers=wait
                )

    def _keep_up(self, stop: threading.Event, pause: float, once: bool) -> None:
        while not stop.is_set():
            self._do(beat, rescue_jobs, order_due, *chores)
            close_old_connections()
            if once:
                break
            stop.wait(pause)
        connection.close()

    def _do(self, *what: Callable[[], object]) -> None:
        for chore in what:
            try:
                chore()
            except Exception:
                logger.exception("upkeep: %s", getattr(chore, "__name__", chore))
