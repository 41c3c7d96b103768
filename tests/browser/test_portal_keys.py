"""A resident's month without a mouse: signing in, the balance, a charge down to its line, the paper, signing out."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walks import _sign_in_with_own_password
from tests.browser.watching import Watched
from tests.browser.world import OWN_PASSWORD, RESIDENTS, Site

pytestmark = pytest.mark.slow

Open = Callable[..., Watched]
STEPS = 80


def _focus(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; what cannot be reached so fails. The focus must be seen."""
    for _step in range(STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            shown = page.evaluate(
                "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
                " const box = e.getBoundingClientRect();"
                " return [s.outlineStyle !== 'none' || s.boxShadow !== 'none', box.width > 0 && box.height > 0]; })()"
            )
            assert shown == [True, True], f"{selector}: the focus cannot be seen"
            return
    there = page.evaluate("document.activeElement.outerHTML")
    raise AssertionError(f"{page.url}: {selector} is not reached by Tab; the focus is at {there[:200]}")


def _follow(page: Page, selector: str, address: str) -> None:
    _focus(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(address))


@pytest.mark.req("PLT-32")
@pytest.mark.parametrize("phone", [False, True])
def test_the_portal_without_a_mouse(open_browser: Open, site: Site, phone: bool) -> None:
    first = open_browser(language="pl", phone=phone)
    _sign_in_with_own_password(first, site, "pl")  # whoever comes first chooses the password
    window = open_browser(language="pl", phone=phone)
    page = window.page
    window.open("/account/login/")
    _focus(page, 'input[name="login"]')
    page.keyboard.type(RESIDENTS["pl"])
    _focus(page, 'input[name="password"]')
    page.keyboard.type(OWN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/")
    window.audit()

    page.keyboard.press("Tab")
    assert window.focused().startswith("a "), "the first stop is the skip link"
    page.keyboard.press("Enter")
    assert window.focused().startswith("main#main")
    page.reload()

    _follow(page, 'nav.bar a[href$="/portal/money/"]', r"/portal/money/$")
    window.audit()
    _follow(page, 'main a[href*="/portal/money/entry/"]', r"/portal/money/entry/\d+/")
    window.audit()
    _follow(page, 'main a[href*="/portal/money/line/"]', r"/portal/money/line/\d+/")
    window.audit()
    page.go_back()
    _focus(page, 'main a[href*="/portal/documents/"]')
    with (
        page.expect_download()
        if page.get_attribute(":focus", "download") is not None
        else page.expect_response(re.compile(r"/portal/documents/\d+/")) as paper
    ):
        page.keyboard.press("Enter")
    assert paper.value

    window.open("/portal/")
    _focus(page, "header details.drop > summary")
    page.keyboard.press("Enter")
    _focus(page, 'header button[name="language"][value="en"]')
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    _focus(page, "header details.drop:last-of-type > summary")
    page.keyboard.press("Enter")
    _focus(page, 'header form[action*="logout"] button, header a[href*="logout"]')
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/portal/" not in address)
    page.wait_for_load_state("networkidle")
    answer = page.goto("/portal/money/")
    assert answer is not None and "/account/login/" in page.url
