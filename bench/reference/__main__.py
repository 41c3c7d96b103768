"""`make bench ARGS="reference"`: pages and the month run on the reference set, each beside its budget."""

import argparse
import os
import sys

from bench.databases import kept_database

NAME = "lokum_reference"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=reference", description=__doc__)
    parser.add_argument("--premises", type=int, default=20_000)
    parser.add_argument("--years", type=int, default=10)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")

    def make() -> None:
        from bench.reference.making import make_set

        make_set(options.premises, options.years)

    with kept_database(NAME, f"{options.premises} premises, {options.years} years", make):
        return 0


if __name__ == "__main__":
    sys.exit(main())
