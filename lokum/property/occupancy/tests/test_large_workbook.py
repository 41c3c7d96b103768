"""A workbook of 100,000 premises with one bad line: named by row, the rest set-based and in bounded time."""

import time

import pytest
import xlsxwriter

from lokum.core.base.context import acting, system_actor
from lokum.property.estates.models import Premises, PremisesFact
from lokum.property.occupancy.models import Title
from lokum.property.occupancy.services import apply_workbook, check_workbook
from lokum.property.occupancy.tests.test_workbook import _receive, _scope, estate

__all__ = ["estate"]
SIZE = 100_000
BAD = 54_321


def _large(path, size):
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    buildings, premises, owners = (book.add_worksheet(name) for name in ("buildings", "premises", "owners"))
    buildings.write_row(0, 0, ["estate_code", "code", "street", "house_number"])
    for number in range(size // 100):
        buildings.write_row(number + 1, 0, ["E1", f"B{number}", "ul. Lipowa", str(number)])
    premises.write_row(0, 0, ["building_code", "number", "kind", "usable_area", "persons"])
    owners.write_row(0, 0, ["premises_code", "title_kind", "valid_from", "party_code", "last_name", "first_name"])
    for number in range(size):
        area = -1 if number + 2 == BAD else 48.5
        premises.write_row(number + 1, 0, [f"B{number // 100}", str(number % 100 + 1), "dwelling", area, 2])
        code = f"B{number // 100}/{number % 100 + 1}"
        owners.write_row(number + 1, 0, [code, "coop_ownership", "2020-01-01", f"C{number}", f"Nowak{number}", "Ewa"])
    book.close()


@pytest.mark.soak
@pytest.mark.req("REG-03")
def test_one_bad_line_in_a_hundred_thousand(estate, as_system, tmp_path):
    _large(tmp_path / "large.xlsx", SIZE)
    data = (tmp_path / "large.xlsx").read_bytes()
    strict = _receive(estate, data, as_system)
    started = time.monotonic()
    stopped = check_workbook(strict.pk, actor=as_system, scope=_scope(estate))
    finding = time.monotonic() - started
    assert stopped.problem_count == 2 and not stopped.counts
    chosen = _receive(estate, data, as_system, policy="good")
    steps = []
    started = time.monotonic()
    checked = check_workbook(
        chosen.pk, actor=as_system, scope=_scope(estate), progress=lambda *step: steps.append(step)
    )
    checking = time.monotonic() - started
    assert [(one["sheet"], one["row"]) for one in checked.problems] == [("Owners", BAD), ("Premises", BAD)]
    assert not Premises.objects.exists() and len(steps) > 10
    started = time.monotonic()
    apply_workbook(chosen.pk, actor=as_system, scope=_scope(estate))
    applying = time.monotonic() - started
    assert (Premises.objects.count(), Title.objects.count()) == (SIZE - 1, SIZE - 1)
    assert PremisesFact.objects.count() == 2 * (SIZE - 1)
    print(f"bad line found in {finding:.0f} s, checked in {checking:.0f} s, brought in in {applying:.0f} s")  # noqa: T201
    assert finding < 300 and checking < 900 and applying < 900


def test_a_large_workbook_is_a_job(fresh_database, settings, tmp_path, monkeypatch):
    """Upload orders the check, the button orders the import; the result page is the import's own."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from lokum.core.access.factories import make_grant, make_user
    from lokum.core.jobs.models import Job
    from lokum.core.jobs.testing import run_jobs
    from lokum.core.organisation.factories import make_entity, make_node
    from lokum.property.estates.factories import make_estate
    from lokum.property.occupancy import import_actions
    from lokum.property.occupancy.tests.test_workbook import GOOD, book

    settings.FILE_STORE = tmp_path
    monkeypatch.setattr(import_actions, "JOB_ROWS", 0)
    with acting(system_actor("test")):
        node = make_node()
        entity = make_entity(node=node)
        make_estate(code="E1", node=node)
        user = make_user()
        make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    values = {"file": SimpleUploadedFile("estate.xlsx", book(GOOD)), "entity": entity.pk, "valid_from": "2025-01-01",
              "policy": "all", "with_agreements": "on"}  # fmt: skip
    address = client.post("/office/occupancy/workbook/", values)["Location"]
    assert "being checked" in client.get(address).content.decode()
    assert run_jobs() == 1
    assert "Bring in now" in client.get(address).content.decode()
    progress = client.post(address)["Location"]
    assert "/jobs/" in progress and run_jobs() == 1
    assert "Show the tree" in client.get(address).content.decode()
    with acting(system_actor("test")):
        assert Premises.objects.count() == 3
        assert set(Job.objects.values_list("state", flat=True)) == {"done"}
