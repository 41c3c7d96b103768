"""Passkeys with Chromium's own authenticator: added once, then the second step of the password, and a way in alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from lokum.core.access.factories import PASSWORD, make_grant, make_user
from lokum.core.base.context import acting, system_actor
from tests.browser.watching import Watched
from tests.browser.world import Site

pytestmark = pytest.mark.slow

Open = Callable[..., Watched]
NAME = "pawel"


@pytest.fixture(scope="module")
def clerk(site: Site) -> Iterator[str]:
    with acting(system_actor("test")):
        make_grant(make_user(username=NAME, language="en"), ["*:*"])
    yield NAME


def _authenticator(page: Page) -> Any:
    """A device that keeps keys, knows its user, and answers by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return session, key


@pytest.mark.req("PLT-09")
def test_a_passkey_is_added_asked_for_and_opens_the_door_alone(open_browser: Open, site: Site, clerk: str) -> None:
    # A browser gives keys to names, not to addresses.
    window = open_browser(language="en", base_url=site.address.replace("127.0.0.1", "localhost"))
    page = window.page
    session, key = _authenticator(page)
    window.sign_in(clerk, PASSWORD)
    window.open("/account/2fa/webauthn/add/")
    if page.locator('input[name="password"]').count():  # a fresh sign-in is asked for before factors change
        page.fill('input[name="password"]', PASSWORD)
        page.press('input[name="password"]', "Enter")
        page.wait_for_url("**/webauthn/add/")
    page.fill('input[name="name"]', "Office laptop")
    page.check('input[name="passwordless"]')
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda address: "/webauthn/add/" not in address)
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1
    with acting(system_actor("test")):
        kinds = set(Authenticator.objects.filter(user__username=clerk).values_list("type", flat=True))
    assert "webauthn" in kinds
    window.open("/account/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("Office laptop")

    # The password alone does not open any more.
    page.context.clear_cookies()
    window.sign_in(clerk, PASSWORD)
    page.wait_for_url("**/account/2fa/authenticate/**")
    window.audit()
    assert page.goto("/office/") is not None and "/office/" not in page.url
    page.context.clear_cookies()

    # The key alone does.
    window.open("/account/login/")
    page.click("#passkey_login")
    page.wait_for_url(lambda address: "/account/login/" not in address)
    window.open("/office/")

    # Another device has no key: nothing opens.
    page.context.clear_cookies()
    session.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    window.open("/account/login/", audit=False)
    page.click("#passkey_login")
    for _tenth in range(300):  # until the browser says that it found no key
        if window.complaints:
            break
        page.wait_for_timeout(100)
    assert "/account/login/" in page.url
    assert ["NotAllowedError" in one for one in window.complaints] == [True]
    window.complaints.clear()
