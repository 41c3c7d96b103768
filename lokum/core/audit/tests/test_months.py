"""History by month: made ahead, nothing lost without them, laid outside with the chain whole, upgraded."""

import datetime as dt
import gzip
import json
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.utils import Error

from lokum.core.audit.archive import archive_month, months_ahead, prepare_months
from lokum.core.audit.chain import seal, verify
from lokum.core.audit.models import AuditMonth, AuditRow
from lokum.core.base.context import Actor, acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.jobs.upkeep import prepare_history
from lokum.core.organisation.factories import make_node

# Alone: a seal waits for every open transaction of the server.
pytestmark = [pytest.mark.database, pytest.mark.req("PLT-15"), pytest.mark.alone]

MARCH = dt.date(2025, 3, 1)
WRITE = """
INSERT INTO audit_auditrow (at, actor_label, request_id, address, action, table_name, object_id, before, after, salt,
                            digest, transaction_id)
SELECT at, 'Anna', 'r1', '192.0.2.7', 'update', 'organisation_node', 7, b, a, 'salt', lokum_audit_digest('salt', b, a),
       pg_current_xact_id()::text::bigint
  FROM (SELECT at::timestamptz, jsonb_build_object('name', 'Old “name”'), jsonb_build_object('name', 'Łąka')
          FROM unnest(%s::text[]) AS at) AS given(at, b, a)
"""
DAYS = ["2025-03-01 00:00:00+00", "2025-03-31 23:59:59.999999+00", "2025-04-01 00:00:00+00"]


def _owner(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def _parts() -> dict[str, int]:
    rows = _owner("SELECT tableoid::regclass::text, count(*) FROM audit_auditrow GROUP BY 1")
    return {str(name): int(count) for name, count in rows}


def _old_lines() -> None:
    """Lines of two past months, made known and sealed."""
    with acting(system_actor("test")):
        seal()
    _owner(WRITE, DAYS)
    with acting(system_actor("test")):
        assert _parts()["audit_auditrow_default"] == 3  # nobody prepared those months: kept, not lost
        assert prepare_months() == 2
    with acting(system_actor("test")):
        assert seal() is not None


def _verify(*arguments: str) -> str:
    out = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue() + "ok"


def test_months_are_made_ahead_and_lines_lie_in_theirs(fresh_database: str) -> None:
    _old_lines()
    parts = _parts()
    assert (parts["audit_auditrow_2025_03"], parts["audit_auditrow_2025_04"]) == (2, 1)
    assert "audit_auditrow_default" not in parts
    with acting(system_actor("test")):
        make_node(code="NOW")
        assert months_ahead() and prepare_months() == 0
    with acting(system_actor("test")):
        line = AuditRow.objects.get(after__code="NOW")
    assert f"audit_auditrow_{line.at:%Y_%m}" in _parts()
    following = (line.at.replace(day=1) + dt.timedelta(days=31)).strftime("%Y_%m")
    _owner(f"ALTER TABLE audit_auditrow DETACH PARTITION audit_auditrow_{following}")
    _owner(f"DROP TABLE audit_auditrow_{following}")
    prepare_history()  # what the worker does between jobs
    with acting(system_actor("test")):
        assert months_ahead()
    assert _verify().endswith("ok")


@pytest.mark.parametrize("part", ["audit_auditrow_default", "audit_auditrow_2025_03"])
@pytest.mark.parametrize("sql", ["SELECT id FROM {}", "DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {}"])
def test_a_month_takes_no_access_of_its_own(as_system: Actor, part: str, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [DAYS])
    prepare_months()
    with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(part))


@pytest.mark.parametrize("sql", ["DELETE FROM {}", "UPDATE {} SET action = 'x'", "TRUNCATE {}"])
def test_the_owner_is_refused_as_well(fresh_database: str, sql: str) -> None:
    _old_lines()
    for name in ("audit_auditrow", "audit_auditrow_2025_03", "audit_auditmonth"):
        if name == "audit_auditmonth" and sql.startswith("UPDATE"):
            continue
        if name == "audit_auditmonth" and sql.startswith("DELETE"):
            continue  # a row trigger: nothing to refuse on an empty table
        with pytest.raises(Error, match="append-only"):
            _owner(sql.format(name))


