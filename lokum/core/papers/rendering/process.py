"""The rendering process: a child of ours that compiles layouts, with limits on time and memory.

The compiler needs about 100 MB and handles text of strangers, so it never runs inside a web process. One child
serves one parent; it is started when first needed, replaced after a failure or after `RENDERS_PER_CHILD` papers.
A batch has a crew: as many children as it has threads, for as long as it runs.
"""

import atexit
import json
import os
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

TIMEOUT_SECONDS = 20.0
RENDERS_PER_CHILD = 2_000
CREW = 2  # children of a batch
LARGEST_ANSWER = 64 * 1024 * 1024


class RenderProblem(Exception):
    """The paper could not be rendered: the reason is for the log, not for the reader."""


class _Child:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lokum.core.papers.rendering.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self.parent = os.getpid()
        self.count = 0

    def ask(self, message: bytes, timeout: float) -> bytes:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.count += 1
        self.process.stdin.write(struct.pack(">I", len(message)) + message)
        self.process.stdin.flush()
        head = self._read(5, timeout)
        size, failed = struct.unpack(">I?", head)
        if size > LARGEST_ANSWER:
            raise RenderProblem("the answer is too large")
        body = self._read(size, timeout)
        if failed:
            raise RenderProblem(body.decode("utf-8", "replace"))
        return body

    def _read(self, size: int, timeout: float) -> bytes:
        assert self.process.stdout is not None
        parts = b""
        handle = self.process.stdout.fileno()
        while len(parts) < size:
            ready, _w, _x = select.select([handle], [], [], timeout)
            if not ready:
                raise TimeoutError
            part = os.read(handle, size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return parts

    def stop(self) -> None:
        if self.parent != os.getpid():
            return  # a fork of the parent: the child is not ours to stop
        self.process.kill()
        self.process.communicate()


class Renderer:
    """A child and the lock before it: one paper after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def render(self, message: bytes, timeout: float) -> bytes:
        with self._lock:
            child = self._child
            if child is None or child.parent != os.getpid() or child.count >= RENDERS_PER_CHILD:
                if child is not None:
                    child.stop()
                child = self._child = _Child()
            try:
                return child.ask(message, timeout)
            except (OSError, EOFError, TimeoutError) as error:
                child.stop()
                self._child = None
                raise RenderProblem(f"the rendering process ended: {type(error).__name__}") from error

    def stop(self) -> None:
        with self._lock:
            if self._child is not None:
                self._child.stop()
            self._child = None


_shared = Renderer()
_own = threading.local()
atexit.register(_shared.stop)


@contextmanager
def crew(count: int = CREW, begin: Callable[[], None] = lambda: None) -> Iterator[ThreadPoolExecutor]:
    """Threads that render with a child each, for a batch; begin() runs once in every thread."""
    renderers: list[Renderer] = []

    def start() -> None:
        _own.renderer = Renderer()
        renderers.append(_own.renderer)
        begin()

    try:
        with ThreadPoolExecutor(count, "render", start) as pool:
            yield pool
    finally:
        for one in renderers:
            one.stop()


def render(template: str, data: dict[str, Any], inputs: dict[str, str], *, timeout: float = TIMEOUT_SECONDS) -> bytes:
    """Render a layout ("notice/1") with data; returns the PDF. Raises RenderProblem, also when limits bite."""
    message = json.dumps({"template": template, "data": data, "inputs": inputs}, ensure_ascii=False).encode()
    renderer: Renderer = getattr(_own, "renderer", _shared)
    return renderer.render(message, timeout)
