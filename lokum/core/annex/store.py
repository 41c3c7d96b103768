"""The file store: content under its SHA-256 in a folder, written whole or not at all."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings

FLUSHES = 4
_log = logging.getLogger(__name__)


class Corrupted(Exception):
    """The stored bytes no longer have the hash they are filed under."""


def path_of(sha256: str) -> Path:
    return Path(settings.FILE_STORE) / sha256[:2] / sha256[2:4] / sha256


def put(data: bytes) -> str:
    """File `data` and return its SHA-256. Written beside, flushed to disk, then renamed: never half a file."""
    sha256 = hashlib.sha256(data).hexdigest()
    target = path_of(sha256)
    if target.exists():
        return sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _mirror(sha256, data)
    return sha256


def put_many(contents: Sequence[bytes]) -> list[str]:
    """File many contents, several flushes to disk at a time; returns their SHA-256 in order."""
    if len(contents) < 2:
        return [put(data) for data in contents]
    with ThreadPoolExecutor(FLUSHES, "file") as pool:
        return list(pool.map(put, contents))


def _mirror(sha256: str, data: bytes) -> None:
    """Copy a new file to the backup folder named in `.mirror` (tools/backup.py); the next backup makes up a miss."""
    try:
        folder = (Path(settings.FILE_STORE) / ".mirror").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return
    target = Path(folder) / sha256[:2] / sha256[2:4] / sha256
    partial = target.with_name(f".part-{os.getpid()}-{sha256}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(target)
    except OSError:
        _log.exception("file %s could not be copied to the backup folder", sha256)


def get(sha256: str) -> bytes:
    """The stored bytes, checked against their hash. Raises FileNotFoundError and Corrupted."""
    data = path_of(sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Corrupted(sha256)
    return data
