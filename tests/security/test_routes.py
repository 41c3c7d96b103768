"""Scan of all addresses: headers, no inline script or style, no change by GET, no change without the CSRF token."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from lokum.core.access.factories import PASSWORD, make_api_token, make_grant, make_user
from lokum.core.access.models import User
from lokum.core.desk.desk import registry
from lokum.core.organisation.factories import make_entity
from tests.rights.world import make_world

pytestmark = pytest.mark.usefixtures("as_system")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<[^>]+\sstyle=|<[^>]+\son[a-z]+=|<style|javascript:", re.IGNORECASE)
ILL_WITHOUT_WORKER = ("/health/", "/office/jobs/health/")  # 503 while no worker runs beside the tests
DATA_ONLY = re.compile(r'<script[^>]*type="application/json"[^>]*>.*?</script>', re.DOTALL)


def _routes(patterns: Any, prefix: str = "/") -> Iterator[str]:
    for one in patterns:
        text = prefix + str(one.pattern).lstrip("^").rstrip("$")
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, text)
        elif isinstance(one, URLPattern):
            yield text


def _values(text: str) -> str:
    """An address with something in place of each parameter."""
    text = text.replace("^", "")
    text = re.sub(r"<int:\w+>", "1", text)
    text = re.sub(r"<[^>]+>|\(\?P<\w+>[^)]*\)|\{\w+\}", "x", text)
    return text.replace("\\", "").replace("$", "").replace(".*", "x")


def addresses() -> list[str]:
    """Every address of the resolver, and the pages of two registers, one of them with a record."""
    found = {_values(one) for one in _routes(get_resolver().url_patterns)}
    for label in ("organisation.entity", "access.apitoken"):
        desk = registry.desks[label]
        found |= {desk.path("list"), desk.path("detail", 1), desk.path("choices"), desk.path("list") + "?q=a"}
        found |= {desk.path("action", 1, action.name) for action in desk.actions if not action.collection}
    return sorted(found)


@pytest.fixture
def staff() -> Client:
    user = make_user()
    make_grant(user, ["*:*"])
    make_entity()
    make_api_token(user=user)
    client = Client(raise_request_exception=False)
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    return client


def rows_by_table() -> dict[str, int]:
    """Writes of this test's transaction so far, by table, without those that note what was looked at."""
    skipped = ["django_session", "cache_entry", "usersessions_usersession"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables "
            "WHERE relname <> ALL (%s) AND NOT relname ^@ 'audit_auditrow'",  # the history has a table per month
            [skipped],
        )
        return dict(cursor.fetchall())


@pytest.mark.slow
@pytest.mark.req("PLT-37")
def test_every_answer_carries_the_strict_headers(staff: Client) -> None:
    wrong = []
    for client in (staff, Client(raise_request_exception=False)):
        for address in addresses():
            answer = client.get(address)
            policy = answer.headers.get("Content-Security-Policy", "")
            private = "no-store" in answer.headers.get("Cache-Control", "") or "private" in answer["Cache-Control"]
            good = (
                answer.headers.get("X-Content-Type-Options") == "nosniff"
                and answer.headers.get("Referrer-Policy") == "same-origin"
                and answer.headers.get("X-Frame-Options") == "DENY"
                and "default-src 'none'" in policy
                and "frame-ancestors 'none'" in policy
                and "unsafe" not in policy
                and private
                and (answer.status_code < 500 or address in ILL_WITHOUT_WORKER)
            )
            if not good:
                wrong.append((address, answer.status_code, dict(answer.headers)))
            for cookie in answer.cookies.values():
                if cookie["samesite"] not in ("Lax", "Strict") or not (cookie["httponly"] or "language" in cookie.key):
                    wrong.append((address, cookie.key))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.req("PLT-37")
def test_no_page_holds_inline_script_or_style(staff: Client) -> None:
    wrong = []
    for client in (staff, Client(raise_request_exception=False)):
        for address in addresses():
            answer = client.get(address)
            if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
                found = INLINE.findall(DATA_ONLY.sub("", answer.content.decode()))
                if found:
                    wrong.append((address, found[:3]))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.req("PLT-37")
def test_no_get_changes_anything(staff: Client) -> None:
    empty = rows_by_table()
    make_world()
    wrong = []
    before = rows_by_table()
    assert before["estates_premises"] == empty.get("estates_premises", 0) + 4  # the counter sees writes
    for address in addresses():
        if address == "/account/2fa/recovery-codes/download/":
            continue
        staff.get(address)
        after = rows_by_table()
        changed = [table for table in after if after[table] != before.get(table)]
        if changed:
            wrong.append((address, changed))
        before = after
    assert wrong == []


@pytest.mark.req("PLT-37")
def test_no_post_passes_without_the_token_of_its_page(staff: Client) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = staff.cookies
    before = rows_by_table()
    wrong = []
    for address in addresses():
        status = strict.post(address, {}).status_code
        if status not in (302, 403, 404, 405):
            wrong.append((address, status))
    assert wrong == [] and rows_by_table() == before


@pytest.mark.req("PLT-37")
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x()"])
@pytest.mark.parametrize("page", ["/language/", "/account/logout/"])
def test_no_address_leads_out_of_the_house(staff: Client, page: str, target: str) -> None:
    answer = staff.post(page, {"language": "pl", "next": target})
    assert answer.status_code == 302 and answer["Location"].startswith("/") and "evil" not in answer["Location"]


@pytest.mark.req("PLT-29")
def test_the_language_switch_stays_with_the_user(staff: Client) -> None:
    staff.post("/language/", {"language": "pl"})
    other = Client()
    user_id = int(staff.session["_auth_user_id"])
    other.force_login(User.objects.get(pk=user_id))
    assert 'lang="pl"' in other.get("/account/tokens/").content.decode()


@pytest.mark.req("PLT-37")
def test_over_https_cookies_are_bound_to_the_host() -> None:
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE']='lokum.settings'\n"
        "from django.conf import settings as s\n"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_HSTS_SECONDS >= 31536000, s.DEBUG)"
    )
    environment = dict(os.environ, LOKUM_SITE_URL="https://example.org")
    environment.pop("LOKUM_DEBUG", None)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__Host-lokum_session", "__Host-lokum_csrf", "True", "True", "True", "False"]


@pytest.mark.req("PLT-37")
def test_no_secret_stands_in_the_code() -> None:
    pattern = re.compile(
        r"(?i)(-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b"
        r"|(?:secret_key|api_key|client_secret)\s*=\s*[\"'][^\"']{16,})"
    )
    root = Path(__file__).resolve().parents[2]
    kinds = ["*.py", "*.toml", "*.md", "*.html", "*.js"]
    listed = subprocess.run(["git", "ls-files", *kinds], cwd=root, capture_output=True, text=True, check=True)
    found = []
    for name in listed.stdout.split():
        file = root / name
        if not name.startswith(("tests/", "lokum/static/vendor")) and file.is_file():
            found += [(name, match) for match in pattern.findall(file.read_text(encoding="utf-8"))]
    assert found == []
