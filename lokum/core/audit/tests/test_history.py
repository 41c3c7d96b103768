"""History by trigger: nothing dodges it, nobody changes it, and the check names what was touched."""

import hashlib
import json
import threading
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, ProgrammingError, connection, connections, transaction

from lokum.core.access.factories import PASSWORD, make_api_token, make_user
from lokum.core.access.models import UserGroup
from lokum.core.audit.chain import seal
from lokum.core.audit.models import AuditRow, AuditSeal
from lokum.core.audit.queries import history_of
from lokum.core.audit.services import note, note_event
from lokum.core.base.context import Actor, Reach, acting, system_actor
from lokum.core.organisation.factories import make_node
from lokum.core.organisation.models import Node

pytestmark = pytest.mark.database


@pytest.fixture
def anna(as_system: Any) -> Actor:
    user = make_user(username="anna")
    return Actor(user_id=user.pk, label="Anna", reach=Reach(everything=True), address="192.0.2.7")


@pytest.mark.req("PLT-15")
def test_form_bulk_update_raw_sql_and_delete_leave_the_same_detail(anna: Actor) -> None:
    with acting(anna):
        node = make_node(code="A", name="Old")
        node.name = "Saved"
        node.save()
        Node.objects.filter(pk=node.pk).update(name="Bulk")
        Node.objects.bulk_update([Node(pk=node.pk, name="Many")], ["name"])
        with connection.cursor() as cursor:
            cursor.execute("UPDATE organisation_node SET name = 'Raw' WHERE id = %s", [node.pk])
        node_pk = node.pk
        Node.objects.filter(pk=node_pk).delete()
    lines = list(AuditRow.objects.filter(table_name="organisation_node", object_id=node_pk).order_by("pk"))
    assert [line.action for line in lines] == ["insert", "update", "update", "update", "update", "delete"]
    changes = [(line.before, line.after) for line in lines[1:5]]
    assert changes == [
        ({"name": before}, {"name": after})
        for before, after in (("Old", "Saved"), ("Saved", "Bulk"), ("Bulk", "Many"), ("Many", "Raw"))
    ]
    assert lines[0].after["name"] == "Old" and lines[5].before["name"] == "Raw"
    for line in lines:
        assert (line.actor_id, line.actor_label, line.address) == (anna.user_id, "Anna", "192.0.2.7")
        assert line.request_id == anna.request_id


@pytest.mark.req("PLT-15")
def test_an_update_that_changes_nothing_leaves_no_line(anna: Actor) -> None:
    node = make_node(code="A", name="Same")
    count = AuditRow.objects.count()
    Node.objects.filter(pk=node.pk).update(name="Same")
    assert AuditRow.objects.count() == count


@pytest.mark.req("PLT-15")
def test_rows_written_by_one_statement_have_a_line_each(anna: Actor) -> None:
    before = AuditRow.objects.order_by("pk").last()
    with acting(anna):
        UserGroup.objects.bulk_create(UserGroup(name=name) for name in ("A", "B", "C"))
        UserGroup.objects.bulk_create(  # one of them is there: it is updated, the other one is new
            [UserGroup(name="C", version=7), UserGroup(name="D")],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["version"],
        )
    lines = list(AuditRow.objects.filter(pk__gt=before.pk if before else 0).order_by("pk"))
    keys = dict(UserGroup.objects.values_list("name", "pk"))
    made = [(line.object_id, line.after) for line in lines if line.action == "insert"]
    assert made == [(keys[name], {"id": keys[name], "name": name, "version": 1}) for name in "ABCD"]
    changed = [(line.object_id, line.before, line.after) for line in lines if line.action == "update"]
    assert changed == [(keys["C"], {"version": 1}, {"version": 7})]
    assert len({line.salt for line in lines}) == len(lines) == 5
    assert {(line.actor_id, line.actor_label, line.address) for line in lines} == {(anna.user_id, "Anna", "192.0.2.7")}
    for line in lines:
        text = "|".join([line.salt, *("" if one is None else _jsonb_text(one) for one in (line.before, line.after))])
        assert line.digest == hashlib.sha256(text.encode()).hexdigest()


def _jsonb_text(value: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [json.dumps(value)])
        return str(cursor.fetchone()[0])


@pytest.mark.req("PLT-36")
def test_the_old_trigger_of_each_row_is_split_in_two(fresh_database: str) -> None:
    """An upgrade: tables that carry one trigger for all three events get the two of today, arguments kept."""
    triggers = (
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
        "WHERE tgrelid = 'access_user'::regclass AND tgname LIKE 'lokum\\_audit%%' ORDER BY tgname"
    )
    split = import_module("lokum.core.audit.migrations.0006_statement_inserts").SPLIT
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute(triggers)
        today = cursor.fetchall()
        assert len(today) == 2 and all("'{password}'" in row[0] for row in today)
        cursor.execute("DROP TRIGGER lokum_audit ON access_user; DROP TRIGGER lokum_audit_insert ON access_user")
        cursor.execute(
            "CREATE TRIGGER lokum_audit AFTER INSERT OR UPDATE OR DELETE ON access_user FOR EACH ROW "
            "EXECUTE FUNCTION lokum_audit('id', '{last_login}', '{password}')"
        )
        cursor.execute(split)
        cursor.execute(triggers)
        assert cursor.fetchall() == today
        transaction.set_rollback(True, using="owner")


