"""The highest memory of this process during one job, as the kernel counts it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@contextmanager
def peak_of(peaks: list[int]) -> Iterator[None]:
    """Append the peak of the block in MB to `peaks`. Where the mark cannot be set back it is that of the whole life."""
    if CLEAR.exists():
        CLEAR.write_text("5", encoding="ascii")
    yield
    peaks.append(_peak_mb())


def _peak_mb() -> int:
    if STATUS.exists():
        for line in STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
