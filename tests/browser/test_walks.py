"""Whole tasks in Chromium: the office's month and bank file, the resident's month on a phone, and no mouse at all."""

import io
import re
from collections.abc import Callable
from decimal import Decimal

import brotli
import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from lokum.core.access.models import User
from lokum.core.base.context import acting, system_actor
from lokum.core.jobs.testing import run_jobs
from lokum.money.banking.models import BankFile
from lokum.money.charges.models import ChargeLine, ChargeRun, Notice
from lokum.money.ledger.models import Entry
from lokum.money.payments.models import Payment
from tests.browser.watching import Watched
from tests.browser.world import (
    NEXT_MONTH,
    OWN_PASSWORD,
    PASSWORD,
    POSTED_MONTH,
    RESIDENTS,
    STAFF,
    Site,
    bank_file,
)

pytestmark = pytest.mark.slow

Open = Callable[..., Watched]
HOME_LIMIT = 150_000  # bytes over the wire of the portal's first page
RECORDS = {
    f"/office/{register}/"
    for register in ("estates/building", "parties/party", "ledger/account", "charges/notice", "access/user", "jobs/job")
}
COMPRESSED = ("text/css", "javascript", "image/svg+xml", "application/json", "manifest")


def _press(page: Page, address_end: str) -> None:
    """Follow an action's link and confirm it."""
    page.click(f'.page-head a[href$="{address_end}"]')
    page.click('main form[method="post"] button[type="submit"]')
    page.wait_for_load_state("load")


def _digits(text: str) -> str:
    return re.sub(r"[^\d.,-]", "", text).replace(",", ".")


@pytest.mark.req("PLT-34", "CHG-05", "PAY-03")
def test_staff_search_run_a_month_and_bring_a_bank_file(open_browser: Open, site: Site) -> None:
    window = open_browser(language="pl")
    page = window.page
    window.sign_in(STAFF, PASSWORD)
    assert page.url.endswith("/office/")
    assert page.get_attribute("html", "lang") == "pl"
    window.audit()

    window.open("/office/estates/estate/")
    page.fill("#list-search", "lakowe zrodlo")
    page.press("#list-search", "Enter")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    assert "Łąkowe" in page.inner_text("#rows tbody")
    page.click("#rows [data-row-link]")
    window.audit()

    window.open("/office/charges/chargerun/do/compute/")
    page.select_option('select[name="entity"]', str(site.entity_id))
    page.fill('input[name="month"]', NEXT_MONTH.isoformat())
    page.click('main form[method="post"] button[type="submit"]')
    page.wait_for_url("**/office/jobs/job/*/")
    window.audit()
    assert run_jobs() == 1
    with acting(system_actor("test")):
        run = ChargeRun.objects.get(period=NEXT_MONTH)
    for action, state in (("check", "checked"), ("approve", "approved"), ("post", "posted")):
        window.open(f"/office/charges/chargerun/{run.pk}/")
        _press(page, f"/do/{action}/")
        run_jobs()
        with acting(system_actor("test")):
            run.refresh_from_db()
        assert run.state == state
    window.open(f"/office/charges/chargerun/{run.pk}/?tab=figures")
    assert f"{run.total_amount:.2f}" in _digits(page.inner_text("main tfoot"))
    with acting(system_actor("test")):
        assert Notice.objects.filter(run=run).count() == len(site.accounts)

    window.open("/office/banking/bankfile/")
    page.click('.page-head a[href$="/do/bring/"]')
    window.audit()
    page.set_input_files(
        'input[type="file"]',
        {"name": "wyciag.sta", "mimeType": "text/plain", "buffer": bank_file(site, Decimal("123.45"))},
    )
    page.click('main form[method="post"] button[type="submit"]')
    page.wait_for_url(re.compile(r"/office/banking/bankfile/\d+/"))
    window.open(page.url + "?tab=figures")
    facts = page.inner_text("main dl.facts:not(.record-facts)")
    assert "50 %" in facts.replace("\u00a0", " "), "one of two movements is booked by itself"
    with acting(system_actor("test")):
        assert BankFile.objects.get().state == "posted"
        payment = Payment.objects.get(amount=Decimal("123.45"))
        assert payment.account_id == site.accounts[2]
        queued = Entry.objects.filter(pk=payment.entry_id).exists()
    assert queued
    window.open("/office/banking/clearingitem/")
    assert page.locator("#rows tbody tr").count() == 1


@pytest.mark.parametrize("language", list(RESIDENTS))
@pytest.mark.req("POR-05", "POR-06", "CHG-07", "CHG-13", "PLT-32")
def test_a_resident_sees_the_month_on_a_phone(open_browser: Open, site: Site, language: str) -> None:
    name = RESIDENTS[language]
    account_id = site.accounts[list(RESIDENTS).index(language)]
    with acting(system_actor("test")):
        notice = Notice.objects.select_related("document").get(account_id=account_id, period=POSTED_MONTH)
        line = ChargeLine.objects.filter(notice=notice).order_by("pk").first()
        owed = sum(entry.amount for entry in Entry.objects.filter(account_id=account_id))
    assert line is not None
    window = open_browser(phone=True, language="zh-TW" if language == "zh-hant" else language)
    page = window.page
    window.sign_in(name, site.first_passwords[name])
    for field in page.locator('main input[type="password"]').all():
        field.fill(OWN_PASSWORD)
    window.audit()
    page.click('main form button[type="submit"]')
    page.wait_for_url("**/portal/")
    assert page.get_attribute("html", "lang") == language
    window.audit()
    assert f"{owed:.2f}" in _digits(page.inner_text(".owe"))
    assert page.locator(f'[data-copy="{site.numbers[account_id]}"]').count() == 1

    page.click('.bar a[href="/portal/money/"]')
    window.audit()
    page.click(f'a[href="/portal/money/entry/{notice.pk}/"]')
    window.audit()
    page.click(f'a[href="/portal/money/line/{line.pk}/"]')
    window.audit()
    explained = page.inner_text(".owe").replace(",", ".")
    for number in (line.quantity.normalize(), line.price.normalize(), line.net_amount):
        assert f"{number:f}" in explained
    page.go_back()
    _check_notice(_file_behind(page, f"/portal/documents/{notice.document_id}/"), notice)
    for path in ("/portal/documents/", "/portal/me/", "/portal/more/", "/help/", "/accessibility/"):
        window.open(path)