def test_an_archived_month_leaves_the_chain_whole(fresh_database: str, tmp_path: Any) -> None:
    _old_lines()
    head = verify_head()
    out = StringIO()
    call_command("archive_audit", "2025-03", "--to", str(tmp_path), stdout=out)
    assert out.getvalue().startswith("2 lines in history-2025-03.jsonl.gz")
    assert "audit_auditrow_2025_03" not in _parts()
    words = _verify("--head", head)
    assert words.endswith("ok") and "2 archived" in words
    with acting(system_actor("test")):
        kept = AuditMonth.objects.get()
        event = AuditRow.objects.get(action="archived")
        assert event.after == {"month": "2025-03", "lines": 2, "hash": kept.hash}
    path = tmp_path / "history-2025-03.jsonl.gz"
    assert _verify("--archive", str(path)) == "The file holds: 2025-03, 2 lines.\nok"

    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert [json.loads(line["after"]) for line in lines] == [{"name": "Łąka"}] * 2
    for change, words in (({"actor_label": "Otto"}, "does not give the head"), ({"after": "{}"}, "was altered")):
        with gzip.open(tmp_path / "other.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line | change) + "\n" for line in lines)
        assert words in _verify("--archive", str(tmp_path / "other.gz"))

    # Another line gone is still named, and so is a head somebody changed.
    left = _owner("SELECT id FROM audit_auditrow_2025_04")[0][0]
    _owner("ALTER TABLE audit_auditrow DISABLE TRIGGER USER")
    _owner("DELETE FROM audit_auditrow WHERE id = %s", left)
    _owner("ALTER TABLE audit_auditmonth DISABLE TRIGGER USER")
    _owner("UPDATE audit_auditmonth SET row_count = 3")
    words = _verify()
    assert f"missing line {left}\n" in words and "broken month 2025-03\n" in words


def verify_head() -> str:
    with acting(system_actor("test")):
        return verify().head


def test_what_is_open_unsealed_or_altered_is_not_archived(fresh_database: str, tmp_path: Any) -> None:
    actor = system_actor("test")
    with pytest.raises(Refusal) as refusal:
        archive_month(dt.datetime.now(dt.UTC).date().replace(day=1), tmp_path, actor=actor)
    assert refusal.value.code == "history.not_over"
    with pytest.raises(Refusal) as refusal:
        archive_month(MARCH, tmp_path, actor=actor)
    assert refusal.value.code == "history.no_month"
    _owner(WRITE, DAYS)
    with acting(actor):
        prepare_months()
    with pytest.raises(Refusal) as refusal:
        archive_month(MARCH, tmp_path, actor=actor)
    assert refusal.value.code == "history.not_sealed"
    with acting(actor):
        seal()
    _owner("ALTER TABLE audit_auditrow DISABLE TRIGGER USER")
    _owner("UPDATE audit_auditrow SET actor_label = 'Otto' WHERE at < '2025-04-01'")
    _owner("ALTER TABLE audit_auditrow ENABLE TRIGGER USER")
    with pytest.raises(Refusal) as refusal:
        archive_month(MARCH, tmp_path, actor=actor)
    assert refusal.value.code == "history.altered"
    with pytest.raises(CommandError, match="year and month"):
        call_command("archive_audit", "March", "--to", str(tmp_path))


@pytest.mark.req("PLT-36")
def test_an_upgrade_moves_the_lines_of_before_to_their_months(fresh_database: str) -> None:
    """Back to one table, as the version before had it, and forward: the same lines, the chain whole, ids go on."""
    migration = import_module("lokum.core.audit.migrations.0007_months")
    _old_lines()
    head = verify_head()
    count = sum(_parts().values())
    with transaction.atomic("owner"):
        _owner(migration.TO_ONE_TABLE)
        assert _parts() == {"audit_auditrow": count}
        _owner(migration.TO_MONTHS)
        forwards, _backwards = _append_only()
        _owner(forwards)
    parts = _parts()
    assert sum(parts.values()) == count and parts["audit_auditrow_2025_03"] == 2
    assert _verify("--head", head).endswith("ok")
    with acting(system_actor("test")):
        last = AuditRow.objects.latest("pk").pk
        make_node(code="NEXT")
        assert AuditRow.objects.latest("pk").pk > last
    with pytest.raises(Error, match="append-only"):
        _owner("DELETE FROM audit_auditrow")


def _append_only() -> tuple[str, str]:
    from lokum.core.audit.sql import append_only

    operation: Any = append_only("audit_auditrow", erasable=True)
    return operation.sql, operation.reverse_sql
