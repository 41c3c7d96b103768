"""What people do on every page of the office: fill a form, press its button, follow an action, decide what waits."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from lokum.core.base.context import acting, system_actor
from lokum.core.flow.models import ApprovalRequest
from tests.browser.watching import Watched

Open = Callable[..., Watched]
BUTTON = 'main form[method="post"] button[type="submit"].btn-primary, main form[method="post"] button.btn-bad'


def fill(window: Watched, **values: Any) -> None:
    """Give fields of the form on the page their values: words for choices, True for a tick."""
    page = window.page
    for name, value in values.items():
        field = page.locator(f'main [name="{name}"]').first
        kind = field.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            field.select_option(str(value))
        elif kind in ("checkbox", "radio"):
            page.locator(f'main [name="{name}"]' + ("" if value is True else f'[value="{value}"]')).first.check()
        else:
            field.fill(str(value))


def send(window: Watched) -> None:
    """Press the button of the form and wait for the page it leads to."""
    with window.page.expect_navigation():
        window.page.locator(BUTTON).first.click()


def send_wrong(window: Watched, status: int = 422) -> str:
    """The same with something wrong in the form: it comes back and says on top what; returns what it says."""
    path = urlsplit(window.page.url).path
    window.expected[path] = status
    send(window)
    summary = window.page.locator("[data-error-summary]")
    expect(summary).to_be_visible()
    window.audit()
    del window.expected[path]
    return summary.inner_text()


def act(window: Watched, address: str, *, audit: bool = False, **values: Any) -> str:
    """Open an action by its address, answer its questions, press its button; returns where it led."""
    window.open(f"/office/{address}/", audit=audit)
    fill(window, **values)
    send(window)
    problems = window.page.locator("main [data-error-summary]").all_inner_texts()
    assert not problems, f"{address}: {problems}"
    return window.page.url


def key_in(address: str) -> int:
    """The number of the record an address ends with."""
    found = re.search(r"/(\d+)/(?:\?.*)?$", address)
    assert found is not None, address
    return int(found[1])


def decide(window: Watched) -> None:
    """Approve the one request that waits, on its page."""
    with acting(system_actor("test")):
        waiting = ApprovalRequest.objects.get(state="proposed")
    window.open(f"/office/flow/approvalrequest/{waiting.pk}/")
    window.page.click('.page-head a[href$="/do/approve/"]')
    send(window)
