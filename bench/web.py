"""`python -m bench.web`: memory of one web process and weight of a resident's first page, on the demonstration.

Starts one web process against the database of the environment (filled by `manage.py demo`), with the static files
compressed as `make run` serves them. A Chromium the size of a phone that has kept nothing opens the page, with scripts
and without; its own network log says what came over the wire, headers and fonts included. `LOKUM_CHROMIUM` names it.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tools.launch import BROWSERS

MEMORY_MB, PAGE_KB = 250, 150
REQUESTS = 200
SIZE = {"width": 390, "height": 844}
PHONE: dict[str, Any] = {"viewport": SIZE, "is_mobile": True, "has_touch": True, "locale": "pl"}


@dataclass
class Weight:
    """Bytes over the wire of one page, by file."""

    files: dict[str, int] = field(default_factory=dict)
    words: int = 0  # characters a reader sees in the main part

    @property
    def fonts_kb(self) -> float:
        return sum(size for url, size in self.files.items() if url.endswith(".woff2")) / 1024

    @property
    def total_kb(self) -> float:
        return sum(self.files.values()) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def weigh(browser: Browser, address: str, kept: Any, *, scripts: bool, squeeze: str | None = None) -> Weight:
    """One cold visit. squeeze: accept only this compression (over plain HTTP browsers do not ask for Brotli)."""
    headers = {"Accept-Encoding": squeeze} if squeeze else None
    context = browser.new_context(**PHONE, storage_state=kept, java_script_enabled=scripts, extra_http_headers=headers)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    urls: dict[str, str] = {}
    found = Weight()

    def finished(event: dict[str, Any]) -> None:
        url = urls.get(event["requestId"], event["requestId"])
        found.files[url] = found.files.get(url, 0) + int(event["encodedDataLength"])

    network.on("Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]}))
    network.on("Network.loadingFinished", finished)
    page.goto(address + "/portal/", wait_until="networkidle")
    found.words = len(page.inner_text("main"))
    context.close()
    return found


def signed_in(browser: Browser, address: str, username: str, password: str) -> BrowserContext:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(address + "/account/login/")
    page.fill('input[name="login"]', username)
    page.fill('input[name="password"]', password)
    page.click('main form button[type="submit"]')
    page.wait_for_url(lambda url: "/account/login/" not in url)
    return context


def _memory_mb(parent: int) -> float:
    """Largest resident size among a process and its children."""
    sizes = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text(encoding="utf-8")
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        if parent in (int(fields["PPid"]), int(fields["Pid"])) and "VmRSS" in fields:
            sizes.append(int(fields["VmRSS"].split()[0]) / 1024)
    return max(sizes)


def _visit_often(context: BrowserContext, address: str) -> None:
    """Two hundred requests over the pages the first one links to."""
    page = context.request.get(address + "/portal/").text()
    paths = ["/portal/", *sorted(set(re.findall(r'href="(/portal/[^"#?]*)"', page)))]
    for turn in range(REQUESTS):
        context.request.get(address + paths[turn % len(paths)])


def _serve(port: int, state: Path, files: Path) -> subprocess.Popen[bytes]:
    """The web process of `make run`: one worker, compressed static files of a folder of its own."""
    environment = {
        **os.environ,
        "LOKUM_SITE_URL": f"http://localhost:{port}",
        "LOKUM_STATE": str(state),
        "LOKUM_STATIC_FINDERS": "0",
    }
    (state / "files").symlink_to(files)
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
    subprocess.run(collect, env=environment, check=True, stderr=subprocess.DEVNULL)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "lokum.wsgi:application", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _attempt in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    return server


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")
    import django

    django.setup()
    from django.conf import settings

    from lokum.demo.sign_ins import PASSWORD

    chromium = os.environ.get("LOKUM_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not chromium:
        print("No Chromium: sudo apt install chromium, or set LOKUM_CHROMIUM", file=sys.stderr)
        return 2
    port = free_port()
    address = f"http://localhost:{port}"  # a browser asks localhost for Brotli, as it asks every site with TLS
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = _serve(port, Path(folder), Path(settings.FILE_STORE))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            resident = signed_in(browser, address, "mieszkaniec", PASSWORD)
            kept = resident.storage_state()
            visits = {
                "with TLS (Brotli)": weigh(browser, address, kept, scripts=True),
                "with TLS, no script": weigh(browser, address, kept, scripts=False),
                "plain HTTP (gzip)": weigh(browser, address, kept, scripts=True, squeeze="gzip"),
            }
            _visit_often(resident, address)
            memory = _memory_mb(server.pid)
        finally:
            browser.close()
            server.terminate()
            server.wait(20)
    for name, weight in visits.items():
        print(
            f"first portal page, {name:20} {weight.total_kb:6.1f} kB over the wire, of it fonts {weight.fonts_kb:.1f} "
            f"({len(weight.files)} files, {weight.words} characters to read; budget over TLS {PAGE_KB} kB)"
        )
    for url, size in sorted(visits["with TLS (Brotli)"].files.items(), key=lambda one: -one[1]):
        print(f"  {size / 1024:7.1f} kB  {url.removeprefix(address)}")
    print(f"one web process     {memory:7.1f} MB after {REQUESTS} requests (budget {MEMORY_MB})")
    readable = all(weight.words > 100 for weight in visits.values())
    # The budget is that of the product as residents reach it, over TLS; gzip alone is shown beside it.
    light = all(weight.total_kb <= PAGE_KB for name, weight in visits.items() if "TLS" in name)
    return 0 if readable and light and memory <= MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
