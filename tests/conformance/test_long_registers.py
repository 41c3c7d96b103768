"""Lists over millions of rows: searched and sorted by what an index serves, the rest once a filter leaves few rows."""

from typing import Any

import pytest
from django.db import connection

from lokum.core.base.context import acting, system_actor
from lokum.core.desk import hits, keyset, listing
from lokum.core.desk.desk import registry
from lokum.property.parties.factories import make_party, make_party_contact

PARTIES = "/office/parties/party/"
MASS = {
    "ledger_entry", "ledger_line", "ledger_openitem", "ledger_allocation", "charges_notice", "charges_chargeline",
    "payments_payment", "banking_bankentry",
}  # fmt: skip


@pytest.fixture
def long_parties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "long_tables", lambda: frozenset({"parties_party"}))
    monkeypatch.setattr(hits, "NEWEST", 2)
    monkeypatch.setattr(listing, "COUNT_CAP", 2)


@pytest.mark.req("PLT-35")
def test_words_are_found_in_the_newest_rows_and_by_relation_in_all(someone: Any, long_parties: None) -> None:
    with acting(system_actor("test")):
        first, second, third = (make_party(last_name="Święcicki") for _turn in range(3))
        make_party_contact(party=first, value="stary@example.org")
    client = someone("*")

    def found(**query: str) -> list[int]:
        page = client.get(PARTIES, query)
        assert page.context["hints"], "it is said that only the newest rows are searched"
        return sorted(row["pk"] for row in page.context["rows"])

    assert found(q="swiecicki") == [second.pk, third.pk]
    assert found(q="STARY") == [first.pk]
    assert found(q="swiecicki xyzzy") == []
    assert client.get(PARTIES).context["hints"] == []
    # A filter reaches older rows: the newest of those it leaves are searched.
    first_only = {"contacts__value": "stary@example.org"}
    assert found(q="swiecicki", **first_only) == [first.pk]


@pytest.mark.req("PLT-35")
def test_a_long_list_sorts_by_what_an_index_serves(someone: Any, long_parties: None) -> None:
    with acting(system_actor("test")):
        parties = [make_party(last_name=name) for name in ("Baran", "Adamska", "Cichy")]
    client = someone("*")
    page = client.get(PARTIES, {"sort": "last_name"})
    assert page.status_code == 200 and len(page.context["hints"]) == 1 and page.context["sort"] == ""
    shown = listing.listing(registry.desks["parties.party"], page.context["request"].user, {})
    offered = [one.path for one in shown.sorts(listing.Count(3, False))]
    assert "code" in offered and "last_name" not in offered
    page = client.get(PARTIES, {"sort": "-code"})
    assert not page.context["hints"]
    assert [row["pk"] for row in page.context["rows"]][:3] == [one.pk for one in reversed(parties)]
    # Few rows are left: any order is offered again.
    page = client.get(PARTIES, {"sort": "last_name", "last_name": "adamska"})
    assert not page.context["hints"] and page.context["sort"] == "last_name"
    answer = client.get("/api/v1/parties/party", {"sort": "last_name"})
    assert answer.status_code == 422 and answer.json()["code"] == "sort.unknown", answer.content


@pytest.mark.req("PLT-35")
def test_the_server_looks_at_long_tables_after_each_month(db: None) -> None:
    """A month is a small part of years of books: by the usual share the server would not know its rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE reloptions @> ARRAY['autovacuum_analyze_scale_factor=0']")
        assert {row[0] for row in cursor.fetchall()} >= MASS


@pytest.mark.req("PLT-35")
def test_pages_turn_where_the_key_is_a_relation() -> None:
    """A notice has the key of its document: the next page begins after that number."""
    shared = [desk.model for desk in registry if desk.model._meta.pk.is_relation]
    assert shared
    for model in shared:
        keys = keyset.keys_of(model, ["-pk"])
        assert [key.path for key in keys] == [model._meta.pk.attname]
        row = model(pk=7)
        assert keyset._decode(keyset.cursor_at(row, keys, 50), keys) == ("after", 50, [7])
