"""Take the pictures of docs/tour.md anew from a running demonstration.

    make run                                         # in another window
    .venv/bin/python -m tools.tour [http://localhost:8000 [NAME ...]]

Needs a Chromium (`LOKUM_CHROMIUM` names it). Every picture is taken in the language its text says, on the size it says,
and written with at most 128 colours, so that the folder stays small. Two runs over the same demonstration and the same
day give the same pages.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tools.console import ROOT
from tools.launch import find_browser

FOLDER = ROOT / "docs" / "img"
PASSWORD = "lipa-kwitnie-w-lipcu"  # of every user of the demonstration, printed by `make run`
DESK, PHONE = (1366, 800), (390, 800)
LOCALES = {"pl": "pl-PL", "zh-hant": "zh-TW", "zh-hans": "zh-CN"}
COLOURS = 128


@dataclass(frozen=True)
class Picture:
    """One page of one person. steps: what is clicked on the way, as CSS selectors."""

    name: str
    user: str
    path: str
    steps: tuple[str, ...] = ()
    size: tuple[int, int] = DESK
    language: str = "pl"
    theme: str = "light"


ENTRY = 'main a[href*="/money/entry/"]'
FIRST_ROW = "#rows [data-row-link]"
STAFF, DEBTOR, RESIDENT = "administrator", "dluznik", "mieszkaniec"
PICTURES = (
    Picture("portal-home-phone", DEBTOR, "/portal/", size=PHONE),
    Picture("portal-money-phone", RESIDENT, "/portal/money/", size=PHONE),
    Picture(
        "portal-line-phone",
        RESIDENT,
        "/portal/money/",
        (ENTRY, ENTRY, 'main a[href*="/money/line/"]'),  # the newest payment, the month it paid, one of its lines
        size=PHONE,
        language="zh-hant",
    ),
    Picture("portal-taiwan-phone", "zhuhu", "/portal/", size=PHONE, language="zh-hant"),
    Picture("portal-home-dark", RESIDENT, "/portal/", theme="dark"),
    Picture("office-home", STAFF, "/office/"),
    Picture("office-premises", STAFF, "/office/estates/premises/"),
    Picture("office-premises-phone", STAFF, "/office/estates/premises/", size=PHONE),
    Picture(
        "office-record", STAFF, "/office/estates/premises/?q=B01/5", (FIRST_ROW, '.tabs a[href="?tab=components"]')
    ),
    Picture("office-month-run", STAFF, "/office/charges/chargerun/", (FIRST_ROW, '.tabs a[href="?tab=figures"]')),
    Picture("office-bank-file", STAFF, "/office/banking/bankfile/?q=SMLW", (FIRST_ROW, '.tabs a[href="?tab=entries"]')),
    Picture(
        "office-sheet",
        STAFF,
        "/office/ledger/account/?q=B01/39-1",
        (FIRST_ROW, '.tabs a[href="?tab=sheet"]', 'main a.btn-primary[href*="sheet"]'),
    ),
    Picture("office-ageing", STAFF, "/office/reports/ageing/", size=(1366, 1000)),
    Picture("office-interest-rates", STAFF, "/office/interest/rates/"),
)


@contextmanager
def _window(browser: Browser, address: str, picture: Picture) -> Iterator[Page]:
    """A window of the person, in the picture's language; afterwards the person reads their own again."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=picture.size == PHONE,
        has_touch=picture.size == PHONE,
        color_scheme="dark" if picture.theme == "dark" else "light",
        locale=LOCALES[picture.language],
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address + "/account/login/")
    page.fill('input[name="login"]', picture.user)
    page.fill('input[name="password"]', PASSWORD)
    page.click('main form button[type="submit"]')
    page.wait_for_url(lambda url: "/account/login/" not in url)
    before = str(page.get_attribute("html", "lang"))
    _read_in(page, address, picture.language)
    try:
        yield page
    finally:
        _read_in(page, address, before)
        context.close()


def _read_in(page: Page, address: str, language: str) -> None:
    token = page.locator('[name="csrfmiddlewaretoken"]').first.get_attribute("value") or ""
    form: dict[str, str | float | bool] = {"language": language, "csrfmiddlewaretoken": token, "next": "/"}
    page.request.post(address + "/language/", form=form, headers={"Referer": address + "/"})


def _small(png: bytes) -> bytes:
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def take(browser: Browser, address: str, picture: Picture) -> Path:
    with _window(browser, address, picture) as page:
        page.goto(address + picture.path)
        for step in picture.steps:
            with page.expect_navigation():
                page.locator(step).first.click()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)  # charts draw after the page has loaded
        target = FOLDER / f"{picture.name}.png"
        target.write_bytes(_small(page.screenshot()))
    return target


def main() -> int:
    address = (sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000").rstrip("/")
    chosen = sys.argv[2:]
    chromium = find_browser()
    if chromium is None:
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in [one for one in PICTURES if not chosen or one.name in chosen]:
            target = take(browser, address, picture)
            print(f"{target.stat().st_size / 1024:6.1f} kB  {target.relative_to(ROOT)}", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
