"""What a benchmark found: a table for people, JSON lines for comparisons over time."""

import datetime as dt
import json
import resource
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """Medians in seconds; `goal` is the highest ratio that counts as good; peak_mb: memory of the application."""

    job: str
    n: int
    ours_s: float
    limit_s: float
    goal: float
    peak_mb: int = 0
    most_mb: int = 0  # 0: no bound

    @property
    def ratio(self) -> float:
        return self.ours_s / self.limit_s

    @property
    def good(self) -> bool:
        return self.ratio <= self.goal and (not self.most_mb or self.peak_mb <= self.most_mb)


def median_of(job: str, n: int, ours: list[float], limit: list[float], goal: float) -> Result:
    return Result(job, n, statistics.median(ours), statistics.median(limit), goal)


def show(result: Result) -> None:
    mark = "" if result.good else "  over the goal"
    memory = f", {result.peak_mb} MB" if result.peak_mb else ""
    print(
        f"{result.job:18} {result.n:>10,} {result.ours_s:>10.4f} s {result.limit_s:>10.4f} s "
        f"{result.ratio:>6.2f} x  (goal {result.goal:g} x{memory}){mark}",
        flush=True,
    )


def keep(results: list[Result], server: str, folder: Path) -> Path:
    """Append to results.jsonl; peak_mb of a job that does not weigh itself is the highest memory of this process."""
    path = folder / "bench" / "results.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    with path.open("a", encoding="utf-8") as stream:
        for one in results:
            row = {**asdict(one), "ratio": round(one.ratio, 3), "peak_mb": one.peak_mb or peak, "server": server}
            row["at"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            stream.write(json.dumps(row) + "\n")
    return path
