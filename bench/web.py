"""`python -m bench.web`: memory of one web process and weight of a resident's first page, on the demonstration.

Starts one web process against the database of the environment (filled by `manage.py demo`), signs in as a resident over
HTTP as a browser does, asks for pages, and adds up what came over the wire.
"""

import gzip
import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

MEMORY_MB, PAGE_KB = 250, 150
REQUESTS = 200


class Browser:
    """Cookies, compression, and the bytes that really came."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.received = 0
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str, data: dict[str, str] | None = None) -> str:
        body = urllib.parse.urlencode(data).encode() if data else None
        headers = {"Accept-Encoding": "gzip", "Referer": self.root + path, "Accept-Language": "pl"}
        request = urllib.request.Request(self.root + path, body, headers)
        with self.opener.open(request, timeout=60) as answer:
            raw = answer.read()
            self.received += len(raw)
            if answer.headers.get("Content-Encoding") == "gzip":
                raw = gzip.decompress(raw)
            return str(raw.decode("utf-8", "replace"))

    def sign_in(self, username: str, password: str) -> None:
        form = self.get("/account/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token, "no sign-in form"
        self.get("/account/login/", {"login": username, "password": password, "csrfmiddlewaretoken": token[1]})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")
    import django

    django.setup()
    from lokum.demo.sign_ins import PASSWORD

    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "lokum.wsgi:application", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    environment = {**os.environ, "LOKUM_SITE_URL": f"http://127.0.0.1:{port}"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _attempt in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        browser = Browser(f"http://127.0.0.1:{port}")
        browser.sign_in("mieszkaniec", PASSWORD)
        browser.received = 0
        page = browser.get("/portal/")
        bare = browser.received
        loaded = re.findall(r"<(?:script|img)[^>]*>|<link[^>]*stylesheet[^>]*>", page)  # not icons and manifest
        links = {link for tag in loaded for link in re.findall(r'(?:src|href)="(/static/[^"]+)"', tag)}
        for link in sorted(links):
            browser.get(link)
        weight = browser.received / 1024
        paths = [path for path in ("/portal/", *sorted(set(re.findall(r'href="(/portal/[^"#?]*)"', page)))) if path]
        for turn in range(REQUESTS):
            browser.get(paths[turn % len(paths)])
        memory = _memory_mb(server.pid)
    finally:
        server.terminate()
        server.wait(20)
    print(
        f"first portal page   {weight:7.1f} kB over the wire with {len(links)} files "
        f"(page alone {bare / 1024:.1f} kB; budget {PAGE_KB})"
    )
    print(f"one web process     {memory:7.1f} MB after {REQUESTS} requests (budget {MEMORY_MB})")
    return 0 if weight <= PAGE_KB and memory <= MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
