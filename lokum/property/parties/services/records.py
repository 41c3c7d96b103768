"""People and companies with their contacts, addresses and consents."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.parties.models import Consent, Party, PartyAddress, PartyContact
from lokum.property.parties.queries import likely_doubles

Checked = TypeVar("Checked", Party, PartyAddress, PartyContact, Consent)


def _checked(record: Checked, code: str) -> Checked:
    try:
        record.full_clean()
    except ValidationError as error:
        fields = {name: list(texts) for name, texts in error.message_dict.items()}
        first = next(iter(fields.values()))[0]
        raise Refusal(code, first, fields=fields) from error
    return record


def add_party(
    values: Mapping[str, Any],
    *,
    actor: Actor,
    contacts: Sequence[tuple[str, str]] = (),
    doubles_seen: bool = False,
) -> Party:
    """Add a person or company with contacts (kind, value).

    Raises Refusal "party.likely_double" with the parties found in `details`, unless `doubles_seen` says that
    somebody looked at them; "party.invalid" with messages by field for a wrong number.
    """
    with acting(actor):
        party = _checked(Party(**values), "party.invalid")
        if not doubles_seen:
            asked = dict(values) | dict(contacts)
            found = likely_doubles(asked)
            if found:
                text = _("Probably known already: %(names)s.") % {
                    "names": "; ".join(f"{one.party} ({one.party.code}): {one.reasons_text}" for one in found)
                }
                raise Refusal("party.likely_double", text, details={"parties": [one.party.pk for one in found]})
        party.save()
        if not party.code:
            party.refresh_from_db(fields=["code"])
        for kind, value in contacts:
            add_contact(party.pk, kind, value, actor=actor)
        return party


def add_contact(party_pk: int, kind: str, value: str, *, actor: Actor, preferred: bool = False) -> PartyContact:
    """Add a phone number or e-mail address in its normal form; a second identical one is refused."""
    with acting(actor):
        party = _locked(party_pk)
        contact = _checked(PartyContact(party=party, kind=kind, value=value, preferred=preferred), "contact.invalid")
        if preferred:
            party.contacts.filter(kind=kind).update(preferred=False)
        contact.save()
        return contact


def change_address(
    party_pk: int,
    *,
    actor: Actor,
    street: str,
    city: str,
    valid_from: dt.date,
    postal_code: str = "",
    country: str = "PL",
) -> PartyAddress:
    """Letters go to a new address from a day on; the address before ends the day before."""
    with acting(actor):
        party = _locked(party_pk)
        later = party.addresses.filter(valid__startswith__gt=valid_from).first()
        if later is not None:
            text = _("A later address is recorded already, from %(day)s.") % {"day": later.valid.lower}
            raise Refusal("address.later_exists", text, fields={"valid_from": [text]})
        current = party.addresses.filter(valid__contains=valid_from).first()
        if current is not None and current.valid.lower == valid_from:
            current.delete()
        elif current is not None:
            current.valid = (current.valid.lower, valid_from)
            current.version += 1
            current.save(update_fields=["valid", "version"])
        address = PartyAddress(
            party=party, street=street, postal_code=postal_code, city=city, country=country, valid=(valid_from, None)
        )
        _checked(address, "address.invalid").save()
        note(party, gettext_noop("address changed"), actor=actor, day=valid_from.isoformat())
        return address


def give_consent(party_pk: int, purpose: str, text_version: str, *, actor: Actor) -> Consent:
    """Write down that a party agreed; one that is alive already is returned unchanged."""
    with acting(actor):
        _locked(party_pk)
        living = Consent.objects.filter(party_id=party_pk, purpose=purpose, withdrawn_at=None).first()
        if living is not None:
            return living
        made = Consent.objects.create(
            party_id=party_pk, purpose=purpose, text_version=text_version, given_at=clock.now()
        )
        note(made, gettext_noop("given"), actor=actor)
        return made


def withdraw_consent(pk: int, *, actor: Actor) -> Consent:
    """Withdraw a consent; the record that it was given stays."""
    with acting(actor):
        consent = Consent.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if consent is None:
            raise Missing("consent.missing", _("There is no such consent."))
        if consent.withdrawn_at is not None:
            raise Refusal("consent.withdrawn", _("It is withdrawn already."))
        consent.withdrawn_at = clock.now()
        consent.version += 1
        consent.save(update_fields=["withdrawn_at", "version"])
        note(consent, gettext_noop("withdrawn"), actor=actor)
        return consent


def _locked(party_pk: int) -> Party:
    party = Party.objects.select_for_update(of=("self",)).filter(pk=party_pk).first()
    if party is None:
        raise Missing("party.missing", _("There is no such person or company."))
    return party