def _file_behind(page: Page, href: str) -> bytes:
    assert page.locator(f'a[href="{href}"]').count() >= 1
    answer = page.request.get(href)
    assert answer.ok
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()


def _check_notice(pdf: bytes, notice: Notice) -> None:
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        text = document[0].get_textpage().get_text_bounded()
        codes = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    assert notice.number in text
    to_pay = Decimal(notice.document.data["to_pay"])
    assert f"{to_pay:.2f}" in _digits(text)
    fields = codes[0].text.split("|")
    assert (fields[2], int(fields[3])) == (notice.document.data["account"]["number"], int(to_pay * 100))


@pytest.mark.req("PLT-32")
def test_the_office_without_a_mouse(open_browser: Open, site: Site) -> None:
    window = open_browser()
    page = window.page
    window.sign_in(STAFF, PASSWORD)
    window.open("/office/estates/premises/")
    page.keyboard.press("Tab")
    assert window.focused().startswith("a "), "the first stop is the skip link"
    page.keyboard.press("Enter")
    assert window.focused().startswith("main#main")
    page.keyboard.press("/")
    assert window.focused().startswith("input#global-search")
    page.keyboard.type("kowalska")
    page.wait_for_selector("#search-drop a")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=kowalska**")
    window.audit()
    window.open("/office/estates/premises/", audit=False)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator("tbody tr.is-cursor").count() == 1
    assert page.evaluate("document.querySelector('tbody tr').classList.contains('is-cursor')")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/office/estates/premises/\d+/"))
    window.audit()
    page.keyboard.press("?")
    assert page.locator("dialog#keys-help[open]").count() == 1
    window.audit()
    page.keyboard.press("Escape")
    assert page.locator("dialog#keys-help[open]").count() == 0


@pytest.mark.req("PLT-34")
def test_the_first_portal_page_is_light(open_browser: Open, site: Site) -> None:
    window = open_browser(phone=True)
    page = window.page
    asked: set[str] = set()
    page.on("response", lambda response: asked.add(response.url) if "/static/" in response.url else None)
    _sign_in_with_own_password(window, site, "pl")
    page.goto("/portal/", wait_until="networkidle")
    # A phone that comes for the first time has kept nothing: files of the sign-in page count too, once each.
    sizes: dict[str, int] = {}
    for address in [page.url, *asked]:
        answer = page.request.get(address)
        assert answer.ok, address
        body = answer.body()
        squeezed = any(part in answer.headers["content-type"] for part in COMPRESSED)
        sizes[address] = len(brotli.compress(body)) if squeezed else len(body)
    total = sum(sizes.values())
    listed = "\n".join(f"{size:8} {url}" for url, size in sorted(sizes.items(), key=lambda one: -one[1]))
    assert len(asked) >= 8
    assert total <= HOME_LIMIT, f"{total} bytes:\n{listed}"


def _sign_in_with_own_password(window: Watched, site: Site, language: str) -> None:
    """Whichever test came first chose the password."""
    name = RESIDENTS[language]
    with acting(system_actor("test")):
        first = User.objects.get(username=name).must_change_password
    window.sign_in(name, site.first_passwords[name] if first else OWN_PASSWORD)
    if first:
        for field in window.page.locator('main input[type="password"]').all():
            field.fill(OWN_PASSWORD)
        window.page.click('main form button[type="submit"]')
    window.page.wait_for_url("**/portal/")


@pytest.mark.req("PLT-32")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_menu_opens_and_passes_the_audit(open_browser: Open, site: Site, theme: str) -> None:
    window = open_browser(color_scheme=theme)
    page = window.page
    window.sign_in(STAFF, PASSWORD)
    window.open("/office/")
    assert page.get_attribute("html", "data-bs-theme") == theme
    addresses = [str(link.get_attribute("href")) for link in page.locator("#side li li a").all()]
    assert len(addresses) > 20
    window.expected["/office/jobs/health/"] = 503  # it says so: no worker runs beside this test
    # Colours are the same pieces everywhere: dark is looked at on every tenth page.
    for address in addresses if theme == "light" else addresses[::10]:
        window.open(address)
        assert page.inner_text("h1").strip(), address
        shown = page.inner_text("main")
        assert len(shown) > len(page.inner_text("h1")) + 10, f"{address} is empty"
        for broken in ("{{", "{%", "None", "object at 0x"):
            assert broken not in shown, f"{address} shows {broken}"
        rows = page.locator("#rows [data-row-link]")
        if address in RECORDS and rows.count():
            rows.first.click()
            page.wait_for_url(re.compile(address + r"\d+/"))
            window.audit()
