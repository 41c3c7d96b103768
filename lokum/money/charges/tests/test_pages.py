"""The month through the pages, as staff do it."""

import io

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from lokum.core.access.factories import make_grant, make_user
from lokum.core.annex.models import Attachment
from lokum.core.annex.services import read_file
from lokum.core.base.context import acting, system_actor
from lokum.core.jobs.models import Job
from lokum.core.jobs.testing import run_jobs
from lokum.money.charges.models import ChargeRun, Component, ComponentAssignment, Notice, Tariff
from lokum.money.charges.tests.world import MONTH, make_charged_world, make_component, posted_run
from lokum.money.ledger.models import Account, Entry
from lokum.property.estates.models import Premises


@pytest.fixture
def world(fresh_database):
    with acting(system_actor("test")) as actor:
        return make_charged_world(3, actor=actor)


def signed_in(*rights: str, **over) -> Client:
    with acting(system_actor("test")):
        user = make_user()
        make_grant(user, rights or ("*",), **over)
    client = Client()
    client.force_login(user)
    return client


def step(client: Client, run: ChargeRun, name: str, **data) -> None:
    answer = client.post(reverse("desk:action", args=["charges", "chargerun", run.pk, name]), data)
    assert answer.status_code == 302, answer.content.decode()[-2000:]


def page_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


@pytest.mark.req("CHG-05", "CHG-07", "LED-02", "LED-03", "DOC-01", "CHG-13")
def test_the_month_through_the_pages(world):
    client = signed_in()
    answer = client.post(
        reverse("desk:collection", args=["charges", "chargerun", "compute"]),
        {"entity": world.entity.pk, "month": "2026-03-17"},
    )
    assert answer.status_code == 302 and "/jobs/job/" in answer.url
    assert run_jobs() == 1
    with acting(system_actor("test")):
        run = ChargeRun.objects.get()
    figures = reverse("desk:detail", args=["charges", "chargerun", run.pk]) + "?tab=figures"
    text = page_of(client, figures)
    assert "3 payers differ from the month before" in text and "new payer" in text and "Waste" in text
    # Nobody sees a notice or a document before posting, in no list and no API.
    for path in ("/api/v1/charges/notice/", "/api/v1/charges/chargeline/", "/api/v1/papers/issueddocument/"):
        answer = client.get(path)
        if answer.status_code == 200:
            assert not answer.json().get("items", answer.json().get("results", []))
    for name in ("check", "approve", "post"):
        step(client, run, name)
    step(client, run, "post")  # a second click
    with acting(system_actor("test")):
        assert Job.objects.filter(kind="charges.post_run").count() == 1
    assert run_jobs() == 1
    with acting(system_actor("test")):
        run.refresh_from_db()
        notice = Notice.objects.order_by("number").first()
        account = Account.objects.get(pk=notice.account_id)
        entry = Entry.objects.get(pk=notice.entry_id)
    assert run.state == "posted"
    # Down from the sheet: row -> entry -> notice -> lines with their explanation -> paper.
    sheet = page_of(client, reverse("ledger:sheet", args=[account.pk]))
    assert notice.number in sheet and reverse("desk:detail", args=["ledger", "entry", entry.pk]) in sheet
    trail = page_of(client, reverse("desk:detail", args=["ledger", "entry", entry.pk]) + "?tab=trail")
    notice_page = reverse("desk:detail", args=["charges", "notice", notice.pk])
    assert notice_page in trail and "usable_area" in trail
    lines = page_of(client, notice_page + "?tab=lines")
    assert "Usable area" in lines and "11.1564" in lines and "since 1 Jan 2000" in lines
    pdf = client.get(reverse("papers:pdf", args=[notice.document_id]))
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF")
    assert client.get(reverse("papers:pdf", args=[notice.document_id])).content == pdf.content
    found = page_of(client, reverse("desk:list", args=["papers", "issueddocument"]) + f"?q={notice.number}")
    assert notice.number in found
    book = load_workbook(io.BytesIO(client.get(reverse("ledger:sheet", args=[account.pk]) + "?format=xlsx").content))
    rows = list(book.active.values)
    assert rows[1][1] == notice.number and float(rows[-1][-1]) == float(notice.total_amount)
    for tab in ("sheet", "entries", "allocations"):
        page_of(client, reverse("desk:detail", args=["ledger", "account", account.pk]) + f"?tab={tab}")
    with acting(system_actor("test")):
        premises = account.agreement.premises
    card = reverse("desk:detail", args=["estates", "premises", premises.pk])
    assert account.code in page_of(client, card + "?tab=accounts")
    assert "11.1564" in page_of(client, card + "?tab=components")
    step(client, run, "undo", reason="wrong price")
    assert run_jobs() == 1
    assert "wrong price" in page_of(client, reverse("desk:detail", args=["ledger", "entry", entry.pk]) + "?tab=trail")


