"""Home, search within scope, history, printed lists and large sheets as jobs."""

from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.audit.models import AuditRow
from lokum.core.base.context import acting, system_actor
from lokum.core.desk import sheets
from lokum.core.jobs.models import Job
from lokum.core.jobs.testing import run_jobs
from lokum.core.organisation.factories import make_entity, make_node
from lokum.money.banking.factories import make_clearing_item

ENTITIES = "/office/organisation/entity/"


def _world() -> dict[str, Any]:
    with acting(system_actor("test")):
        north, south = make_node(), make_node()
        mine = make_entity(code="SM1", name="Spółdzielnia Łąka Północ", node=north)
        make_entity(code="SM2", name="Wspólnota Łąka Południe", node=south)
        everything, scoped = make_user(), make_user()
        make_grant(everything, ["*"])
        make_grant(scoped, ["organisation.*:*"], scopes={"node": [north.pk]})
    clients = []
    for user in (everything, scoped):
        client = Client()
        client.force_login(user)
        clients.append(client)
    return {"all": clients[0], "scoped": clients[1], "mine": mine, "south": south}


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    return _world()


@pytest.mark.req("PLT-26")
def test_the_search_stays_within_the_scope(world: dict[str, Any]) -> None:
    def names(client: Client, text: str) -> set[str]:
        groups = client.get("/office/search/", {"q": text}).context["groups"]
        return {hit.name for group in groups for hit in group.hits}

    assert names(world["all"], "laka") == {"Spółdzielnia Łąka Północ", "Wspólnota Łąka Południe"}
    assert names(world["scoped"], "LAKA") == {"Spółdzielnia Łąka Północ"}
    assert names(world["scoped"], "l%") == set()
    drop = world["scoped"].get("/office/search/drop/", {"q": "łąka"}).content.decode()
    assert "Północ" in drop
    assert "Południe" not in drop
    assert "<html" not in drop


def test_history_shows_what_changed_and_who(world: dict[str, Any]) -> None:
    address = f"{ENTITIES}{world['mine'].pk}/"
    form = world["all"].get(f"{address}edit/").context["form"]
    data = {name: getattr(value, "pk", value) for name, value in form.initial.items() if value is not None}
    data["name"] = "Nowa nazwa"
    assert world["all"].post(f"{address}edit/", data).status_code == 302
    page = world["all"].get(address, {"tab": "history"}).content.decode()
    assert "<del>Spółdzielnia Łąka Północ</del>" in page
    assert "<ins>Nowa nazwa</ins>" in page
    assert "User 1" in page


@pytest.mark.req("PLT-25")
def test_a_list_is_printed_as_on_screen(world: dict[str, Any]) -> None:
    answer = world["all"].get(f"{ENTITIES}export/", {"format": "pdf", "q": "laka"})
    assert answer["Content-Type"] == "application/pdf"
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(answer.content))
    assert "Spółdzielnia Łąka Północ" in text
    assert "Wspólnota Łąka Południe" in text
    with acting(system_actor("test")):
        assert AuditRow.objects.filter(action="export", table_name="organisation_entity").count() == 1


@pytest.mark.req("PLT-25")
def test_a_large_sheet_is_made_by_a_job(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lokum.core.desk.views.sheets.JOB_ROWS", 1)
    world = _world()
    ordered = world["all"].get(f"{ENTITIES}export/", {"format": "csv", "q": "laka"})
    assert "/office/jobs/job/" in ordered["Location"]
    assert run_jobs() == 1
    with acting(system_actor("test")):
        job = Job.objects.get()
        assert job.state == Job.State.DONE, job.error
    text = world["all"].get(job.result_url).content.decode("utf-8-sig")
    assert text.count("\r\n") == 3
    assert world["scoped"].get(job.result_url).status_code == 404
    assert sheets.JOB_ROWS == 5_000


@pytest.mark.req("PLT-24")
def test_a_large_import_runs_as_jobs(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lokum.core.desk.importing.services.JOB_ROWS", 1)
    client, funds = _world()["all"], "/office/organisation/entityfund/"
    sheet = b"Entity,Code,Name\nSM1,F1,Repairs\nSM2,F1,Repairs\n"
    address = client.post(f"{funds}import/", {"file": SimpleUploadedFile("f.csv", sheet)})["Location"]
    columns = {"column-0": "entity", "column-1": "code", "column-2": "name"}
    for step in ("check", "run"):
        answer = client.post(address, {"step": step, "policy": "all", **columns})
        assert "/office/jobs/job/" in answer["Location"]
        assert run_jobs() == 1
    batch = client.get(address).context["batch"]
    assert (batch.state, batch.created_count) == ("done", 2)
    with acting(system_actor("test")):
        assert {job.result_url for job in Job.objects.all()} == {address}


def test_home_shows_figures_of_the_scope_and_what_waits(world: dict[str, Any]) -> None:
    with acting(system_actor("test")):
        make_clearing_item()
    tiles = world["all"].get("/office/").context["tiles"]
    assert [(tile["value"], tile["url"]) for tile in tiles["todo"]] == [
        ("1", "/office/banking/clearingitem/?state=open")
    ]
    figures = {str(tile["label"]): tile["value"] for tile in tiles["figure"]}
    assert int(figures["Entities"]) >= 2
    scoped = world["scoped"].get("/office/").context["tiles"]
    assert [tile["value"] for tile in scoped["figure"]] == ["1"]
    assert scoped["todo"] == []


def test_every_tile_leads_to_a_list_that_understands_it(world: dict[str, Any]) -> None:
    for address in (
        "/office/outbox/message/?state=failed",
        "/office/banking/clearingitem/?state=open",
        "/office/charges/chargerun/?state=draft&state=checked&state=approved",
        "/office/jobs/job/?state=failed",
    ):
        page = world["all"].get(address)
        assert page.context["chips"], address
        assert not page.context["errors"], address
