"""Run by tests/security/test_saml.py in a process of its own: a provider made here signs what we are told."""

import base64
import datetime as dt
import os
import re
import sys
import zlib
from urllib.parse import parse_qs, urlsplit

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "lokum.settings"
django.setup()

from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from onelogin.saml2.utils import OneLogin_Saml2_Utils  # noqa: E402

from lokum.core.access.factories import make_grant, make_user  # noqa: E402
from lokum.core.access.models import User  # noqa: E402
from lokum.core.base.context import acting, system_actor  # noqa: E402

LOGIN, ACS = "/account/saml/office/login/", "/account/saml/office/acs/"
HOST = "http://localhost"
ASSERTION = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r{serial}"
 Version="2.0" IssueInstant="{now}" Destination="{acs}" InResponseTo="{request}">
<saml:Issuer>https://idp.example.org/</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
{assertion}</samlp:Response>"""
INNER = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
 ID="_a{serial}" Version="2.0" IssueInstant="{now}">
<saml:Issuer>https://idp.example.org/</saml:Issuer>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{uid}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData NotOnOrAfter="{end}" Recipient="{acs}" InResponseTo="{request}"/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{start}" NotOnOrAfter="{end}"><saml:AudienceRestriction>
<saml:Audience>{host}/account/saml/office/metadata/</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="_s{serial}"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="uid"><saml:AttributeValue>{uid}</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="mail"><saml:AttributeValue>{mail}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>
</saml:Assertion>"""


def _browser() -> Client:
    return Client(HTTP_HOST="localhost")


def _moment(minutes: int) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ask(client: Client) -> str:
    """Start at our side; the id of the request the provider gets."""
    answer = client.post(LOGIN)
    assert answer.status_code == 302 and answer["Location"].startswith("https://idp.example.org/sso?"), answer
    sent = parse_qs(urlsplit(answer["Location"]).query)["SAMLRequest"][0]
    text = zlib.decompress(base64.b64decode(sent), -15).decode()
    found = re.search(r'ID="([^"]+)"', text)
    assert found
    return found.group(1)


def _answer(request: str, mail: str, *, signed: bool = True, change: tuple[str, str] = ("", "")) -> str:
    values = {"serial": request[-8:], "now": _moment(0), "start": _moment(-5), "end": _moment(5), "request": request,
              "acs": f"{HOST}{ACS}", "host": HOST, "uid": f"uid-{mail}", "mail": mail}  # fmt: skip
    assertion = INNER.format(**values)
    if signed:
        key, certificate = os.environ["SAML_TEST_KEY"], os.environ["SAML_TEST_CERTIFICATE"]
        made = OneLogin_Saml2_Utils.add_sign(assertion, key, certificate)
        assertion = made.decode() if isinstance(made, bytes) else made
        assertion = re.sub(r"^<\?xml[^>]*\?>\s*", "", assertion)
    if change[0]:
        assert change[0] in assertion
        assertion = assertion.replace(*change)
    return base64.b64encode(ASSERTION.format(assertion=assertion, **values).encode()).decode()


def _bring(client: Client, response: str) -> int:
    answer = client.post(ACS, {"SAMLResponse": response})
    while answer.status_code == 302 and "/saml/" in answer["Location"]:
        answer = client.get(answer["Location"])
    return int(answer.status_code)


def _is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def main() -> None:
    setup_test_environment()
    with acting(system_actor("test")):
        anna = make_user(username="anna", email="anna@example.org")
        make_grant(anna, ["*:view"])
        make_user(username="ewa", email="ewa@elsewhere.example")
        count = User.objects.count()
    assert "Office sign-in" in _browser().get("/account/login/").content.decode()
    assert b"EntityDescriptor" in _browser().get("/account/saml/office/metadata/").content
    policy = _browser().get("/account/login/")["Content-Security-Policy"]
    assert "https://idp.example.org" in policy.partition("form-action")[2].partition(";")[0]

    good = _browser()
    request = _ask(good)
    response = _answer(request, "anna@example.org")
    assert _bring(good, response) == 302 and _is_in(good)
    assert good.session["_auth_user_id"] == str(anna.pk)

    again = _browser()
    _ask(again)
    assert _bring(again, response) != 302 and not _is_in(again), "an answer to another request"
    for wrong in (
        {"signed": False, "mail": "anna@example.org"},
        {"mail": "ewa@elsewhere.example"},  # the provider does not vouch for addresses of this domain
        {"mail": "stranger@example.org"},
        {"mail": "stranger@example.org", "change": (">stranger@example.org<", ">anna@example.org<")},
    ):
        client = _browser()
        made = _answer(_ask(client), **wrong)  # type: ignore[arg-type]
        _bring(client, made)
        assert not _is_in(client), wrong
    with acting(system_actor("test")):
        assert User.objects.count() == count, "an unmatched identity gets an application form, not an account"


if __name__ == "__main__":
    sys.exit(main())
