"""`make bench ARGS="reference"`: pages and the month run on the reference set, each beside its budget (PLT-35)."""

import argparse
import os
import sys
from pathlib import Path

from bench.databases import kept_database


def main(arguments: list[str] | None = None) -> int:
    """Print every figure; the code is 1 when a budget is broken."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=reference", description=__doc__)
    parser.add_argument("--premises", type=int, default=20_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--only", default="", metavar="TEXT", help="pages with this text in their names, no month run")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")

    def make() -> None:
        from bench.reference.making import make_set

        make_set(options.premises, options.years)

    name = f"lokum_reference_{options.premises}x{options.years}"
    with kept_database(name, f"{options.premises} premises, {options.years} years", make):
        from bench.reference import timing

        pages = timing.time_pages(options.only)
        portal = [one for one in pages if one.budget == timing.PORTAL_S]
        office = [one for one in pages if one.budget == timing.OFFICE_S]
        results = list(pages)
        if portal:
            results.append(timing.whole("all portal pages", portal, timing.PORTAL_S))
        if office:
            results.append(timing.whole("all lists, search, cards and reports", office, timing.OFFICE_S))
        if not options.only:
            results.append(timing.time_month_run())
        timing.show(results)
        path = timing.keep(results, Path(os.environ.get("LOKUM_STATE", "var")))
    print(f"\nkept in {path}")
    broken = [one.name for one in results if not one.good]
    if broken:
        print(f"over the budget: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
