"""One web process of the product, as it runs in production, and callers who are signed in."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import Client

from bench.web import free_port
from lokum.core.access.models import User


@contextmanager
def running() -> Iterator[int]:
    """The server at a free port."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "lokum.wsgi:application", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    environment = {**os.environ, "LOKUM_SITE_URL": f"http://127.0.0.1:{port}"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(port: int) -> None:
    for _attempt in range(300):
        try:
            caller = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            caller.request("GET", "/accessibility/")
            caller.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not start")


class Caller:
    """A signed-in browser on one open connection."""

    def __init__(self, port: int, user: User) -> None:
        client = Client()
        client.force_login(user)
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, address: str) -> tuple[float, int, str]:
        """Seconds to the last byte, status and text."""
        began = time.perf_counter()
        self.connection.request("GET", address, headers={"Cookie": self.cookie, "Accept-Language": "pl"})
        answer = self.connection.getresponse()
        raw = answer.read()
        return time.perf_counter() - began, answer.status, raw.decode("utf-8", "replace")
