"""People kept once: doubles are shown, merges move every link and can be undone."""

import datetime as dt

import pytest

from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_node
from lokum.property.occupancy.factories import make_agreement, make_title, make_title_holder
from lokum.property.occupancy.models import Agreement, TitleHolder
from lokum.property.parties.factories import make_party, make_party_address, make_party_contact
from lokum.property.parties.models import Party
from lokum.property.parties.queries import address_on, likely_doubles
from lokum.property.parties.services import (
    add_contact,
    add_party,
    change_address,
    merge_parties,
    undo_merge,
    withdraw_consent,
)


@pytest.mark.req("PPL-01")
@pytest.mark.parametrize(
    ("known", "asked", "reason"),
    [
        ({"personal_number": "44051401359"}, {"personal_number": "44051401359"}, "personal_number"),
        ({"tax_number": "1234563218"}, {"tax_number": "1234563218"}, "tax_number"),
        (
            {"last_name": "Żółć", "first_name": "Łucja", "born_on": dt.date(1980, 5, 1)},
            {"last_name": "zolc", "first_name": "lucja", "born_on": dt.date(1980, 5, 1)},
            "name",
        ),
        ({}, {"phone": "600 100 200"}, "phone"),
        ({}, {"email": "Anna@Example.org"}, "email"),
    ],
)
def test_likely_doubles_are_found(as_system, known, asked, reason):
    party = make_party(**known)
    add_contact(party.pk, "phone", "+48 600100200", actor=as_system)
    add_contact(party.pk, "email", "anna@example.org", actor=as_system)
    make_party()
    [found] = likely_doubles(asked)
    assert found.party == party and found.reasons == (reason,) and found.reasons_text


@pytest.mark.req("PPL-01")
def test_a_likely_double_is_saved_only_after_somebody_saw_it(as_system):
    known = make_party(personal_number="44051401359")
    values = {
        "kind": "person",
        "last_name": "Nowak",
        "personal_number": "44051401359",
        "home_node": make_node(),
    }
    with pytest.raises(Refusal) as refused:
        add_party(values, actor=as_system)
    assert refused.value.code == "party.likely_double" and refused.value.details == {"parties": [known.pk]}
    assert known.code in str(refused.value.message)
    party = add_party(values, actor=as_system, doubles_seen=True, contacts=[("phone", "600100200")])
    assert party.code and party.contacts.get().value == "+48600100200"


def test_wrong_contacts_are_refused(as_system):
    party = make_party()
    for kind, value in (("phone", "12"), ("phone", "48 60010020"), ("email", "no-at-sign")):
        with pytest.raises(Refusal) as refused:
            add_contact(party.pk, kind, value, actor=as_system)
        assert "value" in refused.value.fields


def test_letters_go_to_the_address_of_the_day(as_system):
    party = make_party()
    change_address(party.pk, actor=as_system, street="ul. A 1", city="Opole", valid_from=dt.date(2025, 1, 1))
    change_address(party.pk, actor=as_system, street="ul. B 2", city="Opole", valid_from=dt.date(2025, 6, 1))
    assert address_on(party.pk, dt.date(2025, 5, 31)).street == "ul. A 1"
    assert address_on(party.pk, dt.date(2025, 6, 1)).street == "ul. B 2"
    with pytest.raises(Refusal):
        change_address(party.pk, actor=as_system, street="ul. C 3", city="Opole", valid_from=dt.date(2025, 3, 1))


def _links(party: Party) -> tuple:
    return (
        sorted(TitleHolder.objects.filter(party=party).values_list("pk", flat=True)),
        sorted(Agreement.objects.filter(payer=party).values_list("pk", flat=True)),
        sorted(party.contacts.values_list("value", flat=True)),
        sorted(party.addresses.values_list("street", flat=True)),
    )


