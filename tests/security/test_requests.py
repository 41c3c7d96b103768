"""What holds for every request: whole or nothing, who acted, no detail in an error, closed when in doubt."""

import pytest
from django.db import connection
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.audit.models import AuditRow
from lokum.core.organisation.models import Node
from lokum.property.parties.factories import make_party

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.urls("tests.security.urls")]


@pytest.fixture
def staff() -> Client:
    user = make_user(username="anna", display_name="Anna")
    make_grant(user, ["*:*"])
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.req("PLT-37")
@pytest.mark.parametrize(
    ("ending", "status", "kept"),
    [("well", 200, True), ("refuse", 422, False), ("busy", 409, False), ("break", 500, False), ("status", 400, False)],
)
def test_a_refused_or_broken_request_leaves_nothing_behind(staff: Client, ending: str, status: int, kept: bool) -> None:
    answer = staff.get(f"/probe/write/{ending}/")
    assert answer.status_code == status
    assert Node.objects.filter(code=f"BY{ending}".upper()).exists() is kept
    assert AuditRow.objects.filter(table_name="organisation_node").exists() is kept
    assert b"secret detail" not in answer.content and b"Traceback" not in answer.content
    if ending == "refuse":
        assert b"Not like this" in answer.content and b"No such code" in answer.content


@pytest.mark.req("PLT-15")
def test_a_change_names_user_request_and_address(staff: Client) -> None:
    answer = staff.get("/probe/write/well/", headers={"x-request-id": "forged"})
    line = AuditRow.objects.get(table_name="organisation_node")
    assert (line.actor_label, line.address) == ("Anna", "127.0.0.1")
    assert line.request_id == answer["X-Request-ID"] != "forged"


@pytest.mark.req("PLT-11")
def test_a_streamed_answer_is_read_with_the_reach_of_its_reader(staff: Client) -> None:
    make_party()
    assert b"parties:1" in b"".join(staff.get("/probe/stream/").streaming_content)
    nobody = Client()
    nobody.force_login(make_user())
    assert b"parties:0" in b"".join(nobody.get("/probe/stream/").streaming_content)


@pytest.mark.req("PLT-11", "PLT-37")
def test_without_a_reader_the_database_shows_nothing(staff: Client) -> None:
    make_party()
    assert b"parties:0" in b"".join(Client().get("/probe/stream/").streaming_content)


@pytest.mark.req("PLT-15")
def test_refusals_are_noted_and_sought_addresses_are_not(staff: Client) -> None:
    clerk = Client()
    user = make_user()
    clerk.force_login(user)
    clerk.get("/office/organisation/node/")
    clerk.get("/no/such/page/")
    lines = AuditRow.objects.filter(action="refused", actor_id=user.pk)
    assert [line.after for line in lines] == [
        {"status": 403, "method": "GET", "path": "/office/organisation/node/"},
    ]


@pytest.mark.req("PLT-37")
def test_the_actor_ends_with_the_request(staff: Client) -> None:
    staff.get("/probe/write/well/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lokum.actor_label', true)")
        assert cursor.fetchone() == ("test",)


@pytest.mark.req("PLT-15")
def test_the_log_is_searched_by_user_object_action_and_time(staff: Client) -> None:
    staff.get("/probe/write/well/")
    line = AuditRow.objects.get(table_name="organisation_node")
    page = "/office/audit/auditrow/"
    for query in ("?q=Anna", "?action=insert", "?table_name=organisation_node", f"?object={line.object_id}",
                  "?at_from=2020-01-01&at_to=2099-01-01", f"?user={line.actor_id}"):  # fmt: skip
        answer = staff.get(page + query)
        assert answer.status_code == 200 and line.pk in [row["pk"] for row in answer.context["rows"]], query
    for query in ("?q=Otto", "?action=delete", "?object=999999", "?user=999999", "?at_to=2020-01-01"):
        answer = staff.get(page + query)
        assert line.pk not in [row["pk"] for row in answer.context["rows"]], query
    assert staff.get(f"{page}{line.pk}/").status_code == 200
    assert staff.get(f"{page}{line.pk}/edit/").status_code in (403, 404)
