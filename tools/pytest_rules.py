"""A pytest plugin with the project's own rules: the `database` mark, and nothing left out where all is required."""

import os
from typing import Any

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "fresh_database", "live_server", "as_system"}
EVERYTHING_REQUIRED = os.environ.get("LOKUM_REQUIRE") == "all"
MAY_BE_ABSENT = "../shared is absent"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & DATABASE_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker("database")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """With LOKUM_REQUIRE=all a skip is a failure, except for data that is not part of the project."""
    report = yield
    if EVERYTHING_REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value) if call.excinfo else ""
        if MAY_BE_ABSENT not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: left out although everything is required: {reason}"
    return report