@pytest.mark.req("PLT-15")
def test_secrets_are_kept_out(anna: Actor) -> None:
    user = make_user(username="otto")
    user.set_password(PASSWORD + "2")
    user.save()
    token = make_api_token(user=user, token_hash="f" * 64)
    type(token).objects.filter(pk=token.pk).update(token_hash="e" * 64)
    text = str(list(AuditRow.objects.values_list("before", "after")))
    assert "argon2" not in text and "f" * 64 not in text and "e" * 64 not in text
    assert history_of(user).filter(after__password="***", before__password="***").exists()
    count = AuditRow.objects.count()
    type(token).objects.filter(pk=token.pk).update(last_used_at="2026-01-01T00:00:00Z")
    assert AuditRow.objects.count() == count


@pytest.mark.req("PLT-15")
def test_notes_and_events(anna: Actor) -> None:
    node = make_node(code="A")
    assert note(node, "approved", actor=anna, reason="plan").object_label == "organisation.node"
    note_event("exported", actor=anna, table_name="organisation_node", details={"rows": 3})
    line = AuditRow.objects.latest("pk")
    assert (line.action, line.actor_id, line.after) == ("exported", anna.user_id, {"rows": 3})
    # The transaction's own actor is back afterwards.
    make_node(code="B")
    assert AuditRow.objects.latest("pk").actor_label == "test"


@pytest.mark.req("PLT-15")
@pytest.mark.parametrize("table", ["audit_auditrow", "audit_auditseal", "audit_auditnote"])
@pytest.mark.parametrize("sql", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {}"])
def test_the_application_cannot_touch_history(anna: Actor, table: str, sql: str) -> None:
    refused = (ProgrammingError, IntegrityError, InternalError)
    with pytest.raises(refused), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table))


def _tamper(sql: str, *values: Any) -> None:
    """What somebody with the owner's password could do: switch the guards off."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditrow DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE audit_auditrow ENABLE TRIGGER USER")


def _committed_history() -> list[int]:
    """Sealed lines. A seal waits for every older transaction of the server, so the tests that use it run alone."""
    with acting(system_actor("test")):
        seal()  # what the installation brought along
    with acting(system_actor("test")):
        for number in range(5):
            make_node(code=f"N{number}")
        link = seal()
    assert link is None  # the writer's own transaction is not finished yet
    with acting(system_actor("test")):
        assert seal() is not None
        return list(AuditRow.objects.order_by("pk").values_list("pk", flat=True))


def _verify() -> str:
    out = StringIO()
    try:
        call_command("verify_audit", stdout=out)
    except CommandError:
        return out.getvalue()
    return out.getvalue() + "ok"


@pytest.mark.alone
@pytest.mark.req("PLT-15")
def test_the_check_names_altered_missing_and_slipped_in_lines(fresh_database: str) -> None:
    ids = _committed_history()
    assert _verify().endswith("ok")
    _tamper("UPDATE audit_auditrow SET after = '{}' WHERE id = %s", ids[0])
    assert f"altered line {ids[0]}\n" in _verify()
    _tamper("UPDATE audit_auditrow SET actor_label = 'somebody' WHERE id = %s", ids[1])
    assert f"altered line {ids[1]}\n" in _verify()
    _tamper("DELETE FROM audit_auditrow WHERE id = %s", ids[2])
    assert f"missing line {ids[2]}\n" in _verify()
    _tamper(
        "INSERT INTO audit_auditrow (id, at, actor_label, request_id, address, action, table_name, salt, digest,"
        " transaction_id) VALUES (999999, now(), '', '', '', 'x', '', 'a', lokum_audit_digest('a', NULL, NULL), 3)"
    )
    words = _verify()
    assert "slipped-in line 999999\n" in words and not words.endswith("ok")
    assert words.count("altered line") == 2 and words.count("missing line") == 1


@pytest.mark.alone
@pytest.mark.req("PLT-15")
def test_erased_values_leave_the_chain_whole(fresh_database: str) -> None:
    ids = _committed_history()
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config('lokum.erasing', 'on', true)")
        cursor.execute("UPDATE audit_auditrow SET before = NULL, after = NULL, salt = '' WHERE id = %s", [ids[0]])
        cursor.execute("COMMIT")
    words = _verify()
    assert words.endswith("ok") and "values of 1 erased" in words


@pytest.mark.alone
@pytest.mark.req("PLT-15")
def test_a_writer_that_commits_late_is_not_missed(fresh_database: str) -> None:
    """Control: the late writer's line has a lower id than sealed ones, which a seal by id would skip."""
    written, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with acting(system_actor("late")):
            make_node(code="LATE")
            written.set()
            go_on.wait(20)
        connections.close_all()

    thread = threading.Thread(target=late)
    thread.start()
    assert written.wait(20)
    with acting(system_actor("early")):
        make_node(code="EARLY")
    with acting(system_actor("seal")):
        first = seal()
    go_on.set()
    thread.join()
    with acting(system_actor("seal")):
        second = seal()
        late_line = AuditRow.objects.get(after__code="LATE").pk
    assert second is not None and (first is None or first.last_id != late_line)
    words = _verify()
    assert words.endswith("ok") and "0 not sealed yet" in words
    assert AuditSeal.objects.count() >= 1