@pytest.mark.req("PPL-01")
def test_a_merge_moves_every_link_and_is_undone_without_trace(as_system):
    kept, merged = make_party(), make_party()
    make_agreement(payer=kept)
    agreement = make_agreement(payer=merged)
    make_party_contact(party=kept, value="same@example.org")
    make_party_contact(party=merged, value="same@example.org")
    make_party_contact(party=merged, value="other@example.org")
    make_party_address(party=kept)
    make_party_address(party=merged, street="ul. Inna 1")
    before = _links(kept), _links(merged)

    merge = merge_parties(kept.pk, merged.pk, actor=as_system)

    agreement.refresh_from_db()
    assert agreement.payer == kept
    assert TitleHolder.objects.filter(party=kept).count() == 2
    assert sorted(kept.contacts.values_list("value", flat=True)) == ["other@example.org", "same@example.org"]
    merged.refresh_from_db()
    assert merged.merged_into == kept
    with pytest.raises(Refusal):
        merge_parties(make_party().pk, merged.pk, actor=as_system)

    undo_merge(merge.pk, actor=as_system)
    assert (_links(kept), _links(merged)) == before
    with pytest.raises(Refusal):
        undo_merge(merge.pk, actor=as_system)


def test_a_merge_of_two_holders_of_one_title_names_it(as_system):
    one, two = make_party(), make_party()
    title = make_title(holders=[(one, 1, 2)])
    make_title_holder(title=title, party=two, numerator=1, denominator=2)
    with pytest.raises(Refusal) as refused:
        merge_parties(one.pk, two.pk, actor=as_system)
    assert refused.value.code == "merge.conflict"
    two.refresh_from_db()
    assert two.merged_into is None


def test_a_consent_is_withdrawn_once(as_system):
    from lokum.property.parties.factories import make_consent

    consent = make_consent()
    assert withdraw_consent(consent.pk, actor=as_system).withdrawn_at is not None
    with pytest.raises(Refusal):
        withdraw_consent(consent.pk, actor=as_system)


@pytest.mark.req("PLT-31")
@pytest.mark.parametrize(
    ("country", "field", "value", "code"),
    [
        ("PL", "personal_number", "44051401358", "personal.check_digit"),
        ("PL", "personal_number", "4405140135", "personal.length"),
        ("PL", "tax_number", "123-456-32-19", "tax.check_digit"),
        ("PL", "statistical_number", "365000128", "statistical.check_digit"),
        ("TW", "tax_number", "12345678", "tax.check_digit"),
        ("CN", "tax_number", "91350100M000100Y44", "tax.check_digit"),
    ],
)
def test_numbers_are_checked_by_the_rules_of_their_country(as_system, country, field, value, code):
    with pytest.raises(Refusal) as refused:
        add_party(
            {"kind": "person", "last_name": "X", "home_node": make_node(), "country": country, field: value},
            actor=as_system,
        )
    assert set(refused.value.fields) == {field} and refused.value.fields[field][0]


def test_numbers_are_kept_in_their_normal_form(as_system):
    values = {"kind": "company", "last_name": "Firma", "home_node": make_node(), "tax_number": "771-234-56-73"}
    assert add_party(values, actor=as_system).tax_number == "7712345673"
    person = {"kind": "person", "last_name": "Guest", "home_node": make_node(), "other_document": "passport AB 123"}
    assert add_party(person, actor=as_system).personal_number == ""


@pytest.mark.req("PPL-01")
def test_ledger_accounts_follow_a_merge_and_stand_as_before_after_undo(as_system):
    """Accounts lie in a layer above; the merge finds them by walking the models."""
    from lokum.money.ledger.models import Account
    from lokum.property.occupancy.factories import make_opened_agreement

    kept, merged = make_party(), make_party()
    make_opened_agreement(payer=merged)
    account = Account.objects.get(payer=merged)
    merge = merge_parties(kept.pk, merged.pk, actor=as_system)
    account.refresh_from_db()
    assert account.payer == kept
    undo_merge(merge.pk, actor=as_system)
    account.refresh_from_db()
    assert account.payer == merged and not Account.objects.filter(payer=kept).exists()
