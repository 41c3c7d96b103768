"""Valid defaults for people and companies. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.organisation.factories import make_node
from lokum.property.parties.models import Consent, Party, PartyAddress, PartyContact

_count = itertools.count(1)


def make_party(**over: Any) -> Party:
    number = next(_count)
    values = {"kind": Party.Kind.PERSON, "last_name": f"Kowalska{number}", "first_name": "Anna"} | over
    if "home_node" not in values and "home_node_id" not in values:
        values["home_node"] = make_node()
    party = Party.objects.create(**values)
    if not party.code:
        party.refresh_from_db(fields=["code"])
    return party


def make_party_contact(**over: Any) -> PartyContact:
    values = {"kind": PartyContact.Kind.EMAIL, "value": f"person{next(_count)}@example.org"} | over
    if "party" not in values and "party_id" not in values:
        values["party"] = make_party()
    return PartyContact.objects.create(**values)


def make_party_address(**over: Any) -> PartyAddress:
    values = {
        "street": "ul. Klonowa 5/7",
        "postal_code": "50-002",
        "city": "Wrocław",
        "valid": DateRange(dt.date(2000, 1, 1), None),
    } | over
    if "party" not in values and "party_id" not in values:
        values["party"] = make_party()
    return PartyAddress.objects.create(**values)


def make_consent(**over: Any) -> Consent:
    values = {
        "purpose": "e-mail",
        "text_version": "1",
        "given_at": dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC),
    } | over
    if "party" not in values and "party_id" not in values:
        values["party"] = make_party()
    return Consent.objects.create(**values)
