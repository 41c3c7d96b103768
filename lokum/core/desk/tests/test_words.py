"""Codes are shown by their words: countries, packs, languages, registers, rights, events."""

import pytest
from django.utils.translation import override

from lokum.core.access.rights import RIGHTS
from lokum.core.desk.desk import registry
from lokum.core.desk.forms import record_form
from lokum.core.desk.words import COUNTRIES, COUNTRY_PACKS, LANGUAGES, REGISTERS
from lokum.core.outbox.models import Event
from lokum.property.parties.models import Party


@pytest.mark.req("PLT-29")
def test_codes_in_the_language_of_the_reader() -> None:
    event = registry.of(Event)
    assert event is not None
    with override("pl"):
        assert [COUNTRIES.text(code) for code in ("PL", "TW", "CN", "??")] == ["Polska", "Tajwan", "Chiny", "??"]
        assert COUNTRY_PACKS.options() == [("cn", "Chiny"), ("pl", "Polska"), ("tw", "Tajwan")]
        assert REGISTERS.text("estates.premises") == "Lokale" and REGISTERS.text("no.register") == "no.register"
        assert RIGHTS.text("estates.premises:edit").startswith("Lokale: ")
        assert RIGHTS.text("*:export").startswith("Wszędzie: ") and RIGHTS.text("*").startswith("Wszędzie: ")
        assert event.words["name"].text("estates.premises.changed") == "Lokale: zmieniono"
        assert event.words["name"].text("approval.proposed") == "wysłano do zatwierdzenia"
    with override("zh-hant"):
        assert COUNTRIES.text("PL") == "波蘭" and LANGUAGES.text("zh-hans") == "简体中文"
        assert "." not in RIGHTS.text("organisation.entity:view") and "_" not in RIGHTS.text("charges.chargerun:undo")


@pytest.mark.req("PLT-29")
def test_countries_and_languages_are_picked_from_a_list(db: None) -> None:
    desk = registry.of(Party)
    assert desk is not None
    with override("pl"):
        form = record_form(desk, None)
        assert ("PL", "Polska") in form.fields["country"].choices and form.initial["country"] == "PL"
        assert dict(form.fields["language"].choices)["pl"] == "Polski"
