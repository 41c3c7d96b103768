"""Search: indexes serve the declared fields, hits by relations come once, and stay in scope."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from lokum.core.base.context import acting, system_actor
from lokum.core.desk.desk import registry
from lokum.core.desk.filters import apply_search
from lokum.core.desk.sql import search_index
from lokum.property.parties.factories import make_party, make_party_contact

INDEXES = [
    operation
    for operation in import_module("lokum.backoffice.migrations.0001_search").Migration.operations
    if isinstance(operation, search_index)
]


@pytest.mark.parametrize("index", INDEXES, ids=lambda one: one.model)
def test_an_index_serves_the_search_of_its_register(index: search_index, db: None) -> None:
    desk = registry.desks[index.model.lower()]
    assert index.fields == tuple(name for name in desk.search if "__" not in name)
    with acting(system_actor("test")):
        rows = apply_search(desk, desk.model._default_manager.order_by(), "kowal")
        sql, params = rows.values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + sql, params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"{desk.model._meta.db_table}_search" in plan, plan


@pytest.mark.req("PLT-26")
def test_a_party_with_two_matching_numbers_is_one_hit(someone: Any) -> None:
    with acting(system_actor("test")):
        party = make_party(last_name="Święcicki")
        make_party_contact(party=party, value="+48601000001")
        make_party_contact(party=party, value="+48601000002")
    client = someone("*")
    rows = client.get("/office/parties/party/", {"contacts__value": "+4860"}).context["rows"]
    assert [row["pk"] for row in rows] == [party.pk]
    for text in ("60100000", "swiecicki", "swiec 601"):
        rows = client.get("/office/parties/party/", {"q": text}).context["rows"]
        assert [row["pk"] for row in rows] == [party.pk], text
