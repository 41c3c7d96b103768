"""`make bench ARGS="reference"`: pages and the month run on the reference set, each beside its budget (PLT-35)."""

import argparse
import os
import sys
from pathlib import Path

from bench.databases import kept_database


def main(arguments: list[str] | None = None) -> int:
    """Print every figure. The code is 1 when a budget is broken, 2 when a page answered with an error."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=reference", description=__doc__)
    parser.add_argument("--premises", type=int, default=20_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--only", default="", metavar="TEXT,...", help="what has one of these texts in its name")
    parser.add_argument("--portal", type=float, default=0.5, metavar="SECONDS", help="budget of a portal page")
    parser.add_argument("--office", type=float, default=1.0, metavar="SECONDS", help="budget of lists, search, cards")
    parser.add_argument("--run", type=float, default=300.0, metavar="SECONDS", help="budget of the month run")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")

    def make() -> None:
        from bench.reference.making import make_set

        make_set(options.premises, options.years)

    name = f"lokum_reference_{options.premises}x{options.years}"
    with kept_database(name, f"{options.premises} premises, {options.years} years", make):
        from bench.reference import timing

        budgets = timing.Budgets(options.portal, options.office, options.run)
        results = timing.measure(budgets, [text for text in options.only.split(",") if text])
        timing.show(results)
        path = timing.keep(results, Path(os.environ.get("LOKUM_STATE", "var")))
    print(f"\nkept in {path}")
    broken = [one.name for one in results if one.broken]
    failed = [one.name for one in results if one.failed]
    if broken:
        print(f"over the budget: {', '.join(broken)}")
    if failed:
        print(f"answered with an error: {', '.join(failed)}")
    return 1 if broken else 2 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
