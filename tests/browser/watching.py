"""A page under watch: console errors, blocked resources, failing answers and accessibility, on every page."""

from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Response

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = {"serious", "critical"}


class Watched:
    """Wraps a Playwright page; `complaints` must be empty at the end of the test."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.expected: dict[str, int] = {}  # path -> the status it rightly answers here
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: script failed: {error}"))
        page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium tells of a broken content security policy as a console error too.
        if message.type == "error" and not self._is_expected(message.location.get("url", "")):
            self.complaints.append(f"{self.page.url}: console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 and not self._is_expected(response.url):
            self.complaints.append(f"{response.url}: answered {response.status}")

    def _is_expected(self, address: str) -> bool:
        return urlsplit(address).path in self.expected

    def open(self, path: str, *, audit: bool = True) -> None:
        """Go to an address as one would type it, and look at the page."""
        response = self.page.goto(path)
        assert response is not None and response.status == self.expected.get(path, 200), (
            f"{path}: {response and response.status}"
        )
        if audit:
            self.audit()

    def audit(self) -> None:
        """Read the page as axe does; serious and critical findings are complaints. Also: nothing sticks out."""
        self.page.wait_for_load_state("load")
        results: dict[str, Any] = (
            Axe()
            .run(self.page, options={"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]})
            .response
        )
        for violation in results["violations"]:
            if violation["impact"] in GRAVE:
                nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
                self.complaints.append(f"{self.page.url}: {violation['id']} ({violation['impact']}): {nodes}")
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            self.complaints.append(f"{self.page.url}: the page is {wider} px wider than the window")

    def sign_in(self, name: str, password: str) -> None:
        self.open("/account/login/")
        self.page.fill('input[name="login"]', name)
        self.page.fill('input[name="password"]', password)
        self.page.press('input[name="password"]', "Enter")
        self.page.wait_for_url(lambda address: "/account/login/" not in address)

    def focused(self) -> str:
        """The element with the focus, as `tag#id` or its words."""
        return str(
            self.page.evaluate(
                "(() => { const e = document.activeElement;"
                " return e.tagName.toLowerCase() + (e.id ? '#' + e.id : ' ' + (e.textContent || '').trim()); })()"
            )
        )
