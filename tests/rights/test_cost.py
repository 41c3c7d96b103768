"""What the second wall and the history cost where it would hurt: mass inserts and the first page of a list."""

import time

import pytest
from django.db import connection

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.reach import reach_of
from lokum.core.base.context import Actor, acting
from lokum.core.organisation.models import Node
from lokum.core.papers.models import IssuedDocument
from tests.rights.world import Place, make_world

pytestmark = pytest.mark.usefixtures("as_system")


def timed(sql: str) -> float:
    with connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(sql)
        return time.perf_counter() - start


@pytest.mark.req("PLT-15")
def test_history_of_ten_thousand_rows_costs_little() -> None:
    """Bulk insert and update of 10,000 rows with the trigger stay within a second each on the small server."""
    copies = [
        Node(code=f"C{number}", name=f"Node {number}", kind="office", opened_on="2020-01-01")
        for number in range(10_000)
    ]
    start = time.perf_counter()
    Node.objects.bulk_create(copies, batch_size=2000)
    inserted = time.perf_counter() - start
    updated = timed("UPDATE organisation_node SET name = name || '!'")
    assert inserted < 6 and updated < 4


def insert_documents(place: Place, count: int, mark: str) -> float:
    sql = (
        "INSERT INTO papers_issueddocument (entity_id, kind, number, series_period, issued_on, building_key,"
        " account_key, language, template, data, content_hash, in_portal)"
        f" SELECT {place.entity.pk}, 'notice', '{mark}' || g, '', DATE '2026-01-01', {place.building.pk},"
        f" {place.account.pk}, 'pl', 'notice/1', '{{}}', '', true FROM generate_series(1, {count}) g"
    )
    return timed(sql)


def first_page() -> float:
    start = time.perf_counter()
    assert len(list(IssuedDocument.objects.order_by("-pk")[:50])) == 50
    return time.perf_counter() - start


@pytest.mark.req("PLT-11")
def test_a_mass_insert_does_not_pay_for_the_policy_per_row() -> None:
    place = make_world().places["XA1"]
    insert_documents(place, 20_000, "warm")
    everything = insert_documents(place, 20_000, "all")
    user = make_user()
    make_grant(user, ["*:view"], {"building": [place.building.pk]})
    with acting(Actor(user_id=user.pk, label="", reach=reach_of(user))):
        scoped = insert_documents(place, 20_000, "scoped")
        page = min(first_page() for _time in range(3))  # others work on the machine too
        assert IssuedDocument.objects.count() == 60_000
    assert scoped < 3 * everything + 0.5
    assert page < 0.3


@pytest.mark.req("PLT-11")
def test_the_policy_is_decided_once_per_query() -> None:
    """The test for "everything" is an init plan; the server does not ask the setting row by row."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT * FROM ledger_entry")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "InitPlan" in plan
