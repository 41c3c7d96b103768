"""A real Chromium before a real server over a committed database of its own.

One world for a whole module: making it takes seconds. The server is a process of its own; jobs run in the test's
process when the test says so, with the same file store.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from conftest import ROOT, environment_of
from tests.browser.watching import Watched
from tests.browser.world import Site, fill

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    named = os.environ.get("LOKUM_CHROMIUM")
    found = named or next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if not found:
        pytest.skip("not run: no Chromium (sudo apt install chromium fonts-noto-cjk, or set LOKUM_CHROMIUM)")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the web server did not start (exit code {server.poll()})")


@pytest.fixture(scope="module")
def site(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A filled database, a server over it, and the addresses and people in it."""
    state = tmp_path_factory.mktemp("state")
    (state / "static").mkdir()
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    store, settings.FILE_STORE = settings.FILE_STORE, state / "files"
    # Playwright keeps an event loop in this thread; our own queries between its calls are still one at a time.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    environment = environment_of(module_database) | {
        "LOKUM_STATE": str(state),
        "LOKUM_SITE_URL": address,
        "LOKUM_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "lokum.wsgi:application", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    command += ["--log-level", "warning"]
    made = fill(address)
    with (state / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, server)
            made.log = state / "server.log"
            yield made
        finally:
            server.terminate()
            server.wait(timeout=30)
            settings.FILE_STORE = store
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def chromium(chromium_path: str, site: Site) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Root may not use Chromium's own sandbox; the pages are ours and come from this machine.
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()
        # Under an event loop Django keeps connections apart from those of plain code: close them here, not later.
        connections.close_all()


DESKTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


@pytest.fixture
def open_browser(chromium: Browser, site: Site) -> Iterator[Callable[..., Watched]]:
    """Opens a window (`phone=True` for a phone) in a language; every page in it is watched until the test ends."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def window(*, phone: bool = False, language: str = "pl", **options: Any) -> Watched:
        shape: dict[str, Any] = PHONE if phone else DESKTOP
        context = chromium.new_context(**({"base_url": site.address, "locale": language} | shape | options))
        watched = Watched(context.new_page())
        opened.append((context, watched))
        return watched

    yield window
    for context, watched in opened:
        context.close()
        assert not watched.complaints, "\n".join(watched.complaints)
