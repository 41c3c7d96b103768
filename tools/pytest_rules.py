"""A pytest plugin with the project's own rules.

- Tests that touch the database get the mark `database` from the fixtures they use.
- Randomness repeats: `random` is seeded per test, hypothesis draws the same examples on every run. LOKUM_SEED
  chooses another course; `make soak` lets hypothesis look further.
- With LOKUM_REQUIRE=all nothing may be left out: a skip is a failure, except for data outside the repository.
"""

import os
import random
from typing import Any

import pytest

DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "django_db_setup",
    "fresh_database",
    "module_database",
    "live_server",
    "as_system",
}
EVERYTHING_REQUIRED = os.environ.get("LOKUM_REQUIRE") == "all"
MAY_BE_ABSENT = "../shared is absent"
SEED = int(os.environ.get("LOKUM_SEED", "20261121"))
SOAK_EXAMPLES = 1000


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import core, settings

    is_soak = (config.option.markexpr or "").strip() == "soak"
    chosen = "LOKUM_SEED" in os.environ or is_soak
    examples = SOAK_EXAMPLES if is_soak else 100
    settings.register_profile("lokum", derandomize=not chosen, deadline=None, database=None, max_examples=examples)
    settings.load_profile("lokum")
    if chosen:
        core.global_force_seed = SEED  # type: ignore[assignment]


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {SEED} (repeat with LOKUM_SEED={SEED})"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    random.seed(f"{SEED}:{item.nodeid}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & DATABASE_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker("database")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    report = yield
    if EVERYTHING_REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value) if call.excinfo else ""
        if MAY_BE_ABSENT not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: left out although everything is required: {reason}"
    return report
