"""The file store: content under its SHA-256 in a folder, written whole or not at all."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings


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
    return sha256


def get(sha256: str) -> bytes:
    """The stored bytes, checked against their hash. Raises FileNotFoundError and Corrupted."""
    data = path_of(sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Corrupted(sha256)
    return data