@pytest.mark.req("LED-01", "LED-18")
def test_trial_balance_and_proof_pages(world):
    client = signed_in()
    answer = client.get(reverse("ledger:trial_balance"), {"start": "2026-01-01", "end": "2026-12-31"})
    assert answer.status_code == 200 and "Receivables from users" in answer.content.decode()
    assert client.get(reverse("ledger:trial_balance") + "?format=xlsx").content[:2] == b"PK"
    assert client.post(reverse("desk:collection", args=["ledger", "batch", "prove"])).status_code == 302
    assert run_jobs() == 1
    text = page_of(client, reverse("ledger:proof"))
    assert "The hash chain has no gap" in text and "Last asked" in text


@pytest.mark.req("CHG-04")
def test_attaching_by_filter_through_the_page(world):
    client = signed_in()
    with acting(system_actor("test")):
        lift = make_component(world, "LIFT")
        first = Premises.objects.order_by("pk").first()
        ComponentAssignment.objects.create(component=lift, premises=first, valid=("2026-01-01", None))
    url = reverse("desk:action", args=["charges", "component", lift.pk, "attach"])
    answer = client.post(url, {"starts_on": "2026-05-01", "premises_kind": "dwelling"}, follow=True)
    text = answer.content.decode()
    assert "2 places attached." in text and f"there already in this time: {first.code}" in text
    again = client.post(url, {"starts_on": "2026-05-01"}, follow=True).content.decode()
    assert "0 places attached." in again
    with acting(system_actor("test")):
        assert ComponentAssignment.objects.filter(component=lift).count() == 3


@pytest.mark.req("CHG-02")
def test_an_overlapping_price_is_refused_on_the_page(world):
    client, other = signed_in(), signed_in()
    with acting(system_actor("test")):
        waste = Component.objects.get(code="WASTE")
    add = reverse("desk:add", args=["charges", "tariff"])
    data = {"component": waste.pk, "level": "entity", "price": "32.00", "title_kind": "", "membership": ""}
    refused = client.post(add, data | {"valid_0": "2019-01-01", "valid_1": ""})
    assert refused.status_code == 422 and "is valid from" in refused.content.decode()
    assert client.post(add, data | {"valid_0": "2026-05-01", "valid_1": ""}).status_code == 302
    with acting(system_actor("test")):
        tariff = Tariff.objects.get(state="proposed")
    approve = reverse("desk:action", args=["charges", "tariff", tariff.pk, "approve"])
    assert client.post(approve).status_code == 403
    assert other.post(approve).status_code == 302
    with acting(system_actor("test")):
        tariff.refresh_from_db()
        assert tariff.state == "approved" and tariff.proposed_by_id != tariff.approved_by_id


@pytest.mark.req("PLT-02")
def test_nobody_starts_a_month_outside_the_own_scope(world):
    client = signed_in("charges.*:*", "organisation.*:view", scopes={"node": [world.entity.node_id + 1000]})
    url = reverse("desk:collection", args=["charges", "chargerun", "compute"])
    answer = client.post(url, {"entity": world.entity.pk, "month": str(MONTH)})
    assert answer.status_code in (404, 422)
    with acting(system_actor("test")):
        assert not ChargeRun.objects.exists() and not Job.objects.exists()


@pytest.mark.req("CHG-13")
def test_the_notices_of_a_run_are_printed_in_order_of_delivery_each_once(world):
    client = signed_in()
    with acting(system_actor("test")) as actor:
        run = posted_run(world, actor=actor)
    step(client, run, "notices")
    assert run_jobs() == 1
    with acting(system_actor("test")):
        volume = Attachment.objects.get(object_label="charges.chargerun", object_id=run.pk)
        pages = pypdfium2.PdfDocument(read_file(volume.file))
        texts = [page.get_textpage().get_text_range() for page in pages]
        notices = list(
            Notice.objects.order_by("account__agreement__premises__building__code",
                                    "account__agreement__premises__sort_number").select_related("account__payer")
        )  # fmt: skip
        assert [sum(one.number in text for text in texts) for one in notices] == [1, 1, 1]
        places = [next(at for at, text in enumerate(texts) if one.number in text) for one in notices]
        assert places == sorted(places)
        for one, place in zip(notices, places, strict=True):
            amount = f"{one.total_amount:.2f}".replace(".", ",")
            assert str(one.account.payer.last_name) in texts[place] and amount in texts[place]
