"""`make bench`: our jobs beside the plain SQL that makes the same rows, on the same server, in turns.

A ratio says how much the product costs beyond the bare rows; it holds on a shared machine, where seconds do not.
"""

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.databases import LIMIT, connect, our_database, throw_away
from bench.limit import FIRST, Limit, copy_text
from bench.memory import peak_of
from bench.results import Result, keep, median_of, show

if TYPE_CHECKING:
    from bench.ours import Ours

JOBS = ("charge_run", "statement_import", "interest", "notices", "ledger_page", "ageing", "balances")
MONTHLY = JOBS[:3]
TEN_MILLION = 10_000_000
MOST_MB = 400  # of the application in a month run: the work is in the database


def _timed(job: Callable[..., None], *arguments: object) -> float:
    began = time.perf_counter()
    job(*arguments)
    return time.perf_counter() - began


def month_jobs(count: int, runs: int, chosen: set[str]) -> Iterator[Result]:
    """Charge runs of `count` payers, month after month, limit and ours in turns; statements when asked for."""
    from bench.ours import Ours

    times: dict[str, tuple[list[float], list[float]]] = {job: ([], []) for job in MONTHLY}
    peaks: list[int] = []
    noting: list[int] = []
    with throw_away(LIMIT):
        limit, ours = Limit(count), Ours(count)
        for turn in range(runs):
            month = _month(turn)
            limit_s = _timed(limit.charge_run, month)
            with peak_of(peaks):
                ours_s = _timed(ours.charge_run, month)
            times["charge_run"][0].append(ours_s)
            times["charge_run"][1].append(limit_s)
            if chosen & {"statement_import", "interest"}:
                rows, serial = limit.payments(month), turn + 1
                data, files = copy_text(rows, serial), ours.statement_files(month, serial)
                limit_s = _timed(limit.statement_import, month, serial, data, len(rows))
                ours_s = _timed(ours.statement_import, files, serial)
                times["statement_import"][0].append(ours_s)
                times["statement_import"][1].append(limit_s)
            limit.upkeep()
            ours.upkeep()
        if "interest" in chosen:
            times["interest"] = _interest(limit, ours, runs, noting)
        limit.connection.close()
    for job, goal in (("charge_run", 1.5), ("statement_import", 4.0), ("interest", 1.5)):
        if job in chosen:
            result = median_of(job, count, *times[job], goal)
            weighed = {"charge_run": peaks, "interest": noting}.get(job)
            yield replace(result, peak_mb=max(weighed), most_mb=MOST_MB) if weighed else result


def _month(turn: int) -> dt.date:
    return FIRST.replace(year=FIRST.year + turn // 12, month=turn % 12 + 1)


def _interest(limit: Limit, ours: "Ours", runs: int, peaks: list[int]) -> tuple[list[float], list[float]]:
    """Interest of month after month over everything that is open or was paid late; both note the same."""
    times: tuple[list[float], list[float]] = ([], [])
    limit.rates(ours.rates())
    limit.move(ours.moved(limit.due_days()))
    for turn in range(runs):
        month = _month(turn)
        ours.close(month)
        through_on = _month(turn + 1) - dt.timedelta(days=1)
        times[1].append(_timed(limit.interest, month, through_on))
        with peak_of(peaks):
            times[0].append(_timed(ours.interest, month))
        limit.upkeep()
        ours.upkeep()
        noted, least = ours.noted(), limit.noted()
        assert noted == least, f"interest to {through_on}: ours {noted}, limit {least}"
    return times


def _results(options: argparse.Namespace, chosen: set[str]) -> Iterator[Result]:
    if chosen & {*MONTHLY, "notices", "ledger_page"}:
        with our_database():
            if chosen & set(MONTHLY):
                yield from month_jobs(options.count, options.runs, chosen)
            if "notices" in chosen:
                from bench.notices import notices

                yield notices(min(options.count, 1_000), options.runs)
            if "ledger_page" in chosen:
                from bench.pages import ledger_page

                yield from ledger_page(options.lines or TEN_MILLION)
    if aged := [job for job in ("ageing", "balances") if job in chosen]:
        accounts = 100_000 if options.full else options.count * 10
        with our_database():  # its own: the accounts of the other jobs would be answered, too
            from bench.ageing import ageing

            lines = options.lines or (TEN_MILLION if options.full else 0)
            yield from ageing(accounts, options.runs, aged, lines=lines)
    if options.full and chosen & set(MONTHLY):
        with our_database():
            yield from month_jobs(100_000, options.runs, chosen)


def main() -> int:
    if sys.argv[1:2] == ["reference"]:
        from bench.reference.__main__ import main as reference

        return reference(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"{', '.join(JOBS)} (default: all), or reference alone")
    parser.add_argument("--count", type=int, default=10_000, help="payers")
    parser.add_argument(
        "--lines", type=int, help="ledger lines behind page (10 million) and reports (none; 10 million with --full)"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="100,000 payers too")
    options = parser.parse_args()
    chosen = set(options.jobs or JOBS)
    if chosen - set(JOBS):
        parser.error(f"unknown: {', '.join(sorted(chosen - set(JOBS)))}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")
    with connect("postgres") as admin:
        server = str(admin.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]
    print(f"{'job':18} {'n':>10} {'ours':>12} {'limit':>12}   ratio   PostgreSQL {server}", flush=True)
    results: list[Result] = []
    for result in _results(options, chosen):
        results.append(result)
        show(result)
    path = keep(results, server, Path(os.environ.get("LOKUM_STATE", "var")))
    print(f"\nkept in {path}")
    return 0 if all(one.good for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
