"""How people are called and found: the order of names follows the name itself, not the reader or the country."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.sql import search_words
from lokum.property.parties.factories import make_party
from lokum.property.parties.names import called, listed

NAMES = [
    ("Anna", "Nowak", "Anna Nowak", "Nowak Anna"),
    ("建國", "李", "李建國", "李建國"),
    ("建国", "欧阳", "欧阳建国", "欧阳建国"),
    ("", "Kwiaciarnia Piwonia s.c.", "Kwiaciarnia Piwonia s.c.", "Kwiaciarnia Piwonia s.c."),
    ("Łucja", "Żuraw", "Łucja Żuraw", "Żuraw Łucja"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "last", "on_letter", "in_list"), NAMES)
def test_program_and_database_call_people_alike(first: str, last: str, on_letter: str, in_list: str) -> None:
    assert (called(first, last), listed(first, last)) == (on_letter, in_list)
    with connection.cursor() as cursor:
        cursor.execute("SELECT lokum_called(%s, %s), lokum_listed(%s, %s)", [first, last, first, last])
        assert cursor.fetchone() == (on_letter, in_list)


def test_a_chinese_full_name_is_looked_for_as_two_words() -> None:
    assert search_words("李建國") == ["李", "建國"]
    assert search_words("歐陽建國 B01") == ["歐陽", "建國", "B01"]
    assert search_words("翠湖名邸公寓大廈") == ["翠湖名邸公寓大廈"]
    assert search_words("Anna Nowak") == ["Anna", "Nowak"]


@pytest.mark.req("PPL-01")
@pytest.mark.django_db
@pytest.mark.parametrize("text", ["李建國", "李 建國", "建國"])
def test_the_list_finds_a_chinese_name_as_it_is_written(text: str) -> None:
    with acting(system_actor("test")):
        reader: Any = make_user()
        make_grant(reader, ["parties.*:view"])
        make_party(last_name="李", first_name="建國")
        make_party(last_name="王", first_name="建國")
    client = Client()
    client.force_login(reader)
    page = client.get("/office/parties/party/", {"q": text}).content.decode()
    assert "李" in page.split("<tbody", 1)[1]
    assert ("王" in page.split("<tbody", 1)[1]) is (text == "建國")
