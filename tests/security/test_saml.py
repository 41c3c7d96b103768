"""Sign-in through a SAML provider, in a process whose settings know one."""

import datetime as dt
import json
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from conftest import ROOT
from lokum.providers import provider_origins


def _key_and_certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.org")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.slow
@pytest.mark.req("PLT-09")
def test_a_saml_identity_binds_by_its_verified_address(database_environment: dict[str, str]) -> None:
    key, certificate = _key_and_certificate()
    app = {
        "provider_id": "office",
        "name": "Office sign-in",
        "client_id": "office",
        "settings": {
            "idp": {"entity_id": "https://idp.example.org/", "sso_url": "https://idp.example.org/sso",
                    "x509cert": certificate},
            "attribute_mapping": {"uid": "uid", "email": "mail"},
            "verified_email": ["example.org"],
            "advanced": {"want_assertion_signed": True},
        },
    }  # fmt: skip
    environment = database_environment | {
        "LOKUM_SAML": json.dumps([app]),
        "SAML_TEST_KEY": key,
        "SAML_TEST_CERTIFICATE": certificate,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.saml_check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-4000:]


def test_forms_may_lead_to_the_providers_and_nowhere_else() -> None:
    oidc = [{"settings": {"server_url": "https://login.example.org/realm/x"}}]
    saml = [
        {"settings": {"idp": {"sso_url": "https://idp.example.org/sso"}, "form_origins": ["https://b.example.org"]}}
    ]
    assert provider_origins(oidc, saml) == [
        "https://b.example.org", "https://idp.example.org", "https://login.example.org",
    ]  # fmt: skip
    assert provider_origins([{"settings": {"server_url": "javascript:alert(1)"}}], []) == []
