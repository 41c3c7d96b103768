"""Months of the history: made ahead, and laid outside the database once they are over and sealed.

A month is written to a file (gzip, one JSON line per line of the history, in the order of their ids), read back,
compared with the leaves the seals hold, and only then dropped; its head (`AuditMonth`) and an event of the history
stay. Both steps need the rights of the owner and use his connection.
"""

import datetime as dt
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction
from django.utils.translation import gettext as _

from lokum.core.audit.chain import FIELDS, leaves_of, line_hash, month_hash
from lokum.core.audit.models import AuditMonth, AuditSeal
from lokum.core.audit.partitions import AHEAD
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Refusal

# The application reads months through the one table alone.
_MONTH = "FROM audit_auditrow WHERE at >= %(since)s AND at < %(until)s"
_LINE = f"SELECT {FIELDS}, before::text, after::text, salt {_MONTH} ORDER BY id"
_NAMES = (
    "id", "at", "actor_id", "actor_label", "request_id", "address", "action", "table_name", "object_id",
    "transaction_id", "digest", "before", "after", "salt",
)  # fmt: skip
_CHAINED = len(_NAMES) - 3  # what the line hash covers


def prepare_months(ahead: int = AHEAD) -> int:
    """Make the months from now on that are absent; lines of unprepared months move to theirs. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '5s', true)")
        cursor.execute("SELECT lokum_audit_prepare(%s)", [ahead])
        return int(cursor.fetchone()[0])


def months_ahead() -> bool:
    """Whether next month is made and no line waits in the part for all other months."""
    following = (clock.now().replace(day=1) + dt.timedelta(days=31)).strftime("%Y_%m")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"audit_auditrow_{following}"])
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class Written:
    """What stands in an archive file."""

    leaves: dict[int, bytes]
    erased_count: int
    file_hash: str


def archive_month(month: dt.date, folder: Path, *, actor: Actor) -> AuditMonth:
    """Lay a month outside and drop it here. Raises Refusal when it is not over, not sealed, or altered."""
    part = f"audit_auditrow_{month:%Y_%m}"
    path = folder / f"history-{month:%Y-%m}.jsonl.gz"
    with acting(actor):
        _check_time(month, part)
        sealed = _sealed_leaves(_bounds(month))
        folder.mkdir(parents=True, exist_ok=True)
        _write(_bounds(month), path)
        written = read_archive(path)
        _check_lines(sealed, written)
    values: dict[str, Any] = {
        "month": month,
        "row_count": len(written.leaves),
        "spans": json.dumps(_spans(sorted(written.leaves))),
        "hash": month_hash(written.leaves),
        "file_name": path.name,
        "file_hash": written.file_hash,
        "archived_at": clock.now(),
        "actor_label": actor.label[:150],
    }
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '10s', true), set_config('lokum.reach', 'all', true)")
        cursor.execute(f"LOCK TABLE {part} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE salt = '') FROM {part}")  # noqa: S608
        if cursor.fetchone() != (len(written.leaves), written.erased_count):
            raise Refusal("history.changed", _("Values were erased meanwhile; archive the month again."), status=409)
        names = ", ".join(values)
        cursor.execute(
            f"INSERT INTO audit_auditmonth ({names}) VALUES ({', '.join(f'%({name})s' for name in values)})",  # noqa: S608
            values,
        )
        cursor.execute("SELECT set_config('lokum.actor_label', %s, true)", [actor.label])
        details = json.dumps({"month": f"{month:%Y-%m}", "lines": values["row_count"], "hash": values["hash"]})
        cursor.execute("SELECT lokum_audit_event('archived', 'audit_auditrow', NULL, NULL, %s::jsonb)", [details])
        cursor.execute(f"ALTER TABLE audit_auditrow DETACH PARTITION {part}")
        cursor.execute(f"DROP TABLE {part}")
    with acting(actor):
        return AuditMonth.objects.get(month=month)


def _check_time(month: dt.date, part: str) -> None:
    if month.day != 1 or month >= clock.now().date().replace(day=1):
        raise Refusal("history.not_over", _("Only a month that is over can be archived."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [part])
        if not cursor.fetchone()[0]:
            raise Refusal("history.no_month", _("The history holds no such month (any more)."))


def _bounds(month: dt.date) -> dict[str, dt.datetime]:
    since = dt.datetime(month.year, month.month, 1, tzinfo=dt.UTC)
    return {"since": since, "until": (since + dt.timedelta(days=31)).replace(day=1)}


def _sealed_leaves(bounds: dict[str, dt.datetime]) -> dict[int, bytes]:
    """What the seals say of the lines around this month."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id), max(id) {_MONTH}", bounds)
        first, last = cursor.fetchone()
    if first is None:
        return {}
    found: dict[int, bytes] = {}
    for one in AuditSeal.objects.filter(first_id__lte=last, last_id__gte=first).iterator(chunk_size=20):
        found |= leaves_of(bytes(one.leaves))
    return found


def _write(bounds: dict[str, dt.datetime], path: Path) -> None:
    """The whole file beside its place, then in its place: never half a file under this name."""
    beside = path.with_suffix(".part")
    with gzip.open(beside, "wt", encoding="utf-8") as file, connection.cursor() as cursor:
        cursor.execute(_LINE, bounds)
        while rows := cursor.fetchmany(5000):
            lines = (dict(zip(_NAMES, row, strict=True)) for row in rows)
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    with beside.open("rb+") as raw:
        os.fsync(raw.fileno())
    beside.replace(path)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def read_archive(path: Path) -> Written:
    """Read a file and check the digest of every line that still has its values."""
    leaves, erased = {}, 0
    for line in _lines(path):
        chained = tuple(line[name] for name in _NAMES[:_CHAINED])
        leaves[int(line["id"])] = line_hash(chained)
        if not line["salt"]:
            erased += 1
            continue
        text = f"{line['salt']}|{line['before'] or ''}|{line['after'] or ''}"
        if hashlib.sha256(text.encode()).hexdigest() != line["digest"]:
            raise Refusal("history.altered", _("Line %(line)s of the history was altered.") % {"line": line["id"]})
    with path.open("rb") as raw:
        return Written(leaves, erased, hashlib.file_digest(raw, "sha256").hexdigest())


def _check_lines(sealed: dict[int, bytes], written: Written) -> None:
    for key, value in written.leaves.items():
        if key not in sealed:
            raise Refusal("history.not_sealed", _("Line %(line)s is not sealed yet.") % {"line": key}, status=409)
        if sealed[key] != value:
            raise Refusal("history.altered", _("Line %(line)s of the history was altered.") % {"line": key}, status=409)


def _spans(ids: list[int]) -> list[list[int]]:
    """Ids in order as [first, last] of each unbroken run."""
    if not ids:
        return []
    breaks = [(a, b) for a, b in pairwise(ids) if b != a + 1]
    firsts = [ids[0], *(b for _a, b in breaks)]
    lasts = [*(a for a, _b in breaks), ids[-1]]
    return [[first, last] for first, last in zip(firsts, lasts, strict=True)]
